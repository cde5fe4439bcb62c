package spectest

import (
	"errors"
	"slices"
	"testing"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/wire"
)

// side is a real session that a test brings into a state by feeding it frames.
type side struct {
	t     *testing.T
	s     *session.Session
	call  *session.Call
	kinds []session.Kind // events so far
}

func newSide(t *testing.T, role session.Role, cfg session.Config) *side {
	d := &side{t: t, s: session.New(cfg, role, 0)}
	d.s.TakeOutput(nil)
	return d
}

// feed gives the session one frame.
func (d *side) feed(h frame.Header, payload []byte) {
	h.Length = uint32(len(payload))
	d.s.HandleInput(0, append(frame.AppendHeader(nil, h), payload...))
	d.events()
}

func (d *side) events() {
	for ev := d.s.Next(); ev != nil; ev = d.s.Next() {
		d.kinds = append(d.kinds, ev.Kind)
		if ev.Kind == session.Called {
			d.call = ev.Call
		}
	}
}

// hello feeds the peer's HELLO.
func (d *side) hello() { d.feed(helloOf(frame.Header{Aux: 1}), nil) }

func helloOf(h frame.Header) frame.Header {
	h.Type, h.Code, h.ID = frame.Hello, 1, frame.Magic
	return h
}

// streamCall is the payload of a CALL of a streaming method without arguments.
var streamCall = append(frame.AppendCallHead(nil, 0, "abc/dChan", nil), 0x80)

// open begins stream 1 at either side.
func (d *side) open(role session.Role) {
	if role == session.Server {
		d.feed(frame.Header{Type: frame.Call, Flags: frame.Stream, ID: 1}, streamCall)
		return
	}
	c, err := d.s.Open(0, &session.Open{Name: "abc/dChan", Flags: frame.Stream}, []byte{0x80})
	if err != nil {
		d.t.Fatal(err)
	}
	d.call = c
	d.s.TakeOutput(nil)
}

// sample is a frame of a type as the peer would send it for call id.
func sample(typ string, id uint32) (h frame.Header, payload []byte) {
	switch typ {
	case "HELLO":
		return helloOf(frame.Header{Aux: 1}), nil
	case "CALL":
		return frame.Header{Type: frame.Call, Flags: frame.Stream, ID: id}, streamCall
	case "RESULT":
		return frame.Header{Type: frame.Result, ID: id}, wire.AppendNull(nil)
	case "MSG":
		return frame.Header{Type: frame.Msg, ID: id}, wire.AppendNull(nil)
	case "FINISH":
		return frame.Header{Type: frame.Finish, ID: id}, nil
	case "CANCEL":
		return frame.Header{Type: frame.Cancel, ID: id}, nil
	case "CREDIT":
		return frame.Header{Type: frame.Credit, ID: id, Aux: 1}, nil
	case "PING":
		return frame.Header{Type: frame.Ping, Aux: 7}, nil
	case "GOAWAY":
		return frame.Header{Type: frame.GoAway, Aux: frame.NoLastID}, nil
	case "BIND":
		return frame.Header{Type: frame.Bind, Code: 1}, []byte("abc/dChan")
	case "ignorable":
		return frame.Header{Type: 0x9A}, nil
	}
	return frame.Header{Type: 0x0B}, nil // reserved
}

// eventOf is what a session tells of an action; zero for those that it does not tell of.
var eventOf = map[string]session.Kind{
	"begin": session.Called, "deliver": session.Message, "finish": session.Finished,
	"cancel": session.Cancelled, "complete": session.Resulted, "leave": session.Draining,
	"accept": session.Hello,
}

// check feeds a frame and compares what happens with a cell of a table.
func (d *side) check(where, action string, h frame.Header, payload []byte) {
	d.t.Helper()
	d.kinds = nil
	d.feed(h, payload)
	var fault *session.Fault
	violated := errors.As(d.s.Err(), &fault)
	if action == "PROTOCOL" {
		if !violated || fault.Reason != frame.ReasonProtocol {
			d.t.Errorf("%s: the session ended with %v, want PROTOCOL", where, d.s.Err())
		}
		return
	}
	if violated {
		d.t.Errorf("%s: the session ended with %v, want %s", where, fault, action)
	}
	want, told := eventOf[action]
	if quiet := action == "drop" || action == "ignore" || action == "skip"; quiet && len(d.kinds) > 0 {
		d.t.Errorf("%s: events %v, want none for %s", where, d.kinds, action)
	}
	if told && !slices.Contains(d.kinds, want) {
		d.t.Errorf("%s: events %v, want %v for %s", where, d.kinds, want, action)
	}
}

func TestSessionObeysTheCallTables(t *testing.T) {
	s := readStates(t)
	for typ, row := range s["call at the responder"] {
		for state, action := range row {
			d := newSide(t, session.Server, session.Config{})
			d.hello()
			if state != "IDLE" {
				d.open(session.Server)
			}
			switch state {
			case "HALF":
				d.feed(sample("FINISH", 1))
			case "DONE":
				d.s.Result(0, d.call, session.Result{}, wire.AppendNull(nil))
			}
			h, payload := sample(typ, 1)
			d.check("responder, "+typ+" in "+state, action, h, payload)
		}
	}
	for typ, row := range s["call at the initiator"] {
		for state, action := range row {
			d := newSide(t, session.Client, session.Config{})
			d.hello()
			if state != "IDLE" {
				d.open(session.Client)
			}
			switch state {
			case "HALF":
				d.feed(sample("FINISH", 1))
			case "CANCELLED":
				d.s.Cancel(0, d.call, frame.Caller)
			case "DONE":
				d.feed(sample("RESULT", 1))
			}
			if state == "CANCELLED" && action == "complete" {
				action = "ignore" // at this side the call was over before
			}
			h, payload := sample(typ, 1)
			d.check("initiator, "+typ+" in "+state, action, h, payload)
		}
	}
}

func TestSessionObeysTheConnectionTables(t *testing.T) {
	s := readStates(t)
	for typ, row := range s["connection at the server"] {
		for state, action := range row {
			d := newSide(t, session.Server, session.Config{})
			id := uint32(1)
			if state != "WAIT_HELLO" {
				d.hello()
				d.open(session.Server) // so that a drain does not end at once
			}
			if state == "DRAINING" || state == "DRAINED" {
				d.s.Drain()
				d.events()
			}
			if state == "DRAINED" {
				ping := drainPing(t, d.s.TakeOutput(nil))
				ping.Code = 1
				d.feed(ping, nil)
			}
			if typ == "CALL" {
				id = 3
			}
			h, payload := sample(typ, id)
			d.check("server, "+typ+" in "+state, action, h, payload)
		}
	}
	for typ, row := range s["connection at the client"] {
		for state, action := range row {
			d := newSide(t, session.Client, session.Config{})
			if state != "WAIT_HELLO" {
				d.hello()
			}
			d.open(session.Client)
			if state == "DRAINING" {
				d.feed(sample("GOAWAY", 1))
				if typ == "GOAWAY" {
					action = "skip" // a second one is nothing new
				}
			}
			h, payload := sample(typ, 1)
			d.check("client, "+typ+" in "+state, action, h, payload)
		}
	}
}

// drainPing finds the question of a drain in what a session sent.
func drainPing(t *testing.T, out []byte) frame.Header {
	t.Helper()
	for len(out) > 0 {
		h, n := frame.ConsumeHeader(out)
		if h.Type == frame.Ping && h.Code == 0 {
			return h
		}
		out = out[n+int(h.Length):]
	}
	t.Fatal("a drain sent no PING")
	return frame.Header{}
}

// TestLastCallID: F-222.
func TestLastCallID(t *testing.T) {
	last := uint32(0)
	for _, row := range table(t, "16", "constant", "default") {
		if row[0] == "MAX_CALL_ID" {
			last = uint32(num(t, row[1]))
		}
	}
	d := newSide(t, session.Server, session.Config{})
	d.hello()
	h, payload := sample("CALL", last)
	d.check("the last id", "begin", h, payload)
	h.ID += 2
	d.feed(h, payload)
	var fault *session.Fault
	if !errors.As(d.s.Err(), &fault) || fault.Reason != frame.ReasonIDsExhausted {
		t.Errorf("the id behind the last: got %v, want IDS_EXHAUSTED", d.s.Err())
	}
}
