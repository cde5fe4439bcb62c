package sim

import (
	"time"

	"github.com/leverrpc/lever/engine/session"
)

// begin draws the plan, makes the processes, and plans the work and the faults.
func (w *world) begin() {
	w.plan = w.draw()
	w.say("plan: %+v", w.plan)
	w.populate()
	for _, c := range w.callers {
		c.more = w.options.Calls / w.plan.callers
		w.after(w.upTo(10*time.Millisecond), c.askSome)
	}
	w.planFaults()
}

// populate makes the processes.
func (w *world) populate() {
	for i := range w.plan.hosts {
		w.hosts = append(w.hosts, &host{w: w, n: i, up: true, purse: w.newPurse()})
	}
	for i := range w.plan.callers {
		w.callers = append(w.callers, &caller{
			w: w, n: i, conns: make([]*conn, w.plan.hosts), left: make(map[*conn]bool),
			purse: w.newPurse(),
		})
	}
}

// planFaults spreads the faults of the plan over the time that the work takes.
func (w *world) planFaults() {
	span := 100*time.Millisecond + w.plan.gap*time.Duration(w.options.Calls/w.plan.callers)
	for _, f := range []struct {
		times int
		name  string
		do    func()
	}{
		{w.plan.resets, "reset", w.resetOne},
		{w.plan.stalls, "stall", w.stallOne},
		{w.plan.holes, "hole", w.holeOne},
		{w.plan.crashes, "crash", w.crashHost},
		{w.plan.quits, "quit", w.crashCaller},
		{w.plan.drains, "drain", w.drainHost},
		{w.plan.leaves, "leave", w.drainCaller},
	} {
		for range f.times {
			w.after(time.Duration(w.rand.Int64N(int64(span))), func() {
				if !w.settling {
					w.saw(f.name)
					f.do()
				}
			})
		}
	}
}

// anyOpen gives a connection that both sides still have, or nil.
func (w *world) anyOpen() *conn {
	var open []*conn
	for _, x := range w.conns {
		if x.open() {
			open = append(open, x)
		}
	}
	if len(open) == 0 {
		return nil
	}
	return pick(w, open...)
}

func (w *world) resetOne() {
	if x := w.anyOpen(); x != nil {
		x.reset()
	}
}

// stallOne stops a direction for up to two seconds.
func (w *world) stallOne() {
	if x := w.anyOpen(); x != nil {
		p := &x.ends[w.rand.IntN(2)].out
		p.stop = w.now + w.upTo(2*time.Second)
		x.troubled = true
		w.say("%v: nothing reaches %v until %v", x, p.to, p.stop)
	}
}

// holeOne makes one direction, or both, swallow everything from now on, as a machine does that
// lost its power, or a route that changed.
func (w *world) holeOne() {
	x := w.anyOpen()
	if x == nil {
		return
	}
	which := 1 + w.rand.IntN(3)
	w.say("%v: a hole, %b", x, which)
	x.troubled, x.holed = true, true
	for i, e := range x.ends {
		e.out.hole = e.out.hole || which>>i&1 == 1
	}
}

// crashHost kills a server process, with all that it was doing, and starts it again later.
func (w *world) crashHost() {
	h := pick(w, w.hosts...)
	w.say("host %d crashes", h.n)
	h.up = false
	w.after(w.upTo(500*time.Millisecond), func() { h.up = true })
	h.purse = w.newPurse()
	w.kill(session.Server, func(x *conn) bool { return x.host == h })
}

// crashCaller kills a client process. Its calls are forgotten; another takes over its work.
func (w *world) crashCaller() {
	c := pick(w, w.callers...)
	w.say("caller %d crashes", c.n)
	clear(c.conns)
	c.purse = w.newPurse()
	w.kill(session.Client, func(x *conn) bool { return x.caller == c })
}

// kill ends one side of connections. The other learns it from a reset, or never.
func (w *world) kill(side session.Role, which func(*conn) bool) {
	silent := w.chance(30)
	for _, x := range w.conns {
		e := x.ends[side]
		if !which(x) || e.gone {
			continue
		}
		e.die()
		if silent {
			x.holed = true
			e.out.hole, e.far().out.hole = true, true
		} else {
			x.reset()
		}
	}
}

// drainHost makes a server process leave in good order, and a new one take its place.
func (w *world) drainHost() {
	h := pick(w, w.hosts...)
	w.say("host %d drains", h.n)
	h.up = false
	w.after(w.upTo(500*time.Millisecond), func() { h.up = true })
	for _, x := range w.conns {
		if e := x.ends[session.Server]; x.host == h && !e.gone {
			e.s.Drain()
			e.turn()
		}
	}
}

// drainCaller makes a client leave one of its connections in good order.
func (w *world) drainCaller() {
	x := w.anyOpen()
	if x == nil {
		return
	}
	w.say("%v: the caller leaves", x)
	x.caller.leave(x)
	x.ends[session.Client].s.Drain()
	x.ends[session.Client].turn()
}

// goneAway reports whether the server has said that it goes, as far as the client has read.
func (x *conn) goneAway() bool { return x.twin.goneAway }

// exhausted reports whether the client's ids are at their end, so that it has left by itself.
func (x *conn) exhausted() bool { return x.byID[maxID] != nil }
