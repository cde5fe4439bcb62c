package subject

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/leverrpc/lever/conformance/play"
	"github.com/leverrpc/lever/conformance/script"
	"github.com/leverrpc/lever/engine/transport"
)

// Clients makes Puppets that reach the runner over unix sockets in a folder of their own.
type Clients struct {
	Config transport.Config
}

// Start implements play.Clients.
func (c Clients) Start(context.Context) (play.Client, error) {
	folder, err := os.MkdirTemp("", "lever")
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("unix", filepath.Join(folder, "s"))
	if err != nil {
		os.RemoveAll(folder)
		return nil, err
	}
	local := &localClient{folder: folder, listener: l.(*net.UnixListener), news: make(chan script.News, 4096)}
	local.puppet = NewPuppet(c.Config, func(n script.News) { local.news <- n })
	return local, nil
}

// localClient is a Puppet in this process. Safe for one goroutine.
type localClient struct {
	folder   string
	listener *net.UnixListener
	puppet   *Puppet
	news     chan script.News
}

// Do implements play.Client.
func (c *localClient) Do(cmd script.Command) error { return c.puppet.Do(cmd) }

// News implements play.Client.
func (c *localClient) News() <-chan script.News { return c.news }

// Addr implements play.Client.
func (c *localClient) Addr() string { return "unix://" + filepath.Join(c.folder, "s") }

// Accept implements play.Client.
func (c *localClient) Accept(ctx context.Context) (play.Conn, error) {
	by, _ := ctx.Deadline()
	if err := c.listener.SetDeadline(by); err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { c.listener.SetDeadline(time.Unix(1, 0)) })()
	conn, err := c.listener.Accept()
	if err != nil {
		return nil, err
	}
	return play.NetConn(conn), nil
}

// Close implements play.Client.
func (c *localClient) Close() bool {
	c.puppet.Close()
	c.listener.Close()
	os.RemoveAll(c.folder)
	return false
}
