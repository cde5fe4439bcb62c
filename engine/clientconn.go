package engine

import (
	"sync"
	"sync/atomic"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// clientConn is a client's record of one connection.
type clientConn struct {
	link  *link
	conn  *transport.Conn
	extra bool          // it was made beside another one
	hello chan struct{} // closed when the server's HELLO is here, or the connection is over
	once  sync.Once     // closes hello

	greeted    atomic.Bool   // the HELLO is here
	blamed     *atomic.Bool  // a loss was counted against the instance; connections beside it share it
	used       atomic.Bool   // since the last look for idle connections
	maxMessage atomic.Uint32 // what the server takes
	remote     frame.Params  // what the server announced; only to be read once greeted is set
}

// newConn makes the record of a connection that is about to be made, before its first event.
func (l *link) newConn(extra bool) *clientConn {
	c := &clientConn{link: l, extra: extra, hello: make(chan struct{}), blamed: new(atomic.Bool)}
	c.maxMessage.Store(frame.MinParams.MaxMessage)
	return c
}

// use notes that a call goes over c. Most find that it was noted already.
func (c *clientConn) use() {
	if !c.used.Load() {
		c.used.Store(true)
	}
}

// HandleEvent takes what happens on the connection.
func (c *clientConn) HandleEvent(conn *transport.Conn, ev *session.Event) {
	switch ev.Kind {
	case session.Resulted:
		switch d := ev.Data.(type) {
		case *pending:
			d.complete(ev)
		case *clientStream:
			d.resulted(conn, ev)
		}
	case session.Message, session.Finished, session.Writable:
		if s, ok := ev.Data.(*clientStream); ok {
			s.answered()
			s.handle(ev)
		}
	case session.Hello:
		c.remote = conn.Remote()
		c.maxMessage.Store(c.remote.MaxMessage)
		c.greeted.Store(true)
		c.once.Do(func() { close(c.hello) })
		c.link.greeted()
	case session.Saturated:
		c.link.saturated(c, conn.Live())
	case session.Draining:
		c.link.lose(c)
	case session.Ended:
		c.once.Do(func() { close(c.hello) })
		c.link.ended(c, ev.Err)
	}
}
