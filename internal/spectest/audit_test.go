package spectest

import (
	"testing"

	"github.com/leverrpc/lever/frame"
)

// audit watches a session from the middle and checks it by chapters 7 and 8: each frame is
// allowed in the state of its receiver, every credit is kept, every call ends.
type audit struct {
	t      *testing.T
	tables states
	where  told
	conn   map[string]string // by receiver, "C" or "S": its state
	budget map[string]*budget
	calls  map[uint32]*auditedCall
	gone   bool // a GOAWAY with a reason other than NONE
}

// budget is what one side may send.
type budget struct {
	bytes, slots, stream    int64 // stream: what a call begins with
	received, granted       int64 // bytes of the other side's frames, and credit given for them
	slotsTaken, slotsReturn int64
}

type auditedCall struct {
	initiator, responder string // states
	left                 map[string]int64
	unfinished           map[string]bool
	oneway               bool
}

func newAudit(t *testing.T, tables states) *audit {
	least := func() *budget {
		m := frame.MinParams
		return &budget{bytes: int64(m.ConnBytes), slots: int64(m.Calls), stream: int64(m.StreamBytes)}
	}
	return &audit{t: t, tables: tables, conn: map[string]string{"C": "WAIT_HELLO", "S": "WAIT_HELLO"},
		budget: map[string]*budget{"C": least(), "S": least()}, calls: map[uint32]*auditedCall{}}
}

func (a *audit) fault(format string, args ...any) {
	a.t.Helper()
	a.t.Errorf("%d: %s: "+format, append([]any{a.where.line, a.where.says}, args...)...)
}

func other(who string) string {
	if who == "C" {
		return "S"
	}
	return "C"
}

// take looks at the next frame.
func (a *audit) take(f told) {
	a.where = f
	receiver, name := other(f.who), f.h.Type.String()
	side := map[string]string{"C": "client", "S": "server"}[receiver]
	if f.h.Type.Ignorable() {
		name = "ignorable"
	}
	if a.tables["connection at the "+side][name][a.conn[receiver]] == "PROTOCOL" {
		a.fault("the %s is in %s", side, a.conn[receiver])
	}
	p := f.raw[frame.HeaderSize:]
	switch f.h.Type {
	case frame.Hello:
		a.hello(receiver, p)
	case frame.GoAway:
		a.goaway(f)
	case frame.Call, frame.Result, frame.Msg, frame.Finish, frame.Cancel:
		a.onCall(f)
	case frame.Credit:
		a.credit(receiver, f.h)
	}
}

// hello raises what the receiver may send.
func (a *audit) hello(receiver string, p []byte) {
	params, err := frame.ConsumeParams(p)
	if err != nil {
		a.fault("%v", err)
	}
	a.conn[receiver] = "OPEN"
	b, m := a.budget[receiver], frame.MinParams
	b.bytes += int64(params.ConnBytes - m.ConnBytes)
	b.slots += int64(params.Calls - m.Calls)
	b.stream = int64(params.StreamBytes)
	for _, c := range a.calls {
		c.left[receiver] += int64(params.StreamBytes - m.StreamBytes)
	}
}

func (a *audit) goaway(f told) {
	switch {
	case f.h.Code != 0:
		a.gone = true
	case f.h.Aux == frame.NoLastID:
		a.conn["C"], a.conn["S"] = "DRAINING", "DRAINING"
	default:
		a.conn["S"] = "DRAINED"
	}
}

// onCall moves a call's two states and counts the payload.
func (a *audit) onCall(f told) {
	b, c := a.budget[f.who], a.calls[f.h.ID]
	if f.h.Type == frame.Call && c == nil {
		c = &auditedCall{initiator: "IDLE", responder: "IDLE", unfinished: map[string]bool{},
			oneway: f.h.Flags&frame.Oneway != 0,
			left:   map[string]int64{"C": b.stream, "S": a.budget["S"].stream}}
		a.calls[f.h.ID] = c
		b.slots--
		b.slotsTaken++
	}
	if c == nil {
		a.fault("no such call")
		return
	}
	continues := f.h.Type == frame.Msg && c.unfinished[f.who]
	if action := a.action(f, c); action == "PROTOCOL" && !continues {
		a.fault("initiator in %s, responder in %s", c.initiator, c.responder)
	}
	c.unfinished[f.who] = f.h.Flags&frame.More != 0
	b.bytes -= int64(f.h.Length)
	c.left[f.who] -= int64(f.h.Length)
	c.left[other(f.who)] += int64(f.h.Aux) * isMsg(f.h)
	a.budget[other(f.who)].received += int64(f.h.Length)
	if b.bytes < 0 || b.slots < 0 || c.left[f.who] < 0 {
		a.fault("credit: %d slots, %d bytes, %d bytes of the call", b.slots, b.bytes, c.left[f.who])
	}
	c.move(f.who, f.h)
}

func isMsg(h frame.Header) int64 {
	if h.Type == frame.Msg {
		return 1
	}
	return 0
}

// action looks the frame up at its receiver.
func (a *audit) action(f told, c *auditedCall) string {
	if f.who == "C" {
		return a.tables["call at the responder"][f.h.Type.String()][c.responder]
	}
	return a.tables["call at the initiator"][f.h.Type.String()][c.initiator]
}

// move gives the states after a frame.
func (c *auditedCall) move(who string, h frame.Header) {
	begun := "HALF"
	if h.Flags&frame.Stream != 0 {
		begun = "OPEN"
	}
	switch h.Type {
	case frame.Call:
		c.initiator, c.responder = begun, begun
		if c.oneway {
			c.initiator = "DONE"
		}
	case frame.Finish:
		switch {
		case who == "C":
			c.responder = "HALF"
		case c.initiator == "OPEN":
			c.initiator = "HALF"
		}
	case frame.Cancel:
		if c.initiator != "DONE" {
			c.initiator = "CANCELLED"
		}
	case frame.Result:
		if h.Flags&frame.More == 0 {
			c.initiator, c.responder = "DONE", "DONE"
		}
	}
}

// credit counts what the receiver of the CREDIT may send, and that no more is given than is due.
func (a *audit) credit(receiver string, h frame.Header) {
	b, giver := a.budget[receiver], a.budget[other(receiver)]
	if h.ID != 0 {
		c := a.calls[h.ID]
		if c == nil {
			a.fault("no such call")
			return
		}
		if c.left[receiver] += int64(h.Aux); c.left[receiver] > b.stream {
			a.fault("more than the call began with: %d", c.left[receiver])
		}
		return
	}
	b.bytes += int64(h.Aux)
	b.slots += int64(h.Code)
	giver.granted += int64(h.Aux)
	b.slotsReturn += int64(h.Code)
	if giver.granted > giver.received || b.slotsReturn > b.slotsTaken {
		a.fault("granted %d of %d bytes and %d of %d slots", giver.granted, giver.received,
			b.slotsReturn, b.slotsTaken)
	}
}

func TestWorkedSessionsObeyTheRules(t *testing.T) {
	tables := readStates(t)
	for _, b := range blocks(t, "session") {
		a := newAudit(t, tables)
		for _, f := range b.frames(t) {
			a.take(f)
		}
		for id, c := range a.calls {
			if !a.gone && !c.oneway && c.responder != "DONE" {
				t.Errorf("SPEC.md:%d: call %d has no RESULT", b.line, id)
			}
		}
	}
}
