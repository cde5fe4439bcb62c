package sim

import (
	"bytes"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// checkCalled holds a call that arrived to what was asked. I2.
func (k *call) checkCalled(e *end, ev *session.Event) {
	w := k.w
	name := string(ev.Name)
	if ev.Method != nil {
		name = ev.Method.Name
	}
	l := e.conn.twin.lines[k.id]
	switch {
	case k.called:
		w.fail("%v: is delivered twice", k)
	case k.untouchable:
		w.fail("%v: is delivered after it was said that it is not", k)
	case k.id > e.conn.twin.last[session.Server]:
		w.fail("%v: is delivered, the last id is %d", k, e.conn.twin.last[session.Server])
	case name != k.name || !bytes.Equal(ev.Ext, k.ext) || ev.Flags&^frame.Ext != k.flags:
		w.fail("%v: arrives as %s %x %v, want %s %x %v",
			k, name, ev.Ext, ev.Flags, k.name, k.ext, k.flags)
	case !stamp{key: k.key}.is(ev.Payload, k.size):
		w.fail("%v: arrives with other arguments", k)
	case k.size > int(e.conn.twin.params[session.Server].MaxMessage)+maxHead:
		w.fail("%v: %d bytes of arguments are delivered", k, k.size)
	case ev.Deadline != l.deadline || ev.Deadline != 0 && w.now > ev.Deadline:
		w.fail("%v: its deadline is %v, want %v", k, ev.Deadline, l.deadline)
	}
}

// maxHead is what a receiver may allow a CALL beyond MAX_MESSAGE. SPEC: F-432.
const maxHead = 4611

// checkRunning counts the handlers that run: never more than calls were granted. I3.
func (x *conn) checkRunning() {
	n := 0
	for _, k := range x.calls {
		if k.called && !k.answered {
			n++
		}
	}
	if limit := int(x.twin.params[session.Server].Calls); n > limit {
		x.w.fail("%v: %d handlers run, %d calls were granted", x, n, limit)
	}
}

// checkTold: a handler is told to stop when its caller has gone, or its time, and told which.
func (k *call) checkTold(e *end, ev *session.Event) {
	l := e.conn.twin.lines[k.id]
	late := l.deadline != 0 && k.w.now >= l.deadline
	switch {
	case e.s.Closed() && ev.Status == frame.Unavailable:
	case late && ev.Status == frame.DeadlineExceeded:
	case l.cancelRead && l.why == frame.Timeout && ev.Status == frame.DeadlineExceeded:
	case l.cancelRead && l.why != frame.Timeout && ev.Status == frame.Cancelled:
	case e.conn.twin.overflows(session.Server, ev.Status, k.flows[session.Client].largest):
	default:
		k.w.fail("%v: is told to stop with %v", k, ev.Status)
	}
}

// watchHandler checks one moment after the deadline that the handler was told. I8.
func (k *call) watchHandler(deadline time.Duration) {
	if deadline == 0 {
		return
	}
	k.w.at(deadline+1, func() {
		h := &k.halves[session.Server]
		if h.c != nil && !k.told && !h.end.gone {
			k.w.fail("%v: its deadline is over, and its handler was not told", k)
		}
	})
}

// sendMore sends the next of n messages of a side, and plans what follows.
func (k *call) sendMore(side session.Role, n int) {
	w, e := k.w, k.halves[side].end
	if e.gone {
		return
	}
	defer e.turn()
	if n == 0 {
		k.sentAll(side)
		return
	}
	if k.flows[side].blocked {
		return // Writable goes on
	}
	size := w.drawSize()
	if !k.say(side, size, !w.chance(w.plan.values)) && k.halves[side].c != nil {
		return
	}
	w.after(w.upTo(4*time.Millisecond), func() { k.sendMore(side, n-1) })
}

// sendAgain goes on after a refusal. What was refused must be taken now.
func (k *call) sendAgain(side session.Role) {
	w := k.w
	if w.manual {
		return
	}
	if !k.say(side, w.drawSize(), true) {
		w.fail("%v: Writable, and the message is refused", k)
		return
	}
	w.after(w.upTo(4*time.Millisecond), func() { k.sendMore(side, w.rand.IntN(3)) })
}

// sentAll ends a side's direction: with FINISH, or a handler with its answer.
func (k *call) sentAll(side session.Role) {
	w := k.w
	if w.chance(70) {
		k.finish(side)
	}
	if side == session.Server {
		k.conn.host.answerIn(k, w.upTo(w.plan.slow))
	}
}

// read decides when a message that was delivered is consumed: at once, in two parts later, or not
// before the end.
func (k *call) read(side session.Role) {
	w := k.w
	switch f := &k.flows[1-side]; {
	case w.manual:
	case !w.settling && w.chance(w.plan.deaf):
		w.saw("unread")
	case w.chance(50):
		k.release(side, f.unread)
	default:
		w.after(w.upTo(20*time.Millisecond), func() { k.readLater(side, f.unread/2) })
		w.after(w.upTo(40*time.Millisecond), func() { k.readLater(side, f.unread) })
	}
}

func (k *call) readLater(side session.Role, n int) {
	if e := k.halves[side].end; !e.gone {
		k.release(side, n)
		e.turn()
	}
}
