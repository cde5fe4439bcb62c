package engine

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/leverrpc/lever/engine/transport"
)

// The calls to an instance are spread over several connections only while one cannot carry them: one
// connection with all calls combines them into few writes, and costs both sides less. So the rules
// are slow.
//
//	saturated for 50 ms     ──▶ one more connection, a resting one if there is; then not again
//	                            for growPause
//	all calls would fit     ──▶ the newest connection rests: it gets no new calls
//	one fewer for calmTime
//	the same once more      ──▶ what rests without a call is drained
//
// Calls fit n connections if there are at most half as many for each as the saturated one had in
// flight. A connection is saturated if a call that is not bulk has waited in it for 50 ms before it
// could be sent, be it for a slot of those that the server grants to a connection, for credit, or for
// the socket (session.Saturated).
const (
	growPause = time.Second
	calmLook  = time.Second
	calmTime  = 30 * time.Second
)

// lighter gives the one with fewer calls in flight of two that chance names.
func lighter(all []*clientConn) *clientConn {
	i, j := rand.IntN(len(all)), rand.IntN(len(all)-1)
	if j >= i {
		j++
	}
	if all[j].conn.Live() < all[i].conn.Live() {
		i = j
	}
	return all[i]
}

// active gives the connections that share the calls. mu is held.
func (l *link) active() []*clientConn {
	if all := l.extras.spread.Load(); all != nil {
		return *all
	}
	if c := l.current.Load(); c != nil {
		return []*clientConn{c}
	}
	return nil
}

// share lets these connections have the calls, and what rests if there are none. mu is held.
func (l *link) share(conns []*clientConn) {
	x := &l.extras
	if n := len(x.resting); len(conns) == 0 && n > 0 {
		conns, x.resting = x.resting[n-1:], x.resting[:n-1:n-1]
	}
	switch len(conns) {
	case 0:
		l.current.Store(nil)
		x.spread.Store(nil)
	case 1:
		l.current.Store(conns[0])
		x.spread.Store(nil)
	default:
		l.current.Store(conns[0])
		x.spread.Store(&conns)
	}
	if x.watch == nil && len(conns) > 1 {
		x.watch = time.AfterFunc(calmLook, l.look)
	}
}

// remove gives c no more calls. mu is held.
func (l *link) remove(c *clientConn) {
	x := &l.extras
	x.bulk.CompareAndSwap(c, nil)
	x.resting = without(x.resting, c)
	if all := l.active(); slices.Contains(all, c) {
		l.share(without(all, c))
	}
}

// saturated is told that calls wait on c, which has so many in flight.
func (l *link) saturated(c *clientConn, live int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	x, now := &l.extras, transport.Now()
	if !slices.Contains(l.active(), c) {
		return
	}
	x.calm = 0
	x.brim = min(live, int(c.remote.Calls))
	if now < x.fixed {
		return
	}
	x.fixed = now + growPause
	if n := len(x.resting); n > 0 {
		back := x.resting[n-1]
		x.resting = without(x.resting, back)
		l.share(with(l.active(), back))
		return
	}
	l.openExtra(false)
}

// look asks once in a while whether fewer connections would do.
func (l *link) look() {
	l.mu.Lock()
	idle := l.relax()
	l.mu.Unlock()
	for _, c := range idle {
		c.conn.Drain()
	}
}

// relax is look, and gives the connections to drain. mu is held.
func (l *link) relax() (idle []*clientConn) {
	x, all := &l.extras, l.active()
	if l.closed != nil || len(all)+len(x.resting) < 2 {
		x.watch = nil
		return nil
	}
	x.watch.Reset(calmLook)
	live := 0
	for _, c := range all {
		live += c.conn.Live()
	}
	if 2*live > x.brim*max(len(all)-1, 1) {
		x.calm = 0
		return nil
	}
	if x.calm++; x.calm < int(calmTime/calmLook) {
		return nil
	}
	x.calm = 0
	for _, c := range x.resting {
		if c.conn.Live() == 0 {
			idle = append(idle, c)
		}
	}
	for _, c := range idle {
		x.resting = without(x.resting, c)
	}
	if len(all) > 1 {
		newest := all[len(all)-1]
		l.share(without(all, newest))
		x.resting = with(x.resting, newest)
	}
	return idle
}

// with and without give copies: what calls read is never changed.

func with(all []*clientConn, c *clientConn) []*clientConn {
	return append(slices.Clone(all), c)
}

func without(all []*clientConn, c *clientConn) []*clientConn {
	return slices.DeleteFunc(slices.Clone(all), func(other *clientConn) bool { return other == c })
}
