package sim

import (
	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// twin is a second and dumb account of one connection. It sees only the frames, when they leave a
// session and when they reach the other, and recomputes from them what SPEC.md allows: with sums,
// where the session has windows, and for ever, where the session forgets.
//
// An array of two is by the side that sends, which is a session.Role.
type twin struct {
	conn *conn
	w    *world

	params [2]frame.Params // what a side announces
	limits [2]session.Limits
	least  [2]bool     // the other side has not read that
	said   [2]bool     // HELLO was sent
	flight [2][]flying // frames on their way
	sentTo [2]int64    // bytes of stream up to the end of the last frame
	readTo [2]int64    // bytes of stream that have arrived
	bytes  [2]account  // payload on the whole connection
	slots  account     // calls

	// Bytes of unfinished bodies that a side has sent and the other has read: now, and at most.
	held, heldMost [2]int64

	lines  map[uint32]*line
	order  []*line
	nextID uint32 // of the client's next CALL; zero: any
	bound  []string

	questions [2][]question // PINGs that a side has read and not answered
	drains    bool          // the server has said GOAWAY without a last id
	fence     *uint32       // the token of the PING behind it
	noCalls   bool          // the client has answered it
	passed    bool          // the server has read the answer
	lastCall  uint32        // the id of the last CALL that the server has read
	last      [2]uint32     // the lowest last id that a side has named
	lastRead  [2]uint32     // and that the other has read
	goneAway  bool          // the client has read a GOAWAY
	bye       [2]bool       // the last frame was sent

	// Of the output that is looked at.
	portions []portion
	replies  int // grants of credit
}

// flying is a frame on its way. at is the place of its end in the stream.
type flying struct {
	h  frame.Header
	at int64
}

// question is a PING that has come.
type question struct {
	token uint32
	spent int64 // payload bytes sent when all was read that came with it; -1: it has not been
}

// maxID is the highest id that a CALL may have. SPEC: F-222.
const maxID = 0xFFFFFF01

func newTwin(x *conn, client, server session.Config) *twin {
	t := &twin{conn: x, w: x.w, lines: make(map[uint32]*line)}
	for i, cfg := range []session.Config{session.Client: client, session.Server: server} {
		p := cfg.Params
		if cfg.NoBindings {
			p.MaxBindings = 0
		}
		if cfg.NoIdle {
			p.IdleMS = 0
		}
		t.params[i], t.limits[i], t.least[i] = p, cfg.Limits, true
		t.last[i], t.lastRead[i] = frame.NoLastID, frame.NoLastID
	}
	return t
}

// announced is what the other side may rely on from a side.
func (t *twin) announced(side session.Role) *frame.Params {
	if t.least[side] {
		return &frame.MinParams
	}
	return &t.params[side]
}

// fail breaks the run: a frame was sent that must not be.
func (t *twin) fail(side session.Role, h frame.Header, format string, args ...any) {
	t.w.fail("%v sends %v: "+format, append([]any{t.conn.ends[side], h}, args...)...)
}

// sent takes what a session gave its driver: whole frames.
func (t *twin) sent(side session.Role, b []byte) {
	t.portions, t.replies = t.portions[:0], 0
	for len(b) > 0 && t.w.failure == nil {
		h, n := frame.ConsumeHeader(b)
		if n == 0 || len(b)-n < int(h.Length) {
			t.w.fail("%v: output of %d bytes ends inside a frame", t.conn.ends[side], len(b))
			return
		}
		size := n + int(h.Length)
		if t.w.trace.on() {
			text, _ := frame.Explain(b[:size])
			t.w.say("%v sends %s", t.conn.ends[side], text)
		}
		t.sentTo[side] += int64(size)
		t.flight[side] = append(t.flight[side], flying{h: h, at: t.sentTo[side]})
		t.check(side, h, b[n:size])
		b = b[size:]
	}
	if t.w.failure == nil {
		t.checkFair(side, t.portions)
	}
}

// check holds a frame that was sent to the rules.
func (t *twin) check(side session.Role, h frame.Header, p []byte) {
	if err := h.Check(); err != nil {
		t.fail(side, h, "%v", err)
	}
	if limit := t.announced(1 - side).MaxFrame; h.Length > limit {
		t.fail(side, h, "the peer takes %d bytes", limit)
	}
	if t.bye[side] {
		t.fail(side, h, "the connection is over")
	}
	if !t.said[side] && h.Type != frame.Hello && (side == session.Client || h.Type != frame.GoAway) {
		t.fail(side, h, "it is the first frame")
	}
	switch h.Type {
	case frame.Hello:
		if t.said[side] {
			t.fail(side, h, "it has said HELLO before")
		}
		t.said[side] = true
	case frame.Call, frame.Result, frame.Msg, frame.Finish, frame.Cancel:
		t.checkCall(side, h, p)
	case frame.Credit:
		t.checkCredit(side, h)
	case frame.Ping:
		t.checkPing(side, h)
	case frame.GoAway:
		t.checkGoAway(side, h)
	case frame.Bind:
		t.checkBind(side, h, p)
	default:
		t.fail(side, h, "nobody needs it")
	}
}

// read takes the arrival of n bytes at a side.
func (t *twin) read(side session.Role, n int) {
	from := 1 - side
	t.readTo[from] += int64(n)
	for len(t.flight[from]) > 0 && t.flight[from][0].at <= t.readTo[from] {
		h := t.flight[from][0].h
		t.flight[from] = t.flight[from][1:]
		if !t.conn.ends[side].s.Closed() {
			t.arrived(from, h)
		}
	}
}

// arrived notes a frame that was read whole. from is the side that sent it.
func (t *twin) arrived(from session.Role, h frame.Header) {
	switch h.Type {
	case frame.Hello:
		t.least[from] = false
	case frame.Call, frame.Result, frame.Msg:
		t.arrivedPayload(from, h)
	case frame.Cancel:
		t.lines[h.ID].cancelRead = true
	case frame.Credit:
		t.arrivedCredit(from, h)
	case frame.Ping:
		if h.Code == 0 {
			t.questions[1-from] = append(t.questions[1-from], question{token: h.Aux, spent: -1})
		} else if t.fence != nil && h.Aux == *t.fence && from == session.Client {
			t.passed = true
		}
	case frame.GoAway:
		t.lastRead[from] = min(t.lastRead[from], h.Aux)
		t.goneAway = t.goneAway || from == session.Server
	}
}

// checkPing: each question is answered once, in order, and ahead of payload that waits.
func (t *twin) checkPing(side session.Role, h frame.Header) {
	if h.Code == 0 {
		if side == session.Server && t.drains && t.fence == nil {
			t.fence = &h.Aux // SPEC 11.1: right behind the GOAWAY
		}
		return
	}
	if len(t.questions[side]) == 0 || t.questions[side][0].token != h.Aux {
		t.fail(side, h, "the questions are %v", t.questions[side])
		return
	}
	q := t.questions[side][0]
	t.questions[side] = t.questions[side][1:]
	if late := t.bytes[side].spent - q.spent; q.spent >= 0 && late > maxAhead {
		t.fail(side, h, "%d bytes of payload went ahead", late)
	}
	if t.fence != nil && h.Aux == *t.fence && side == session.Client {
		t.noCalls = true
	}
}

// readAll notes that a side has read all that has come. Before that, others may take its output.
func (t *twin) readAll(side session.Role) {
	for i := range t.questions[side] {
		if q := &t.questions[side][i]; q.spent < 0 {
			q.spent = t.bytes[side].spent
		}
	}
}

// maxAhead is the most payload that goes ahead of the answer to a PING: what the output holds.
const maxAhead = 64<<10 + 64<<10

// checkGoAway: the last id only falls, and a server names it when the fence has been passed.
func (t *twin) checkGoAway(side session.Role, h frame.Header) {
	e := t.conn.ends[side]
	if h.Aux > t.last[side] {
		t.fail(side, h, "the last id was %d", t.last[side])
	}
	t.last[side] = h.Aux
	if h.Code != 0 {
		t.bye[side] = true
		return
	}
	switch {
	case side == session.Client:
	case h.Aux == frame.NoLastID:
		t.drains = true
	case !t.passed && !e.s.Closed():
		t.fail(side, h, "the fence was not passed")
	case t.passed && h.Aux != t.lastCall:
		t.fail(side, h, "the last call that has come is %d", t.lastCall)
	}
	for _, l := range t.order {
		if side == session.Server && l.id > h.Aux && l.call.called {
			t.fail(side, h, "call %d was delivered", l.id)
		}
	}
}

// checkBind: numbers rise by one, and there are as many as the server takes.
func (t *twin) checkBind(side session.Role, h frame.Header, name []byte) {
	t.bound = append(t.bound, string(name))
	if side != session.Client || int(h.Code) != len(t.bound) ||
		uint32(h.Code) > t.announced(session.Server).MaxBindings {
		t.fail(side, h, "%d are bound", len(t.bound)-1)
	}
}
