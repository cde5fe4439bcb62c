//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package transport

import (
	"bytes"
	"context"
	"errors"
	"net"
	"sync"
	"testing"

	"github.com/panjf2000/gnet/v2"

	"github.com/leverrpc/lever/engine/session"
)

// fakeGnet is a connection of a loop that the test turns by hand: the driver sees what gnet
// would show it, in an order that the test chooses.
type fakeGnet struct {
	gnet.Conn // nil: a method that is not here must not be called

	driver *gnetDriver
	events callbacks

	in       []byte // what Next gives
	out      []byte // what was written
	writes   int
	holds    bool // gnet keeps what is written, as if the socket were full
	buffered int
	broken   error // the next write fails with it
	closed   bool
	fd       int

	mu    sync.Mutex // guards tasks: any goroutine queues one
	tasks []gnet.Runnable
}

func (g *fakeGnet) Context() any              { return g.driver }
func (g *fakeGnet) EventLoop() gnet.EventLoop { return fakeLoop{g: g} }
func (g *fakeGnet) OutboundBuffered() int     { return g.buffered }
func (g *fakeGnet) Fd() int                   { return g.fd }

func (g *fakeGnet) Next(int) ([]byte, error) {
	p := g.in
	g.in = nil
	return p, nil
}

func (g *fakeGnet) Write(p []byte) (int, error) {
	if g.closed {
		panic("a write to a closed connection goes to another one")
	}
	g.writes++
	if g.broken != nil {
		g.close(g.broken)
		return 0, g.broken
	}
	g.out = append(g.out, p...)
	if g.holds {
		g.buffered += len(p)
	}
	return len(p), nil
}

func (g *fakeGnet) Writev(vec [][]byte) (int, error) { return g.Write(bytes.Join(vec, nil)) }

func (g *fakeGnet) close(err error) {
	if !g.closed {
		g.closed = true
		g.events.OnClose(g, err)
	}
}

// receive is a readable event. The buffer is the loop's own, and another's afterwards.
func (g *fakeGnet) receive(p []byte) {
	shared := append([]byte(nil), p...)
	g.in = shared
	g.events.OnTraffic(g)
	for i := range shared {
		shared[i] = 0xDB
	}
}

// runTasks runs what was queued before, not what the tasks queue; it returns how many.
func (g *fakeGnet) runTasks() int {
	g.mu.Lock()
	tasks := g.tasks
	g.tasks = nil
	g.mu.Unlock()
	for _, task := range tasks {
		task.Run(context.Background())
	}
	return len(tasks)
}

func (g *fakeGnet) queued() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.tasks)
}

type fakeLoop struct {
	gnet.EventLoop
	g *fakeGnet
}

func (l fakeLoop) Execute(_ context.Context, r gnet.Runnable) error {
	l.g.mu.Lock()
	defer l.g.mu.Unlock()
	l.g.tasks = append(l.g.tasks, r)
	return nil
}

func (l fakeLoop) Close(gnet.Conn) error {
	l.g.close(nil)
	return nil
}

// noAddr is a socket without addresses.
type noAddr struct{ net.Conn }

func (noAddr) LocalAddr() net.Addr  { return pipeAddr{} }
func (noAddr) RemoteAddr() net.Addr { return pipeAddr{} }

// newFakeGnet makes a server's connection on a loop that is turned by hand.
func newFakeGnet(cfg Config, h Handler) (*fakeGnet, *Conn) {
	cfg.Logger = quiet
	cfg = cfg.withDefaults()
	c := newConn(&cfg, session.Server, h)
	new(loops).attach(c, noAddr{}, &cfg)
	g := &fakeGnet{driver: c.driver.(*gnetDriver), fd: -1}
	g.events.OnOpen(g)
	return g, c
}

// end closes the connection and checks that it is over.
func (g *fakeGnet) end(t *testing.T, c *Conn) {
	t.Helper()
	g.close(errors.New("the test is over"))
	select {
	case <-c.Done():
	default:
		t.Error("the connection is not done after OnClose")
	}
}
