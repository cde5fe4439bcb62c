package engine

import (
	"maps"
	"slices"
	"time"

	"github.com/leverrpc/lever/engine/transport"
)

// Connections that nobody uses are given back: the servers' memory, and descriptors on both sides.
// A client looks at its connections twice in IdleTimeout. One that no call has used since the last
// look is drained; the next call makes a new one. So a call pays no more for it than a load of a
// flag. Services are given back in the same way.

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
	for s := range c.awake {
		go s.look()
	}
	for key, s := range c.services { // handles of what is dropped here stay good
		if s.view.Load() == nil && !s.used.Swap(false) {
			delete(c.services, key)
		}
	}
	for _, l := range c.links {
		go l.closeIdle()
	}
	c.idle.Reset(c.config.IdleTimeout / 2)
}

// closeIdle ends the connections that nobody has used since the last look. A call in flight is a use.
func (l *link) closeIdle() {
	l.mu.Lock()
	conns := slices.Collect(maps.Keys(l.conns))
	conns = slices.DeleteFunc(conns, func(c *clientConn) bool { return c.conn == nil })
	l.mu.Unlock()
	for _, c := range conns {
		used := c.used.Swap(false)
		switch {
		case c.conn.Live() > 0:
			c.used.Store(true)
		case !used:
			l.lose(c)
			c.conn.Drain() // a call that has got hold of c meanwhile is told to go elsewhere
		}
	}
}

// look gives up what a service holds that no call has used since the last look: the next call finds
// its instances anew. So a client that has called many services keeps only those that it calls.
func (s *service) look() {
	s.directory.mu.Lock()
	defer s.directory.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	used := s.used.Swap(false)
	if s.picker.Busy() {
		s.used.Store(true)
		return
	}
	if used {
		return
	}
	s.view.Store(nil)
	s.directory.current.Store(nil)
	_, went := s.picker.Update(transport.Now(), nil)
	s.client.count(nil, went, nil)
	s.client.setAwake(s, false)
}

// setAwake notes whether s holds instances.
func (c *Client) setAwake(s *service, on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if on {
		c.awake[s] = struct{}{}
	} else {
		delete(c.awake, s)
	}
}
