package engine

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// extras are the connections of a link beside the first. One is for bulk, so that what is small does
// not queue behind it in one stream of bytes; it is made for the first bulk call. Others are made
// when calls wait (spread.go). They are a matter of transport alone: what is counted of an instance
// is counted for all of its connections together.
//
// An extra connection carries calls only once the server has greeted it: a server that takes no more
// connections closes it before. That, or any other failure to make one, concerns no call, since
// there is the first one. Whatever has another end than the first is not kept, as resources and keys
// are at home in one process.
type extras struct {
	bulk   atomic.Pointer[clientConn]    // nil: bulk goes with everything else
	spread atomic.Pointer[[]*clientConn] // all that share the calls, current first; nil: it has all

	// Guarded by link.mu.
	opening *dialling // nil: nobody makes one
	down    backoff
	resting []*clientConn // they get no calls while the others suffice; the newest last
	brim    int           // the calls in flight on one that was saturated
	fixed   time.Duration // until then saturation changes nothing: what was changed has to take effect
	calm    int           // looks in a row that have found too many connections
	watch   *time.Timer   // looks; nil: there is nothing to look at
}

const (
	// bulkPatience is how long bulk calls wait for the connection that is made for them, from the
	// beginning of the attempt.
	bulkPatience = 250 * time.Millisecond

	// The pauses after an extra connection that was not to be had. There is no hurry: the first one
	// serves, and whoever refuses connections has enough of them.
	extraPauseMin = time.Second
	extraPauseMax = time.Minute
)

var (
	errFirstGone = errors.New("the connection beside which it was made is gone")
	errElsewhere = errors.New("it leads to another process")
)

// aside gives the connection for a call that may go over c, for which that is the first of several or
// which is bulk. deadline is that of the call, or zero.
func (l *link) aside(ctx context.Context, deadline time.Duration, c *clientConn,
	bulk bool) *clientConn {
	other := c
	if b := l.forBulk(ctx, deadline, bulk); b != nil {
		other = b
	} else if all := l.extras.spread.Load(); all != nil {
		other = lighter(*all)
	}
	if !c.isWith(other) {
		return c
	}
	other.use()
	return other
}

// isWith reports whether c and other lead to one process, as far as that is known.
func (c *clientConn) isWith(other *clientConn) bool {
	return c == other || !c.greeted.Load() || c.remote.Incarnation == other.remote.Incarnation
}

// forBulk gives the connection for bulk, and makes it if need be; nil: bulk goes with the others.
func (l *link) forBulk(ctx context.Context, deadline time.Duration, bulk bool) *clientConn {
	if !bulk || l.client.maxConns == 1 {
		return nil
	}
	if c := l.extras.bulk.Load(); c != nil {
		return c
	}
	l.mu.Lock()
	d := l.openExtra(true)
	l.mu.Unlock()
	if d == nil {
		return nil
	}
	by := d.began + bulkPatience
	if deadline != 0 {
		by = min(by, deadline)
	}
	_ = await(ctx, by, d.done) // the call ends by itself if its time is up
	return l.extras.bulk.Load()
}

// openExtra joins the making of an extra connection that is under way, or begins one; nil: there is
// to be none now. mu is held.
func (l *link) openExtra(bulk bool) *dialling {
	x := &l.extras
	if x.opening != nil {
		return x.opening
	}
	if bulk && x.bulk.Load() != nil || l.closed != nil || l.current.Load() == nil ||
		len(l.conns) >= l.client.maxConns || x.down.isEarly() || !l.client.enter() {
		return nil
	}
	c, d := l.newConn(true), &dialling{began: transport.Now(), done: make(chan struct{})}
	l.conns[c] = struct{}{}
	x.opening = d
	go l.connectExtra(d, c, bulk)
	return d
}

// connectExtra makes an extra connection, and waits for its greeting.
func (l *link) connectExtra(d *dialling, c *clientConn, bulk bool) {
	defer l.client.all.Done()
	ctx, cancel := l.client.whileDialling()
	defer cancel()
	conn, err := l.client.open(ctx, l.addr, c)
	if err == nil {
		err = await(ctx, 0, c.hello)
	}
	err = l.connectedExtra(c, conn, bulk, err)
	close(d.done)
	if err != nil && conn != nil {
		conn.Close(frame.ReasonNone, err.Error())
		<-conn.Done()
	}
}

// connectedExtra takes the outcome of that. An error says why conn is not wanted.
func (l *link) connectedExtra(c *clientConn, conn *transport.Conn, bulk bool, err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	x, first := &l.extras, l.current.Load()
	x.opening = nil
	if conn == nil {
		l.gone(c)
	}
	_, alive := l.conns[c]
	switch {
	case l.closed != nil:
		return l.closed
	case err != nil:
	case !alive || !c.greeted.Load():
		err = errNoGreeting
	case first == nil:
		return errFirstGone
	case !first.isWith(c):
		err = errElsewhere
	}
	if err != nil {
		x.down.fail(err)
		return err
	}
	x.down.failures = 0
	c.conn, c.blamed = conn, first.blamed
	c.use()
	if bulk {
		x.bulk.Store(c)
	} else {
		l.share(with(l.active(), c))
	}
	return nil
}

// clear lets go of all. mu is held.
func (x *extras) clear() {
	x.bulk.Store(nil)
	x.spread.Store(nil)
	x.resting = nil
	if x.watch != nil {
		x.watch.Stop()
	}
}
