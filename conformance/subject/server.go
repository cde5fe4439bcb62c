package subject

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/leverrpc/lever/conformance/play"
	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/engine/transport"
)

// Local is a server under test on a unix socket in a folder of its own.
type Local struct {
	config transport.Config
	server *engine.Server
	folder string
	path   string
	stop   context.CancelFunc
	ended  sync.WaitGroup
	err    error // of Serve; read after ended
}

// Serve starts a server.
func Serve(config transport.Config) (*Local, error) {
	s, err := NewServer(config)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "lever")
	if err != nil {
		return nil, err
	}
	l := &Local{config: config, server: s, folder: folder}
	if err := s.Listen("unix://" + filepath.Join(folder, "s")); err != nil {
		os.RemoveAll(folder)
		return nil, err
	}
	l.path = strings.TrimPrefix(s.Addrs()[0], "unix://")
	ctx, stop := context.WithCancel(context.Background())
	l.stop = stop
	l.ended.Go(func() { l.err = s.Serve(ctx) })
	return l, nil
}

// Dial implements play.Server.
func (l *Local) Dial(ctx context.Context) (play.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", l.path)
	if err != nil {
		return nil, err
	}
	return play.NetConn(conn), nil
}

// Own implements play.Drainable.
func (l *Local) Own(context.Context) (play.OwnServer, error) {
	own, err := Serve(l.config)
	if err != nil {
		return nil, err
	}
	return ownLocal{own}, nil
}

// Close drains the server and gives what Serve gave.
func (l *Local) Close() error {
	l.stop()
	l.ended.Wait()
	os.RemoveAll(l.folder)
	return l.err
}

// ownLocal is a Local that only one script uses.
type ownLocal struct{ *Local }

// Drain implements play.OwnServer.
func (l ownLocal) Drain() { l.stop() }

// Close implements play.OwnServer. Calls that a script has left may outlive the grace.
func (l ownLocal) Close() { l.Local.Close() }
