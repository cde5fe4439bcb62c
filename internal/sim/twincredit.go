package sim

import (
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// account is one counter of SPEC 8.1 for one direction, seen from both ends.
type account struct {
	spent   int64 // sent
	heard   int64 // credit that has reached the sender
	got     int64 // received
	granted int64 // credit that has left the receiver
}

// connCredit is what a side may still send on the connection. SPEC 8.1: connection(S).
func (t *twin) connCredit(side session.Role) int64 {
	a := &t.bytes[side]
	return int64(t.announced(1-side).ConnBytes) - a.spent + a.heard
}

// callCredit is what a side may still send on a call. SPEC 8.1: call(S, id).
func (t *twin) callCredit(side session.Role, l *line) int64 {
	a := &l.bytes[side]
	return int64(t.announced(1-side).StreamBytes) - a.spent + a.heard
}

// slotCredit is how many calls the client may still send. SPEC 8.1: slots(S).
func (t *twin) slotCredit() int64 {
	return int64(t.announced(session.Server).Calls) - t.slots.spent + t.slots.heard
}

// spend counts the payload of a frame that was sent. Nothing may become negative: F-401.
func (t *twin) spend(side session.Role, l *line, h frame.Header) {
	t.bytes[side].spent += int64(h.Length)
	l.bytes[side].spent += int64(h.Length)
	if n := t.connCredit(side); n < 0 {
		t.fail(side, h, "it exceeds the connection's credit by %d", -n)
	}
	if n := t.callCredit(side, l); n < 0 {
		t.fail(side, h, "it exceeds the call's credit by %d", -n)
	}
	if h.Type == frame.Msg && h.Aux != 0 {
		t.grant(side, &l.bytes[1-side], h)
	}
}

// arrivedPayload counts it where it arrives.
func (t *twin) arrivedPayload(from session.Role, h frame.Header) {
	l := t.lines[h.ID]
	t.bytes[from].got += int64(h.Length)
	l.bytes[from].got += int64(h.Length)
	t.hold(from, l, h)
	switch h.Type {
	case frame.Call:
		t.slots.got++
		t.lastCall = h.ID
		l.arrived = true
		if h.Aux != 0 {
			l.deadline = t.w.now + time.Duration(h.Aux)*time.Microsecond
		}
	case frame.Msg:
		l.bytes[1-from].heard += int64(h.Aux)
	}
}

// hold counts the bytes of unfinished bodies that a receiver has got: what it assembles, and what it
// only skips.
func (t *twin) hold(from session.Role, l *line, h frame.Header) {
	if h.Type != frame.Msg { // a RESULT ends what was unfinished before
		t.held[from] -= l.held[from]
		l.held[from], l.holding[from] = 0, false
	}
	more := h.Flags&frame.More != 0
	if more || l.holding[from] {
		l.held[from] += int64(h.Length)
		t.held[from] += int64(h.Length)
		t.heldMost[from] = max(t.heldMost[from], t.held[from])
	}
	if l.holding[from] = more; !more {
		t.held[from] -= l.held[from]
		l.held[from] = 0
	}
}

// overflows reports whether a side may have said of a body of some size that it is too much, or, of
// one whose line was not fair, that it hardly grows.
func (t *twin) overflows(side session.Role, status frame.Status, size int) bool {
	limit := int64(t.limits[side].AssemblyBytes)
	if limit == 0 {
		limit = 16 << 20
	}
	limit = max(limit, int64(t.params[side].MaxMessage))
	return status == frame.TooLarge && size > int(t.params[side].MaxMessage) ||
		status == frame.ResourceExhausted && (t.heldMost[1-side] > limit || t.conn.troubled)
}

// checkCredit: nothing is granted that is not due. F-422, F-262.
func (t *twin) checkCredit(side session.Role, h frame.Header) {
	t.replies++
	if limit := t.limits[side].Replies; limit > 0 && t.replies > limit {
		t.fail(side, h, "%d grants waited, at most %d may", t.replies, limit)
	}
	if h.ID != 0 {
		l := t.lines[h.ID]
		if l == nil {
			t.fail(side, h, "there is no such call")
			return
		}
		t.grant(side, &l.bytes[1-side], h)
		return
	}
	t.grant(side, &t.bytes[1-side], h)
	t.slots.granted += int64(h.Code)
	if due := t.slotsDue(); t.slots.granted > due {
		t.fail(side, h, "%d slots are returned, %d calls are over", t.slots.granted, due)
	}
}

// widening is how many times what is due may be granted by who widens a window. SPEC: F-422.
const widening = 4

// connWindow is the most that a side's window of the connection may become.
func (t *twin) connWindow(side session.Role) int64 {
	return widest(t.params[side].ConnBytes, t.limits[side].WindowBytes, 16<<20)
}

// callWindow is the most that its window of a call may become.
func (t *twin) callWindow(side session.Role) int64 {
	return widest(t.params[side].StreamBytes, t.limits[side].CallWindowBytes, 4<<20)
}

func widest(announced uint32, limit, def int) int64 {
	if limit == 0 {
		limit = def
	}
	return max(int64(announced), int64(limit))
}

// grant counts credit that a side issues for the other's direction. A window holds at most what it
// may become, and who widens it does so by steps.
func (t *twin) grant(side session.Role, a *account, h frame.Header) {
	a.granted += int64(h.Aux)
	announced, most := t.params[side].ConnBytes, t.connWindow(side)
	if h.ID != 0 {
		announced, most = t.params[side].StreamBytes, t.callWindow(side)
	}
	if open := int64(announced) - a.got + a.granted; open > most || a.granted > widening*a.got {
		t.fail(side, h, "%d bytes are granted, %d have come; %d may be sent, at most %d",
			a.granted, a.got, open, most)
	}
}

// slotsDue is how many slots a server may have returned by now: of calls whose RESULT is out, of
// ONEWAY calls that no handler works on, and of calls that came too late.
func (t *twin) slotsDue() (n int64) {
	for _, l := range t.order {
		switch {
		case !l.arrived:
		case l.answered, l.id > t.last[session.Server]:
			n++
		case l.flags&frame.Oneway != 0 && (!l.call.called || l.call.answered):
			n++
		}
	}
	return n
}

// arrivedCredit adds it to what the side that reads it may send.
func (t *twin) arrivedCredit(from session.Role, h frame.Header) {
	if h.ID != 0 {
		t.lines[h.ID].bytes[1-from].heard += int64(h.Aux)
		return
	}
	t.bytes[1-from].heard += int64(h.Aux)
	t.slots.heard += int64(h.Code)
}

// checkGenerous: what is due has been granted when it is as much as the sender may still send, or
// more. SPEC: F-421. side is the receiver, all of whose output has been taken.
func (t *twin) checkGenerous(side session.Role) {
	from, unread := 1-side, int64(0)
	for _, l := range t.order {
		unread += l.call.unread(side)
	}
	if limit := t.limits[side].UnreadBytes; limit > 0 && unread > int64(limit) {
		return
	}
	for _, l := range t.order {
		if t.mayCome(from, l) && l.call.unread(side) == 0 {
			t.checkDue(side, &l.bytes[from], t.params[side].StreamBytes, l.call.String())
		}
	}
	if unread == 0 {
		t.checkDue(side, &t.bytes[from], t.params[side].ConnBytes, "connection")
	}
}

func (t *twin) checkDue(side session.Role, a *account, size uint32, what string) {
	open, due := int64(size)-a.got+a.granted, a.got-a.granted
	if due > 0 && due >= open {
		t.w.fail("%v: owes %d bytes of credit on the %s, whose sender has %d",
			t.conn.ends[side], due, what, open)
	}
}

// mayCome reports whether a side may still send payload on a call.
func (t *twin) mayCome(from session.Role, l *line) bool {
	if from == session.Client {
		return l.arrived && l.flags&frame.Stream != 0 && !l.cancel && !l.finished[from] && !l.result
	}
	return l.flags&frame.Oneway == 0 && !l.answered && l.id <= t.last[session.Server]
}

// unread is what the application at a side has yet to consume of a call.
func (k *call) unread(side session.Role) int64 {
	if k.halves[side].c == nil {
		return 0
	}
	return int64(k.flows[1-side].unread)
}

// checkDiligent: a small call that has a slot, and all the credit that it needs, has been sent. All
// output of the client has been taken; a large call may keep a slot while it waits for its turn.
func (t *twin) checkDiligent() {
	if t.connCredit(session.Client) < frame.FairFragment {
		return
	}
	slots := t.slotCredit()
	var waits *call
	for _, k := range t.conn.unnumbered {
		switch {
		case k.halves[session.Client].c == nil || k.over:
		case k.size < frame.MinFragment/2:
			waits = k
		default:
			slots--
		}
	}
	if waits != nil && slots > 0 {
		t.w.fail("%v: waits, and there are %d slots", waits, slots)
	}
}
