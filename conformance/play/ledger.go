package play

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/leverrpc/lever/conformance/script"
)

// ledger keeps the books of one connection: what each side has sent, granted and may still send.
// Its rules bind the subject alone; the runner may break any of them on purpose.
type ledger struct {
	subject script.Role
	calls   map[uint32]*call
	bound   []string // names by number - 1, by whichever side is the client

	// What either side may send, in terms of SPEC 8.1.
	ours, theirs purse

	ourHello, theirHello map[string]int64 // nil until it was sent or received
	firstID, nextID      uint32           // of the client's first and next CALL; 0: none yet
	asked                []uint32         // tokens of our questions without an answer
	questions, answers   int              // how many we asked, how many were answered
	fence                int              // our questions before our GOAWAY; -1: none was sent
	last                 uint32           // aux of the subject's latest GOAWAY
	leaving              bool             // the subject has said goodbye with a reason

	pings    int64 // questions of the subject
	turns    turns
	results  int64 // RESULTs that the subject has ended calls with
	finished int64 // calls whose slot a server may return
}

// purse is what one side may send on the connection, and what it has been granted and has sent.
type purse struct {
	bytes, slots     int64 // left
	granted, sent    int64 // bytes beyond the initial credit; bytes of payload
	grantedSlots     int64
	stream, maxFrame int64 // the receiver's STREAM_BYTES and MAX_FRAME
}

// turns tells how the subject shares the connection between bodies that are on their way.
type turns struct {
	call    uint32 // whose fragment came last
	inRow   int64
	row     int64 // most fragments of one body in a row while another body was on its way
	largest int64 // the longest of them
}

// count enters a fragment of a body; contested says that another body is on its way.
func (t *turns) count(f script.Frame, contested bool) {
	if !contested {
		t.call = 0
		return
	}
	if t.call != f.ID {
		t.call, t.inRow = f.ID, 0
	}
	t.inRow++
	t.row = max(t.row, t.inRow)
	t.largest = max(t.largest, int64(f.Length))
}

// contested reports whether another call than c has a body of the subject on its way.
func (l *ledger) contested(c *call) bool {
	for _, other := range l.calls {
		if other != c && other.partial != nil {
			return true
		}
	}
	return false
}

// call is one call in the books.
type call struct {
	id     uint32
	flags  uint8
	method string

	ours, theirs int64 // byte credit left to the runner, to the subject
	granted      int64 // by the subject
	sent         int64 // by the runner

	partial    *script.Whole // a body of the subject that goes on
	ourPartial bool          // a body of the runner goes on
	finished   bool          // the subject has sent FINISH
	cancelled  bool          // the client has sent CANCEL
	answered   bool          // the first frame of the RESULT was sent
	done       bool          // its last was
}

func newLedger(subject script.Role) *ledger {
	initial := purse{
		bytes: script.Minimum["CONN_BYTES"], slots: script.Minimum["CALLS"],
		stream: script.Minimum["STREAM_BYTES"], maxFrame: script.Minimum["MAX_FRAME"],
	}
	return &ledger{
		subject: subject, calls: make(map[uint32]*call), ours: initial, theirs: initial,
		last: all32, fence: -1,
	}
}

// adopt raises what a side may send when its peer's HELLO is known.
func (l *ledger) adopt(p *purse, params map[string]int64, callPurse func(*call) *int64) {
	p.bytes += params["CONN_BYTES"] - script.Minimum["CONN_BYTES"]
	p.slots += params["CALLS"] - script.Minimum["CALLS"]
	more := params["STREAM_BYTES"] - p.stream
	p.stream, p.maxFrame = params["STREAM_BYTES"], params["MAX_FRAME"]
	for _, c := range l.calls {
		*callPurse(c) += more
	}
}

// begin enters a call.
func (l *ledger) begin(f script.Frame) *call {
	c := &call{id: f.ID, flags: f.Flags, ours: l.ours.stream, theirs: l.theirs.stream}
	c.method = l.methodOf(f)
	l.calls[f.ID] = c
	l.nextID = f.ID + 2
	if l.firstID == 0 {
		l.firstID = f.ID
	}
	return c
}

// methodOf finds the name of the method that a CALL calls, or "".
func (l *ledger) methodOf(f script.Frame) string {
	if f.Code != 0 {
		if int(f.Code) > len(l.bound) {
			return ""
		}
		return l.bound[f.Code-1]
	}
	p := f.Payload
	if len(p) < 2 || int(p[0])|int(p[1])<<8 > len(p)-2 {
		return ""
	}
	return string(p[2 : 2+(int(p[0])|int(p[1])<<8)])
}

// live gives the numbers that scripts may ask for; README.md lists them.
func (l *ledger) live(name string) (int64, bool) {
	switch name {
	case "left":
		return l.ours.bytes, true
	case "slots":
		return l.ours.slots, true
	case "granted":
		return l.ours.granted, true
	case "results":
		return l.results, true
	case "sent":
		return l.ours.sent, true
	case "got":
		return l.theirs.sent, true
	case "pings":
		return l.pings, true
	case "first":
		return int64(l.firstID), true
	case "last":
		return int64(l.nextID) - 2, true
	case "row":
		return l.turns.row, true
	case "largest":
		return l.turns.largest, true
	}
	for _, prefix := range []string{"left", "granted"} {
		digits, ok := strings.CutPrefix(name, prefix)
		id, err := strconv.ParseUint(digits, 10, 32)
		if !ok || err != nil {
			continue
		}
		c := l.calls[uint32(id)]
		switch {
		case c == nil:
			return 0, true
		case prefix == "left":
			return c.ours, true
		}
		return c.granted, true
	}
	if v, ok := l.theirHello[name]; ok {
		return v, true
	}
	v, ok := script.Minimum[name]
	return v, ok && l.theirHello == nil
}

// sent enters a frame of the runner, allowed or not.
func (l *ledger) sent(f script.Frame) {
	c := l.calls[f.ID]
	if f.Carries() {
		l.ours.bytes -= int64(f.Length)
		l.ours.sent += int64(f.Length)
	}
	switch f.Type {
	case script.Hello:
		if params, err := readParams(f.Payload); err == nil && l.ourHello == nil {
			l.ourHello = params
			l.adopt(&l.theirs, params, func(c *call) *int64 { return &c.theirs })
		}
	case script.Call:
		if l.subject == script.Client {
			return // a server has no calls: it is a breach on purpose
		}
		l.ours.slots--
		if c == nil {
			c = l.begin(f)
		}
		c.ourPartial = f.Flags&script.More != 0
		if f.Flags&script.Oneway != 0 || f.ID > l.last {
			l.finished++
		}
	case script.Result:
		if c != nil {
			c.answered = true
			c.done = f.Flags&script.More == 0
			c.ourPartial = !c.done
		}
	case script.Msg:
		l.sentMsg(f, c)
	case script.Cancel:
		if c != nil {
			c.cancelled = true
		}
	case script.Credit:
		l.sentCredit(f, c)
	case script.Ping:
		if f.Code == 0 {
			l.asked = append(l.asked, f.Aux)
			l.questions++
		}
	case script.GoAway:
		if l.fence < 0 {
			l.fence = l.questions
		}
	case script.Bind:
		l.bound = append(l.bound, string(f.Payload))
	}
	if c != nil && f.Carries() {
		c.ours -= int64(f.Length)
		c.sent += int64(f.Length)
	}
}

func (l *ledger) sentMsg(f script.Frame, c *call) {
	if c == nil {
		return
	}
	c.theirs += int64(f.Aux)
	c.ourPartial = f.Flags&script.More != 0
	if c.answered && !c.ourPartial && l.subject == script.Client {
		c.done = true
	}
}

func (l *ledger) sentCredit(f script.Frame, c *call) {
	switch {
	case f.ID == 0:
		l.theirs.bytes += int64(f.Aux)
		l.theirs.slots += int64(f.Code)
	case c != nil:
		c.theirs += int64(f.Aux)
	}
}

// fault is a breach of the rules by the subject.
func fault(req, format string, args ...any) error {
	return fmt.Errorf("[%s] "+format, append([]any{req}, args...)...)
}
