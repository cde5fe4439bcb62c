package sim

import (
	"bytes"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// resulted holds the end of a call, as its caller is told it, to what the other side knows. I1, I2
// and I8 are here.
func (k *call) resulted(ev *session.Event) {
	w, h := k.w, &k.halves[session.Client]
	w.say("%v: %v is over: %v, %v, %v", h.end, k, ev.Status, ev.Effect, ev.Err)
	w.saw("effect " + ev.Effect.String())
	if k.over || h.c != ev.Call {
		w.fail("%v: ends twice, the second time with %v", k, ev.Status)
		return
	}
	k.over, k.effect = true, ev.Effect
	switch ev.Effect {
	case session.NotSent:
		k.checkNotSent(ev)
	case session.NotExecuted:
		k.checkNotExecuted(ev)
	case session.MaybeExecuted:
		k.checkMaybe(ev)
	case session.Executed:
		k.checkExecuted(ev)
	}
}

// checkCancelled holds what Cancel says to the ledger. The call may be over already, and nobody has
// been told yet.
func (k *call) checkCancelled(e session.Effect) {
	k.untouchable = e == session.NotExecuted
	switch {
	case e == session.NotSent && k.id != 0, e != session.NotSent && k.id == 0,
		e == session.NotExecuted && k.ran, e == session.Executed && !k.answered:
		k.w.fail("%v: Cancel says %v (called %v, answered %v)", k, e, k.called, k.answered)
	}
}

// lastRead is the last id that the server has named, as far as the client has read.
func (k *call) lastRead() uint32 { return k.conn.twin.lastRead[session.Server] }

func (k *call) checkNotSent(ev *session.Event) {
	if k.id != 0 || k.called {
		k.w.fail("%v: was not sent, says its end", k)
	}
	k.checkLocal(ev)
}

// checkLocal: an end that this side made has its reason.
func (k *call) checkLocal(ev *session.Event) {
	w, e := k.w, k.halves[session.Client].end
	late := k.deadline != 0 && w.now >= k.deadline
	leaving := e.s.Closed() || k.lastRead() != frame.NoLastID ||
		k.conn.caller.leftOn(k.conn) || k.conn.exhausted()
	switch {
	case ev.Status == frame.DeadlineExceeded && late:
	case ev.Status == frame.Unavailable && (leaving || k.conn.goneAway()):
	case ev.Status == frame.OK && k.oneway():
	case k.conn.twin.overflows(session.Client, ev.Status, k.flows[session.Server].largest):
	default:
		w.fail("%v: %v without a reason", k, ev.Status)
	}
}

// checkNotExecuted: no handler ran, and none ever will. I2.
func (k *call) checkNotExecuted(ev *session.Event) {
	w := k.w
	k.untouchable = true
	if k.ran {
		w.fail("%v: was not executed, says its end, but its handler ran", k)
	}
	if ev.Flags&frame.Unprocessed == 0 {
		if k.id <= k.lastRead() {
			w.fail("%v: was not executed, says its end; the last id is %d", k, k.lastRead())
		}
		return
	}
	w.saw("unprocessed")
	switch {
	case k.answered && ev.Retry != roundUp(k.answer.Retry):
		w.fail("%v: retry after %v, want %v", k, ev.Retry, k.answer.Retry)
	case !k.answered && k.called:
		w.fail("%v: refused with %v, and the handler has not refused it", k, ev.Status)
	case !k.called && !k.refusable(ev.Status):
		w.fail("%v: refused with %v, without a reason", k, ev.Status)
	}
}

// refusable reports whether the server's session may have refused the call: its time was up, its
// caller had gone, or its arguments were too much, before they were whole, or while it waited
// because large results did.
func (k *call) refusable(s frame.Status) bool {
	l := k.conn.twin.lines[k.id]
	late := l.deadline != 0 && k.w.now >= l.deadline || l.why == frame.Timeout
	held := s == frame.ResourceExhausted && k.conn.twin.limits[session.Server].ResultBytes > 0
	return held || s == frame.DeadlineExceeded && late || s == frame.Cancelled && l.cancel ||
		k.conn.twin.overflows(session.Server, s, k.size)
}

// roundUp is a time on the wire: whole milliseconds.
func roundUp(d time.Duration) time.Duration {
	return (d + time.Millisecond - 1) / time.Millisecond * time.Millisecond
}

// checkMaybe: it was sent, and nothing more is known.
func (k *call) checkMaybe(ev *session.Event) {
	if k.id == 0 || k.id > k.lastRead() && !k.oneway() && ev.Status == frame.Unavailable {
		k.w.fail("%v: may have been executed, says its end; the last id is %d", k, k.lastRead())
	}
	k.checkLocal(ev)
}

// checkExecuted: the result is the handler's own, byte for byte.
func (k *call) checkExecuted(ev *session.Event) {
	w, a := k.w, &k.answer
	t := k.conn.twin
	if ev.Err != nil && t.overflows(session.Client, ev.Status, a.size) {
		return
	}
	if !k.answered || !k.called {
		w.fail("%v: was executed, says its end, and no handler has answered", k)
		return
	}
	switch {
	case a.beyond && ev.Status == frame.ResourceExhausted:
		return // too many results wait
	case k.told && t.overflows(session.Server, ev.Status, k.flows[session.Client].largest):
		return // a message of the stream was too much for the handler's side
	case a.size > int(k.conn.twin.params[session.Client].MaxMessage):
		if ev.Status != frame.TooLarge {
			w.fail("%v: %v, want TOO_LARGE", k, ev.Status)
		}
		return
	}
	k.checkResult(ev)
}

func (k *call) checkResult(ev *session.Event) {
	w, a := k.w, &k.answer
	const shown = frame.Bytes | frame.NoRetry
	same := stamp{key: k.key, dir: 1}.is(ev.Payload, a.size)
	if a.Status.ErrorIsText() && len(ev.Payload) == 0 {
		same = true // SPEC 9.5: text that no credit is there for is left out
	}
	took := (a.at - k.calledAt).Truncate(time.Microsecond)
	switch {
	case ev.Status != a.Status || ev.Flags&shown != a.Flags&shown || !bytes.Equal(ev.Ext, a.Ext):
		w.fail("%v: result %v %v %x, want %v %v %x", k, ev.Status, ev.Flags, ev.Ext,
			a.Status, a.Flags, a.Ext)
	case !same:
		w.fail("%v: the result of %d bytes is not the handler's of %d", k, len(ev.Payload), a.size)
	case a.Status == frame.OK && ev.Handler != took:
		w.fail("%v: the handler took %v, want %v", k, ev.Handler, took)
	}
	if f := &k.flows[session.Server]; !k.told && f.delivered != len(f.sent) {
		w.fail("%v: %d messages of %d came before the result", k, f.delivered, len(f.sent))
	}
}

// message holds a message that was delivered to what was sent. I5 and I6.
func (k *call) message(to session.Role, ev *session.Event) {
	w, f := k.w, &k.flows[1-to]
	if k.halves[to].c != ev.Call || f.finished || f.delivered == len(f.sent) {
		w.fail("%v: a message that nobody sent, or waits for", k)
		return
	}
	m := f.sent[f.delivered]
	f.delivered++
	s := stamp{key: k.key, dir: int(1 - to), place: f.delivered}
	if !s.is(ev.Payload, m.size) || ev.Flags&frame.Bytes != 0 != m.bytes {
		w.fail("%v: message %d of %d bytes is not what was sent, %v",
			k, f.delivered, len(ev.Payload), m)
	}
	if ev.Body != nil && len(ev.More) == 0 && w.chance(50) {
		f.kept = append(f.kept, kept{body: ev.Body, payload: ev.Payload, place: f.delivered})
		ev.Body = nil // taken
	}
	if limit := k.conn.twin.params[to].MaxMessage; m.size > int(limit) {
		w.fail("%v: a message of %d bytes, more than %d, is delivered", k, m.size, limit)
	}
	f.unread += len(ev.Payload)
	if limit := 2*int(k.conn.twin.callWindow(to)) + f.largest; f.unread > limit {
		w.fail("%v: %d bytes are unread, at most %d may be", k, f.unread, limit)
	}
}

// finished holds the end of a direction to what was sent.
func (k *call) finished(to session.Role, ev *session.Event) {
	f := &k.flows[1-to]
	if !f.finishing || f.finished || k.halves[to].c != ev.Call ||
		f.delivered != len(f.sent) && !k.told {
		k.w.fail("%v: the direction ends after %d messages of %d", k, f.delivered, len(f.sent))
	}
	f.finished = true
}

// writable holds the invitation to a refused writer.
func (k *call) writable(side session.Role, ev *session.Event) {
	f := &k.flows[side]
	if !f.blocked || k.halves[side].c != ev.Call {
		k.w.fail("%v: Writable, and nobody waits for it", k)
	}
	f.blocked = false
	k.w.saw("writable")
}

// cancelSent: a CANCEL on the wire has the reason that the caller gave.
func (k *call) cancelSent(why frame.CancelReason) {
	want, t := k.why, k.conn.twin
	if !k.given {
		want = frame.Timeout
	}
	size := k.flows[session.Server].largest
	unwanted := why == frame.Unwanted && (t.overflows(session.Client, frame.TooLarge, size) ||
		t.overflows(session.Client, frame.ResourceExhausted, size))
	if why != want && !unwanted {
		k.w.fail("%v: CANCEL says %v, want %v", k, why, want)
	}
}
