package transport

import (
	"fmt"
	"runtime/debug"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// settle follows every command: what it left, events or output or a deadline, becomes somebody's
// job. If a turn is on, its goroutine settles at its end, so that all that was appended
// meanwhile leaves in one write. more says that the caller is about to add to the output. mu is
// held, and may be released meanwhile.
func (c *Conn) settle(more bool) {
	if c.pumping || c.wrecked {
		return
	}
	c.arm()
	c.driver.settle(more)
}

// turn delivers events and sends output until neither is left, and is the only place where
// events are delivered. mu is held, is released for the handler and for I/O, and is held again
// at the end. One turn is on at a time; others wait with awaitTurn.
func (c *Conn) turn() {
	c.pumping = true
	for !c.guard(c.exhaust) && !c.wrecked {
	}
	c.pumping = false
	if !c.wrecked {
		c.arm()
	}
	c.driver.wind()
	c.calm.Broadcast()
}

// awaitTurn waits until no turn is on. Handlers do not block, so it is short. mu is held.
func (c *Conn) awaitTurn() {
	for c.pumping {
		c.calm.Wait()
	}
}

// awaitLoans waits until no memory of callers is written from, which takes as long as one write that
// does not wait. mu is held.
func (c *Conn) awaitLoans() {
	for c.lending {
		c.calm.Wait()
	}
}

// exhaust pumps and flushes until there is nothing to do. Taking output can make events, and an
// event's handler makes output.
func (c *Conn) exhaust() {
	for {
		c.driver.flush(c.pump())
		if !c.session.HasEvents() {
			return
		}
	}
}

// pump delivers the events that are there, and returns how many. After it the session holds no
// lent input. mu is held between two events.
func (c *Conn) pump() (n int) {
	for !c.deliver(&n) { // the handler panicked: what is left is Ended at the latest
	}
	return n
}

// deliver hands the events that are there to the handler, and adds their number to n; false: the
// handler panicked. One recover serves all of them.
func (c *Conn) deliver(n *int) (all bool) {
	defer c.contain()
	input := newShares(c.session.Unread())
	for ev := c.session.Next(); ev != nil; ev = c.session.Next() {
		*n++
		c.tell(ev)
		if input.over(c.session.Unread()) && c.session.HasOutput() {
			c.driver.flush(0)
		}
	}
	c.tellBatch()
	return true
}

// tell hands one event to the handler, with mu released.
func (c *Conn) tell(ev *session.Event) {
	if ev.Kind == session.Ended {
		c.ended = true
	}
	if ev.Kind == session.Resulted {
		c.awaitLoans()
	}
	c.burst.heard(ev)
	c.telling, c.batched = ev.Kind, true
	c.mu.Unlock()
	c.handler.HandleEvent(c, ev)
	c.mu.Lock()
	c.telling = 0
}

// tellBatch tells a handler that wants to know that it was given all that there is, with mu
// released. A panic of it is one in the last event.
func (c *Conn) tellBatch() {
	if c.batcher == nil || !c.batched {
		return
	}
	c.telling, c.batched = session.Called, false
	c.mu.Unlock()
	c.batcher.HandleBatch(c)
	c.mu.Lock()
	c.telling = 0
}

// contain is deferred around tell and tellBatch: a handler that panics ends its connection. A panic of the
// session, in which the handler has no part, goes on to guard. mu is held afterwards.
func (c *Conn) contain() {
	if c.telling == 0 {
		return
	}
	v := recover()
	c.mu.Lock()
	kind := c.telling
	c.telling = 0
	if v != nil {
		c.report("transport: handler panicked", v, "event", kind.String())
		c.session.Close(frame.ReasonInternal, "the handler failed")
	}
}

// tellEnded is for a session that has not told its end itself.
func (c *Conn) tellEnded() {
	defer c.contain()
	c.tell(&session.Event{Kind: session.Ended, Err: c.session.Err()})
}

// unlocked runs f with mu released.
func (c *Conn) unlocked(f func()) {
	c.mu.Unlock()
	defer c.mu.Lock()
	f()
}

// guard runs f, and contains a panic in it: the connection ends, the process lives. It reports
// whether f came to its end. mu is held before and after.
func (c *Conn) guard(f func()) (whole bool) {
	defer func() {
		if v := recover(); v != nil {
			c.crash(v)
		}
	}()
	f()
	return true
}

// crash is reached when the session or a driver panicked, which is a bug in this module. The
// first time the session may say goodbye; after a second time it is left alone. mu is held.
func (c *Conn) crash(v any) {
	c.report("transport: connection panicked", v)
	if c.crashed {
		c.wrecked = true
		return
	}
	c.crashed = true
	c.guard(func() { c.session.Close(frame.ReasonInternal, "internal error") })
}

// report logs a panic with its stack. The peer is not shown it.
func (c *Conn) report(msg string, v any, more ...any) {
	args := append([]any{"remote", addrText(c.remote), "panic", fmt.Sprint(v),
		"stack", string(debug.Stack())}, more...)
	c.logger.Error(msg, args...)
}

// over reports whether nothing more is to be expected of the session. mu is held.
func (c *Conn) over() bool { return c.wrecked || c.session.Closed() }

// finish is the driver's last call, when the transport is closed and its goroutines are at
// their end. mu is not held.
func (c *Conn) finish() {
	c.mu.Lock()
	c.disarm()
	if !c.ended {
		c.tellEnded()
	}
	c.mu.Unlock()
	if c.onDone != nil {
		c.onDone(c)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone = true
	if c.done != nil {
		close(c.done)
	}
}
