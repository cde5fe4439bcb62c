package subject

import (
	"context"
	"crypto/tls"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/leverrpc/lever/conformance/play"
	"github.com/leverrpc/lever/conformance/script"
	"github.com/leverrpc/lever/engine/transport"
)

// Clients makes Puppets that reach the runner over unix sockets in a folder of their own, or over
// TLS on 127.0.0.1. By Config.TLS they are to trust the certificate in RunnerTLS then.
type Clients struct {
	Config    transport.Config
	RunnerTLS *tls.Config // nil: unix sockets
}

// Start implements play.Clients.
func (c Clients) Start(context.Context) (play.Client, error) {
	local := &localClient{tls: c.RunnerTLS, news: make(chan script.News, 4096)}
	if err := local.listen(); err != nil {
		local.removeFolder()
		return nil, err
	}
	local.puppet = NewPuppet(c.Config, func(n script.News) { local.news <- n })
	return local, nil
}

// localClient is a Puppet in this process. Safe for one goroutine.
type localClient struct {
	tls      *tls.Config
	folder   string // of the socket; empty: it is none of files
	listener interface {
		net.Listener
		SetDeadline(time.Time) error
	}
	puppet *Puppet
	news   chan script.News
}

// listen makes what the client connects to.
func (c *localClient) listen() (err error) {
	if c.tls != nil {
		c.listener, err = net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
		return err
	}
	if c.folder, err = os.MkdirTemp("", "lever"); err != nil {
		return err
	}
	c.listener, err = net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(c.folder, "s")})
	return err
}

// Do implements play.Client.
func (c *localClient) Do(cmd script.Command) error { return c.puppet.Do(cmd) }

// News implements play.Client.
func (c *localClient) News() <-chan script.News { return c.news }

// Addr implements play.Client.
func (c *localClient) Addr() string {
	scheme := "unix://"
	if c.tls != nil {
		scheme = "tls://"
	}
	return scheme + c.listener.Addr().String()
}

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
	if c.tls != nil {
		with := c.tls.Clone()
		with.NextProtos = []string{transport.ALPN}
		conn = tls.Server(conn, with)
	}
	return play.NetConn(conn), nil
}

// Close implements play.Client.
func (c *localClient) Close() bool {
	c.puppet.Close()
	c.listener.Close()
	c.removeFolder()
	return false
}

func (c *localClient) removeFolder() {
	if c.folder != "" {
		os.RemoveAll(c.folder)
	}
}
