package sim

import (
	"errors"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/pool"
)

// workDone is reached when a caller has asked all its calls. When all have, there are no more
// faults after a while, and everybody does what he should: calls must come to an end then.
func (w *world) workDone() {
	for _, c := range w.callers {
		if c.more > 0 {
			return
		}
	}
	w.after(w.upTo(time.Second), w.settle)
}

// settle makes everybody read and answer.
func (w *world) settle() {
	if w.settling {
		return
	}
	w.settling, w.settled = true, w.now
	w.say("from now on everybody reads and answers")
	for _, h := range w.hosts {
		h.up = true
	}
	for _, x := range w.conns {
		if x.holed && !x.watched() {
			x.reset() // nobody could find out
		}
	}
	w.tidy()
}

// tidy reads what is unread and answers what is not, again and again.
func (w *world) tidy() {
	busy := false
	for _, k := range w.calls {
		for side := range k.halves {
			h := &k.halves[side]
			if h.c == nil || h.end.gone {
				continue
			}
			busy = busy || !k.over || side == int(session.Server)
			k.release(session.Role(side), k.flows[1-side].unread)
			if session.Role(side) == session.Server && !w.manual {
				k.conn.host.answerIn(k, w.upTo(time.Second))
			}
			h.end.turn()
		}
	}
	if busy && w.now < w.settled+restTime/2 {
		w.after(2*time.Second, w.tidy)
	}
}

// watched reports whether both sides would find out that the other is gone.
func (x *conn) watched() bool {
	p := &x.twin.params
	return p[0].IdleMS > 0 || p[1].IdleMS > 0
}

// endedWith checks the reason for which a connection is over. An honest peer breaks no rule, and
// a fair line is not too slow.
func (e *end) endedWith(err error) {
	w := e.conn.w
	e.over = true
	w.say("%v is over: %v", e, err)
	if err != e.s.Err() || !e.s.Closed() {
		w.fail("%v: Ended with %v, Err says %v", e, err, e.s.Err())
	}
	if e.role == session.Client {
		e.conn.caller.leave(e.conn)
	}
	var f *session.Fault
	switch {
	case !errors.As(err, &f):
	case f.Reason == frame.ReasonTimeout && e.conn.troubled:
		w.saw("timeout")
	default:
		w.fail("%v: finds fault with an honest peer: %v", e, err)
	}
}

// judge looks at what is left when nothing more happens.
func (w *world) judge() {
	if w.failure != nil {
		return
	}
	for _, k := range w.calls {
		k.checkEnd()
	}
	for _, x := range w.conns {
		if x.open() && !x.holed {
			x.checkQuiet()
		}
	}
	w.leaveAll()
	w.checkPurses()
	w.checkPool()
}

// checkEnd: every call has ended, once, at both sides. I1, I8.
func (k *call) checkEnd() {
	h := &k.halves
	if !k.over && !h[session.Client].end.gone {
		k.w.fail("%v: has not ended (called %v, answered %v)", k, k.called, k.answered)
	}
	if h[session.Server].c != nil && !h[session.Server].end.gone {
		k.w.fail("%v: its handler has not ended", k)
	}
}

// checkQuiet: nothing is in flight, so nothing is kept, and all credit is there. I4, I7.
func (x *conn) checkQuiet() {
	w, t := x.w, x.twin
	w.saw("quiet connection")
	for i, e := range x.ends {
		side := session.Role(i)
		if n := e.s.Live(); n != 0 {
			w.fail("%v: %d calls are live", e, n)
		}
		if when, ok := e.s.Deadline(); ok && !t.least[0] && !t.least[1] {
			w.fail("%v: waits for %v, and nothing is in flight", e, when-w.now)
		}
		if e.s.HasOutput() || e.s.HasEvents() {
			w.fail("%v: has output %v, events %v", e, e.s.HasOutput(), e.s.HasEvents())
		}
		if a := &t.bytes[side]; a.spent != a.got || a.granted != a.heard {
			w.fail("%v: sent %d bytes and %d have come; got %d of %d credit",
				e, a.spent, a.got, a.heard, a.granted)
		} else if due := a.got - a.granted; due > 0 && due >= t.connCredit(side) {
			w.fail("%v: is owed %d bytes, and may send %d", e, due, t.connCredit(side))
		}
		if len(t.questions[side]) > 0 {
			w.fail("%v: has not answered %v", e, t.questions[side])
		}
	}
	if due := t.slotsDue() - t.slots.granted; due > 0 && due >= t.slotCredit() {
		w.fail("%v: %d slots are owed, and %d are left", x, due, t.slotCredit())
	}
}

// leaveAll drains what is still open: with nothing in flight both sides must end in good order.
func (w *world) leaveAll() {
	if w.failure != nil {
		return
	}
	var left []*conn
	for _, x := range w.conns {
		if x.open() && !x.holed {
			left = append(left, x)
			e := x.ends[w.rand.IntN(2)]
			x.caller.leave(x)
			e.s.Drain()
			e.turn()
		}
	}
	w.live()
	for _, x := range left {
		for _, e := range x.ends {
			if !e.s.Closed() || e.s.Err() != nil {
				var bye *session.Goodbye
				if errors.As(e.s.Err(), &bye) && bye.Reason == frame.ReasonNone {
					continue
				}
				w.fail("%v: was to leave in good order: closed %v, %v", e, e.s.Closed(), e.s.Err())
			}
		}
	}
}

// checkPurses: whoever has no connection any more has all of his budget.
func (w *world) checkPurses() {
	held := make(map[*purse]bool)
	for _, x := range w.conns {
		for i, p := range []*purse{session.Client: x.caller.purse, session.Server: x.host.purse} {
			if e := x.ends[i]; !e.gone && !e.s.Closed() {
				held[p] = true
			}
		}
	}
	for _, c := range w.callers {
		if !held[c.purse] {
			c.purse.checkBack("caller", c.n)
		}
	}
	for _, h := range w.hosts {
		if !held[h.purse] {
			h.purse.checkBack("host", h.n)
		}
	}
}

// checkPool: when all transports have ended, no memory of the pool is in use any more. I7. Only
// builds that count it can tell, and runs in which no process died with some.
func (w *world) checkPool() {
	whole := true
	for _, x := range w.conns {
		for _, e := range x.ends {
			whole = whole && !e.gone
			e.ended(errReset)
		}
	}
	w.live()
	for _, k := range w.calls {
		for side := range k.flows {
			k.flows[side].checkKept(k, session.Role(side))
		}
	}
	if n, ok := pool.Live(); ok && whole && n != w.pooled && w.failure == nil {
		w.fail("%d buffers of the pool are in use, there were %d", n, w.pooled)
	}
}
