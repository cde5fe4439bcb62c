package engine

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// callCtx is the context of one call at the side that serves it. It costs no timer and no
// goroutine, and a channel only for those who ask for one: the session ends the call, at its
// deadline or before, and the end is told to whoever listens then.
//
// Safe for concurrent use. It outlives the call, because handlers may have given it away.
type callCtx struct {
	conn     *serverConn
	route    *route
	resource string
	deadline time.Duration // on the session's clock; zero: none
	run      *run          // nil: the call has no key
	resident *resident     // set before the handler begins; nil: there is none

	noticed atomic.Bool // somebody has a channel or a callback of it, or it has ended
	ended   ending      // guarded by mu
	mu      sync.Mutex
	asked   *inquiry // guarded by mu; nil: few handlers ask
}

// inquiry is what a context needs for handlers that ask for more than whether it has ended.
type inquiry struct {
	when    time.Time            // the deadline in the application's clock; zero: nobody has asked
	done    chan struct{}        // nil: nobody has asked
	waiters map[*func()]struct{} // callbacks of AfterFunc that have not run
}

// ending is why a context has ended, in less room than an error takes.
type ending uint8

const (
	notEnded ending = iota
	endedCanceled
	endedExpired
)

func (e ending) err() error {
	switch e {
	case notEnded:
		return nil
	case endedExpired:
		return context.DeadlineExceeded
	}
	return context.Canceled
}

// contexts is memory for several, of which used were given to calls. An allocation for each would be
// a good part of what a call on a worker costs, and none can be used again, because its handler may
// have given it away; what is kept for long keeps the others in memory as well. Owned by one
// goroutine at a time.
type contexts struct {
	all  [16]callCtx
	used int
}

var unusedContexts = sync.Pool{New: func() any { return new(contexts) }}

// next gives one that has not been used, and tells whether there are more.
func (c *contexts) next() (ctx *callCtx, left bool) {
	ctx = &c.all[c.used]
	c.used++
	return ctx, c.used < len(c.all)
}

// closedChan is the Done channel of contexts that ended before anybody asked.
var closedChan = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// ctxKey is the key under which a callCtx gives itself to CallInfo.
type ctxKey struct{}

func (c *callCtx) Deadline() (time.Time, bool) {
	if c.deadline == 0 {
		return time.Time{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.inquiry()
	if a.when.IsZero() {
		a.when = time.Now().Add(c.deadline - transport.Now())
	}
	return a.when, true
}

// inquiry is for those who ask. mu is held.
func (c *callCtx) inquiry() *inquiry {
	if c.asked == nil {
		c.asked = new(inquiry)
	}
	return c.asked
}

func (c *callCtx) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.noticed.Store(true)
	a := c.inquiry()
	if a.done == nil {
		if c.ended != notEnded {
			a.done = closedChan
		} else {
			a.done = make(chan struct{})
		}
	}
	return a.done
}

func (c *callCtx) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended.err()
}

func (c *callCtx) Value(key any) any {
	switch key {
	case ctxKey{}:
		return c
	case residentKey{}:
		return c.resident
	}
	return nil
}

// AfterFunc runs f in a goroutine of its own when the context ends. Package context finds this
// method and derives contexts from this one without a goroutine for each.
func (c *callCtx) AfterFunc(f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended != notEnded {
		go f()
		return func() bool { return false }
	}
	c.noticed.Store(true)
	a := c.inquiry()
	if a.waiters == nil {
		a.waiters = make(map[*func()]struct{})
	}
	key := &f
	a.waiters[key] = struct{}{}
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		_, waiting := a.waiters[key]
		delete(a.waiters, key)
		return waiting
	}
}

// end ends the context with err, which is one of package context, unless it has ended.
func (c *callCtx) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended != notEnded {
		return
	}
	if c.ended = endedCanceled; err == context.DeadlineExceeded {
		c.ended = endedExpired
	}
	c.noticed.Store(true)
	a := c.asked
	if a == nil {
		return
	}
	if a.done != nil {
		close(a.done)
	}
	for f := range a.waiters {
		go (*f)()
	}
	a.waiters = nil
}

// idle reports whether nobody can notice that the context is used for another call: it was never
// asked for a channel or a callback. Inline handlers share one context per connection as long as
// this holds.
func (c *callCtx) idle() bool { return !c.noticed.Load() }

// reset makes an idle context, which nobody else has any more, that of another call.
func (c *callCtx) reset(conn *serverConn, rt *route, resource string, deadline time.Duration,
	rn *run) {
	c.conn, c.route, c.resource, c.deadline, c.run = conn, rt, resource, deadline, rn
	c.resident = nil
	if c.asked != nil { // for the deadline, and for nothing else
		c.asked.when = time.Time{}
	}
}

// causeOf gives the context's error for the status with which a call was cancelled.
func causeOf(status frame.Status) error {
	if status == frame.DeadlineExceeded {
		return context.DeadlineExceeded
	}
	return context.Canceled
}

// contextErr gives the context's error for the error with which a stream ended.
func contextErr(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return context.DeadlineExceeded
	}
	return context.Canceled
}
