package sim

import (
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// host is a server process. Its handlers take their time, and some do not what they should: they
// never read, they answer late, they go on after they were told to stop.
type host struct {
	w     *world
	n     int
	up    bool // new connections are accepted
	purse *purse
}

// event acts on what a server's session tells.
func (h *host) event(e *end, ev *session.Event) {
	w := h.w
	k, _ := ev.Data.(*call)
	switch ev.Kind {
	case session.Hello:
	case session.Draining:
		w.say("%v: drains: %v", e, ev.Err)
	case session.Called:
		h.called(e, ev)
	case session.Message:
		k.message(session.Server, ev)
		k.read(session.Server)
	case session.Finished:
		k.finished(session.Server, ev)
	case session.Writable:
		k.writable(session.Server, ev)
		k.sendAgain(session.Server)
	case session.Cancelled:
		h.cancelled(e, k, ev)
	default:
		w.fail("%v: event %v", e, ev.Kind)
	}
}

// called begins a handler.
func (h *host) called(e *end, ev *session.Event) {
	w := h.w
	k := e.conn.byID[ev.Call.ID()]
	if k == nil {
		w.fail("%v: call #%d was not asked", e, ev.Call.ID())
		return
	}
	k.checkCalled(e, ev)
	e.s.Attach(ev.Call, k)
	k.called, k.calledAt = true, e.told
	k.halves[session.Server] = half{end: e, c: ev.Call}
	e.conn.checkRunning()
	w.say("%v begins %v", e, k)
	k.watchHandler(ev.Deadline)
	if w.manual {
		k.ran = true
		return
	}
	if w.chance(w.plan.refusals) {
		h.refuse(k)
		return
	}
	k.ran = true
	h.serve(k)
}

// refuse answers before the handler has begun.
func (h *host) refuse(k *call) {
	r := session.Result{Status: pick(h.w, frame.NoMethod, frame.Unavailable),
		Flags: frame.Unprocessed, Retry: h.w.upTo(time.Second)}
	if h.w.chance(30) {
		r.Flags |= frame.NoRetry
	}
	k.reply(answer{Result: r, size: h.w.rand.IntN(50)})
}

// serve decides what a handler does.
func (h *host) serve(k *call) {
	w := h.w
	if k.stream() {
		w.after(w.upTo(w.plan.slow/4), func() { k.sendMore(session.Server, w.rand.IntN(8)) })
		return
	}
	if w.plan.slow == 0 || w.chance(40) {
		h.answer(k) // inline, while the event is at hand
		return
	}
	h.answerIn(k, w.upTo(w.plan.slow))
}

// answerIn ends a handler later.
func (h *host) answerIn(k *call, d time.Duration) {
	h.w.after(d, func() {
		if half := &k.halves[session.Server]; half.c != nil {
			h.answer(k)
			half.end.turn()
		}
	})
}

// answer ends a handler with something.
func (h *host) answer(k *call) {
	w := h.w
	a := answer{size: w.drawSize()}
	if w.chance(w.plan.values) {
		a.Flags = 0
	} else {
		a.Flags = frame.Bytes
	}
	if w.chance(w.plan.errors) {
		a.Status = pick(w, frame.Application, frame.FirstApplicationStatus+5, frame.Internal,
			frame.Cancelled, frame.Unavailable)
		if w.chance(20) {
			a.Flags |= frame.NoRetry
		}
	}
	if w.chance(w.plan.exts) {
		a.Ext = w.drawExt()
	}
	k.reply(a)
}

// cancelled tells a handler to stop. Most do so soon.
func (h *host) cancelled(e *end, k *call, ev *session.Event) {
	w := h.w
	lost := e.s.Closed() // a handler that was told its time is up is told this too
	if k == nil || k.halves[session.Server].c != ev.Call || k.told && !lost {
		w.fail("%v: Cancelled, and no handler runs that has not been told", e)
		return
	}
	w.saw("told " + ev.Status.String())
	w.say("%v: %v is told to stop: %v", e, k, ev.Err)
	k.told = true
	k.checkTold(e, ev)
	if w.manual {
		return
	}
	if w.chance(30) {
		k.reply(answer{Result: session.Result{Status: frame.Cancelled}})
		return
	}
	h.answerIn(k, w.upTo(w.plan.patience))
}
