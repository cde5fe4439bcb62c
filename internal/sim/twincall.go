package sim

import (
	"bytes"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// line is one call as it is seen on the wire.
type line struct {
	id    uint32
	call  *call
	flags frame.Flags
	bytes [2]account

	body     [2]bool // the last frame had MORE
	finished [2]bool
	cancel   bool
	why      frame.CancelReason
	result   bool // begun
	answered bool // to its end

	arrived    bool          // the CALL's first frame is at the server
	deadline   time.Duration // that it has there; zero: none
	cancelRead bool
	held       [2]int64 // bytes of the unfinished body that have come from a side
	holding    [2]bool
}

// checkCall holds a frame of a call to the state of its call.
func (t *twin) checkCall(side session.Role, h frame.Header, p []byte) {
	if h.Type == frame.Call {
		t.checkNew(side, h, p)
	}
	l := t.lines[h.ID]
	if l == nil {
		t.fail(side, h, "there is no such call")
		return
	}
	switch h.Type {
	case frame.Result:
		t.checkResult(side, l, h)
	case frame.Msg:
		t.checkMsg(side, l, h)
	case frame.Finish:
		if l.flags&frame.Stream == 0 || l.finished[side] || l.body[side] ||
			l.result && side == session.Server {
			t.fail(side, h, "the direction is over, or inside a message")
		}
		l.finished[side] = true
		t.portions = append(t.portions, portion{h: h, line: l})
	case frame.Cancel:
		if side != session.Client || l.cancel {
			t.fail(side, h, "it is no longer the caller's")
		}
		l.cancel, l.why = true, frame.CancelReason(h.Code)
		l.call.cancelSent(l.why)
	}
	if h.Type == frame.Call || h.Type == frame.Result || h.Type == frame.Msg {
		later := h.Type == frame.Msg && l.body[side]
		t.portions = append(t.portions, portion{
			h: h, line: l, part: later || h.Flags&frame.More != 0, later: later,
		})
		l.body[side] = h.Flags&frame.More != 0
		t.spend(side, l, h)
	}
	if l.result && !l.body[session.Server] {
		l.answered = true
	}
}

// checkNew: ids rise by two, the call is one that was asked, and says what was asked.
func (t *twin) checkNew(side session.Role, h frame.Header, p []byte) {
	k := t.conn.byID[h.ID]
	switch {
	case side != session.Client || h.ID&1 == 0 || h.ID > maxID:
		t.fail(side, h, "no client sends that")
	case t.nextID != 0 && h.ID != t.nextID:
		t.fail(side, h, "the next id is %d", t.nextID)
	case t.noCalls:
		t.fail(side, h, "the server drains, and was told that no call follows")
	case k == nil:
		t.fail(side, h, "nobody has asked it")
	}
	if t.w.failure != nil {
		return
	}
	t.nextID = h.ID + 2
	l := &line{id: h.ID, call: k, flags: h.Flags}
	t.lines[h.ID], t.order = l, append(t.order, l)
	t.slots.spent++
	if credit := t.slotCredit(); credit < 0 {
		t.fail(side, h, "%d call slots are left", credit)
	}
	t.checkHead(k, h, p)
	k.checkTimeLeft(h)
}

// checkHead: the head says what was asked.
func (t *twin) checkHead(k *call, h frame.Header, p []byte) {
	head, _, err := frame.ConsumeCallHead(h, p)
	if err != nil {
		t.fail(session.Client, h, "%v", err)
		return
	}
	name := string(head.Name)
	if h.Code != 0 {
		if int(h.Code) > len(t.bound) {
			t.fail(session.Client, h, "%d methods are bound", len(t.bound))
			return
		}
		name = t.bound[h.Code-1]
	}
	want := k.flags &^ (frame.More | frame.Ext)
	if name != k.name || !bytes.Equal(head.Ext, k.ext) || h.Flags&^(frame.More|frame.Ext) != want {
		t.fail(session.Client, h, "name %q, extensions %x: asked was %q, %x, %v",
			name, head.Ext, k.name, k.ext, want.Names(frame.Call))
	}
}

// checkResult: there is one, from the server, and not inside a message but of a cancelled call.
func (t *twin) checkResult(side session.Role, l *line, h frame.Header) {
	switch {
	case side != session.Server || l.flags&frame.Oneway != 0 || !l.arrived:
		t.fail(side, h, "nobody waits for it")
	case l.result:
		t.fail(side, h, "it is the second one")
	case l.body[side] && !l.cancelRead:
		t.fail(side, h, "a message has begun and not ended")
	case h.Flags&frame.Unprocessed != 0 && l.call.ran:
		t.fail(side, h, "the handler has begun")
	}
	l.result, l.body[side] = true, false
}

// checkMsg: a continuation says nothing of its own; another one belongs to an open stream.
func (t *twin) checkMsg(side session.Role, l *line, h frame.Header) {
	switch {
	case l.body[side] && h.Flags&^frame.More != 0:
		t.fail(side, h, "it continues a body")
	case l.body[side]:
	case l.flags&frame.Stream == 0 || l.finished[side] || l.cancel && side == session.Client ||
		l.result && side == session.Server:
		t.fail(side, h, "the direction is over")
	}
}

// checkTimeLeft: the deadline on the wire is the time that was left when the call was serialised,
// which is when it got its id, rounded up.
func (k *call) checkTimeLeft(h frame.Header) {
	want := max(microseconds(k.deadline-k.sentAt), 1)
	if k.deadline == 0 || want > 1<<32-1 {
		want = 0
	}
	if int64(h.Aux) != want {
		k.w.fail("%v: %v has %dµs left, want %d", k, h, h.Aux, want)
	}
}

// microseconds rounds up.
func microseconds(d time.Duration) int64 {
	return int64((d + time.Microsecond - 1) / time.Microsecond)
}
