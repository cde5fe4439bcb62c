package engine

import "time"

// Connections that nobody uses are given back: the servers' memory, and descriptors on both sides.
// A client looks at its connections twice in IdleTimeout. One that no call was sent on since the last
// look, and that has none in flight, is drained; the next call makes a new one. So no call pays for
// it but with one load of a flag.

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
		if conn := l.current.Load(); conn != nil && !conn.used.Swap(false) {
			go l.retire(conn)
		}
	}
	c.idle.Reset(c.config.IdleTimeout / 2)
}

// retire ends a connection that seems to be idle, unless calls are in flight on it.
func (l *link) retire(c *clientConn) {
	if c.conn.Live() == 0 {
		l.lose(c)
		c.conn.Drain() // a call that has got hold of c meanwhile is told to go elsewhere
	}
}
