package engine

import "time"

// Connections that nobody uses are given back: the servers' memory, and descriptors on both sides.
// A client looks at its connections twice in IdleTimeout. One that no call has used since the last
// look is drained; the next call makes a new one. So a call pays no more for it than a load of a
// flag.

// watchIdle starts looking.
func (c *Client) watchIdle() {
	if d := c.config.IdleTimeout; d > 0 {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.idle = time.AfterFunc(d/2, c.closeIdle)
	}
}

// closeIdle looks once, and sees to the next time.
func (c *Client) closeIdle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	for _, l := range c.links {
		if conn := l.current.Load(); conn != nil {
			go l.look(conn)
		}
	}
	c.idle.Reset(c.config.IdleTimeout / 2)
}

// look ends a connection that nobody has used since the last look. A call in flight is a use of it.
func (l *link) look(c *clientConn) {
	used := c.used.Swap(false)
	switch {
	case c.conn.Live() > 0:
		c.used.Store(true)
	case !used:
		l.lose(c)
		c.conn.Drain() // a call that has got hold of c meanwhile is told to go elsewhere
	}
}
