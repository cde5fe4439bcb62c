package session

import (
	"errors"
	"strings"
	"testing"

	"github.com/leverrpc/lever/frame"
)

// raw is a frame as a hostile peer would build it.
func raw(typ frame.Type, flags frame.Flags, code uint16, id, aux uint32, payload string) []byte {
	h := frame.Header{
		Length: uint32(len(payload)), Type: typ, Flags: flags, Code: code, ID: id, Aux: aux,
	}
	return append(frame.AppendHeader(nil, h), payload...)
}

// call is a CALL with its name inline.
func call(id uint32, flags frame.Flags, payload string) []byte {
	head := frame.AppendCallHead(nil, 0, "bank/tailChan", nil)
	return raw(frame.Call, flags, 0, id, 0, string(head)+payload)
}

func hello(t *testing.T) []byte {
	t.Helper()
	return New(Config{}, Client, 0).TakeOutput(nil)
}

// TestServerClosesOnEveryViolation plays a client that breaks one rule.
func TestServerClosesOnEveryViolation(t *testing.T) {
	stream, unary := call(1, frame.Stream, "\x01"), call(1, 0, "\x01")
	big := strings.Repeat("x", 2000)
	tests := []struct {
		name   string
		frames [][]byte
		reason frame.Reason
		text   string
	}{
		{"a second HELLO", [][]byte{hello(t)}, frame.ReasonProtocol, "second HELLO"},
		{"an even id", [][]byte{call(2, 0, "")}, frame.ReasonProtocol, "odd"},
		{"a skipped id", [][]byte{unary, call(5, 0, "")}, frame.ReasonProtocol, "next id is 3"},
		{"an id used twice", [][]byte{unary, unary}, frame.ReasonProtocol, "next id is 3"},
		{"a lower id", [][]byte{call(7, 0, ""), call(5, 0, "")}, frame.ReasonProtocol, "next id"},
		{"an id beyond the last", [][]byte{call(lastID+2, 0, "")}, frame.ReasonIDsExhausted, "end"},
		{"a message of a unary call", [][]byte{unary, raw(frame.Msg, 0, 0, 1, 0, "\x01")},
			frame.ReasonProtocol, "call 1, which is HALF"},
		{"a message after FINISH", [][]byte{stream, raw(frame.Finish, 0, 0, 1, 0, ""),
			raw(frame.Msg, 0, 0, 1, 0, "\x01")}, frame.ReasonProtocol, "HALF"},
		{"FINISH twice", [][]byte{stream, raw(frame.Finish, 0, 0, 1, 0, ""),
			raw(frame.Finish, 0, 0, 1, 0, "")}, frame.ReasonProtocol, "FINISH for call 1"},
		{"FINISH inside a message", [][]byte{stream, raw(frame.Msg, frame.More, 0, 1, 0, big),
			raw(frame.Finish, 0, 0, 1, 0, "")}, frame.ReasonProtocol, "FINISH"},
		{"a message of no call", [][]byte{raw(frame.Msg, 0, 0, 1, 0, "\x01")},
			frame.ReasonProtocol, "IDLE"},
		{"CANCEL of no call", [][]byte{raw(frame.Cancel, 0, 0, 3, 0, "")},
			frame.ReasonProtocol, "IDLE"},
		{"a RESULT from a client", [][]byte{stream, raw(frame.Result, 0, 0, 1, 0, "\x01")},
			frame.ReasonProtocol, "RESULT from a client"},
		{"a stream without answer", [][]byte{call(1, frame.Stream|frame.Oneway, "\x01")},
			frame.ReasonProtocol, "ONEWAY"},
		{"an unbound method", [][]byte{raw(frame.Call, 0, 1, 1, 0, "\x01")},
			frame.ReasonProtocol, "method 1, 0 are bound"},
		{"a number bound out of order", [][]byte{raw(frame.Bind, 0, 2, 0, 0, "bank/transfer")},
			frame.ReasonProtocol, "BIND of number 2"},
		{"a bad name bound", [][]byte{raw(frame.Bind, 0, 1, 0, 0, "bank/trans fer")},
			frame.ReasonProtocol, "BIND"},
		{"the BYTES flag on a continuation", [][]byte{
			stream, raw(frame.Msg, frame.More, 0, 1, 0, big),
			raw(frame.Msg, frame.Bytes, 0, 1, 0, "x")}, frame.ReasonProtocol, "BYTES"},
		{"a small fragment", [][]byte{stream, raw(frame.Msg, frame.More, 0, 1, 0, "tiny")},
			frame.ReasonProtocol, "1024"},
		{"a frame too large", [][]byte{{0, 0, 2, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}},
			frame.ReasonFrameTooLarge, "131072"},
		{"a reserved type", [][]byte{raw(0x0B, 0, 0, 0, 0, "")}, frame.ReasonProtocol, "0x0b"},
		{"a reserved flag", [][]byte{raw(frame.Ping, 1, 0, 0, 0, "")}, frame.ReasonProtocol, "PING"},
		{"a zero increment", [][]byte{raw(frame.Credit, 0, 0, 0, 0, "")}, frame.ReasonFlow, "CREDIT"},
		{"credit beyond 2^31-1", [][]byte{raw(frame.Credit, 0, 0, 0, 1<<31-1, "")},
			frame.ReasonFlow, "2^31"},
		{"call credit beyond 2^31-1", [][]byte{stream, raw(frame.Credit, 0, 0, 1, 1<<31-1, "")},
			frame.ReasonFlow, "2^31"},
		{"a goodbye that takes back", [][]byte{raw(frame.GoAway, 0, 0, 0, 5, ""),
			raw(frame.GoAway, 0, 0, 0, 7, "")}, frame.ReasonProtocol, "raises"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := New(Config{}, Server, 0)
			in := hello(t)
			for _, f := range tt.frames {
				in = append(in, f...)
			}
			s.HandleInput(0, in)
			for s.Next() != nil {
			}
			wantFault(t, s, tt.reason, tt.text)
		})
	}
}

// wantFault checks that a session has closed for the given reason and says so in a GOAWAY.
func wantFault(t *testing.T, s *Session, reason frame.Reason, text string) {
	t.Helper()
	var f *Fault
	if !errors.As(s.Err(), &f) || f.Reason != reason || !strings.Contains(f.Text, text) {
		t.Fatalf("err %v, want %v with %q", s.Err(), reason, text)
	}
	out := s.TakeOutput(nil)
	var last frame.Header
	for len(out) > 0 {
		last, _ = frame.ConsumeHeader(out)
		out = out[frame.HeaderSize+int(last.Length):]
	}
	if last.Type != frame.GoAway || last.Code != uint16(reason) {
		t.Errorf("the last frame is %v, want a GOAWAY with %v", last, reason)
	}
	if !s.Closed() || s.Next() != nil || s.TakeOutput(nil) != nil {
		t.Error("the fault does not stick")
	}
}

func TestClientClosesOnEveryViolation(t *testing.T) {
	big := strings.Repeat("x", 2000)
	tests := []struct {
		name   string
		flags  frame.Flags
		frames [][]byte
		text   string
	}{
		{"a CALL", 0, [][]byte{call(2, 0, "")}, "reserved"},
		{"a BIND", 0, [][]byte{raw(frame.Bind, 0, 1, 0, 0, "bank/transfer")}, "BIND"},
		{"RESULT for no call", 0, [][]byte{raw(frame.Result, 0, 0, 3, 0, "\x01")}, "IDLE"},
		{"RESULT twice", 0, [][]byte{raw(frame.Result, 0, 0, 1, 0, "\x01"),
			raw(frame.Result, 0, 0, 1, 0, "\x01")}, "DONE"},
		{"a message of a unary call", 0, [][]byte{raw(frame.Msg, 0, 0, 1, 0, "\x01")}, "HALF"},
		{"a message after RESULT", frame.Stream, [][]byte{raw(frame.Result, 0, 0, 1, 0, "\x01"),
			raw(frame.Msg, 0, 0, 1, 0, "\x01")}, "DONE"},
		{"RESULT inside a message", frame.Stream, [][]byte{raw(frame.Msg, frame.More, 0, 1, 0, big),
			raw(frame.Result, 0, 0, 1, 0, "\x01")}, "inside"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := openPair(t, Config{}, Config{})
			c := p.open(Open{Name: "bank/tailChan", Flags: tt.flags}, "\x01")
			_ = c
			p.c.TakeOutput(nil)
			for _, f := range tt.frames {
				p.c.HandleInput(p.now, f)
				p.c.pump()
			}
			wantFault(t, p.c.Session, frame.ReasonProtocol, tt.text)
			ends := 0
			for _, e := range p.c.events {
				if e.Kind == Resulted {
					ends++
				}
			}
			if ends != 1 {
				t.Errorf("the call ended %d times", ends)
			}
		})
	}
}

func TestPayloadProblemsFailTheirCallAlone(t *testing.T) {
	tests := []struct {
		name string
		call []byte
		text string
	}{
		{"a name that is cut", raw(frame.Call, 0, 0, 1, 0, "\x20\x00bank"), "offset"},
		{"a name that is wrong", raw(frame.Call, 0, 0, 1, 0, "\x05\x00/a/b/"), "name"},
		{"an unknown critical extension",
			raw(frame.Call, frame.Ext, 0, 1, 0, "\x0d\x00bank/transfer\x03\x00\x7f\x00\x00"), "0x7f"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := New(Config{}, Server, 0)
			s.HandleInput(0, append(hello(t), append(tt.call, call(3, 0, "\x01")...)...))
			var got []string
			for ev := s.Next(); ev != nil; ev = s.Next() {
				got = append(got, short(ev))
			}
			if len(got) != 2 || got[1] != `Called bank/tailChan "\x01"` {
				t.Fatalf("events %q, want only the good call", got)
			}
			out := s.TakeOutput(nil)
			h, n := frame.ConsumeHeader(out) // HELLO
			out = out[n+int(h.Length):]
			h, n = frame.ConsumeHeader(out)
			body := string(out[n : n+int(h.Length)])
			if h.Type != frame.Result || h.ID != 1 || h.Flags != frame.Unprocessed|frame.NoRetry ||
				frame.Status(h.Code) != frame.InvalidArgument || !strings.Contains(body, tt.text) {
				t.Errorf("answer %v %q, want INVALID_ARGUMENT with %q", h, body, tt.text)
			}
		})
	}
}

func TestNoVersionInCommon(t *testing.T) {
	in := hello(t)
	in[6], in[12] = 9, 7 // highest and lowest
	s := New(Config{}, Server, 0)
	s.HandleInput(0, in)
	for s.Next() != nil {
	}
	wantFault(t, s, frame.ReasonBadVersion, "1 to 1")
}

func TestCreditIsNeverExceededByAByte(t *testing.T) {
	s := New(Config{Params: frame.Params{StreamBytes: 65536, ConnBytes: 65536}}, Server, 0)
	s.HandleInput(0, append(hello(t), call(1, frame.Stream, "\x01")...))
	for s.Next() != nil {
	}
	for left := s.table.get(1).recv.window.open; left > 0; left = s.table.get(1).recv.window.open {
		msg := strings.Repeat("x", int(min(left, 16_000)))
		s.HandleInput(0, raw(frame.Msg, 0, 0, 1, 0, msg))
		for s.Next() != nil {
		}
		if s.Closed() {
			t.Fatalf("closed within the credit: %v", s.Err())
		}
	}
	s.HandleInput(0, raw(frame.Msg, 0, 0, 1, 0, "x"))
	for s.Next() != nil {
	}
	wantFault(t, s, frame.ReasonFlow, "credit")
}

func TestCallsAreNeverMoreThanTheCreditByOne(t *testing.T) {
	s := New(Config{Params: frame.Params{Calls: 64}}, Server, 0)
	in := hello(t)
	for i := range uint32(64) {
		in = append(in, call(2*i+1, 0, "\x01")...)
	}
	s.HandleInput(0, in)
	for s.Next() != nil {
	}
	if s.Closed() {
		t.Fatalf("closed within the credit: %v", s.Err())
	}
	s.HandleInput(0, call(129, 0, "\x01"))
	for s.Next() != nil {
	}
	wantFault(t, s, frame.ReasonFlow, "call credit")
}

func TestRefusedCallIsNotAmongTheAccepted(t *testing.T) {
	tests := []struct {
		name   string
		frames [][]byte
		last   uint32
	}{
		{"an id beyond the last, first of all", [][]byte{call(lastID+2, 0, "")}, 0},
		{"an unbound method", [][]byte{call(1, 0, ""), raw(frame.Call, 0, 1, 3, 0, "\x01")}, 1},
		{"a skipped id", [][]byte{call(1, 0, ""), call(7, 0, "")}, 1},
	}
	for _, tt := range tests {
		s := New(Config{}, Server, 0)
		in := hello(t)
		for _, f := range tt.frames {
			in = append(in, f...)
		}
		s.HandleInput(0, in)
		for s.Next() != nil {
		}
		list := headers(t, s.TakeOutput(nil))
		if bye := list[len(list)-1]; bye.Type != frame.GoAway || bye.Aux != tt.last {
			t.Errorf("%s: %v, want a GOAWAY with the last id %d", tt.name, bye, tt.last)
		}
	}
}

func TestCallEndsWithoutCreditForTheText(t *testing.T) {
	s := New(Config{}, Server, 0)
	s.HandleInput(0, append(hello(t), call(1, frame.Stream, "\x01")...))
	var c *Call
	for ev := s.Next(); ev != nil; ev = s.Next() {
		if ev.Kind == Called {
			c = ev.Call
		}
	}
	for s.Message(0, c, true, make([]byte, 1000)) { // the caller gives no credit
		s.TakeOutput(nil)
	}
	s.HandleInput(0, raw(frame.Cancel, 0, 0, 1, 0, ""))
	for s.Next() != nil {
	}
	s.Result(0, c, Result{Status: frame.Cancelled}, make([]byte, 2000))
	list := headers(t, s.TakeOutput(nil))
	if end := list[len(list)-1]; end.Type != frame.Result || end.Length != 0 {
		t.Errorf("the last frame is %v, want a RESULT without a body", end)
	}
	if s.Live() != 0 {
		t.Error("the call is still live")
	}
}

func TestFloodsWithoutProgressEndInCalm(t *testing.T) {
	floods := map[string]func(i int) []byte{
		"PING":             func(int) []byte { return raw(frame.Ping, 0, 0, 0, 1, "") },
		"ignorable frames": func(int) []byte { return raw(0x9A, 0xff, 7, 7, 7, "abc") },
		"empty messages":   func(int) []byte { return raw(frame.Msg, frame.Bytes, 0, 1, 0, "") },
		"tiny credit":      func(int) []byte { return raw(frame.Credit, 0, 0, 1, 1, "") },
		"CANCEL again":     func(int) []byte { return raw(frame.Cancel, 0, 0, 1, 0, "") },
		"call and cancel": func(i int) []byte {
			id := uint32(2*i + 3)
			return append(call(id, 0, "\x01"), raw(frame.Cancel, 0, 0, id, 0, "")...)
		},
	}
	for name, next := range floods {
		t.Run(name, func(t *testing.T) {
			s := New(Config{Params: frame.Params{Calls: 1 << 20, ConnBytes: 1 << 30}}, Server, 0)
			s.HandleInput(0, append(hello(t), call(1, frame.Stream, "\x01")...))
			for i := 0; i < 5000 && !s.Closed(); i++ {
				for s.Next() != nil {
				}
				s.HandleInput(0, next(i))
			}
			for s.Next() != nil {
			}
			if out := len(s.out); out > 64<<10 {
				t.Errorf("%d bytes of output for a peer that does not read", out)
			}
			wantFault(t, s, frame.ReasonCalm, "progress")
		})
	}
}

// TestACallOnAClosedConnectionTellsWhyItIsClosed: the reason may be the caller's own fault, such as a
// wrong password, and nobody else tells it.
func TestACallOnAClosedConnectionTellsWhyItIsClosed(t *testing.T) {
	p := openPair(t, Config{}, Config{})
	p.s.Close(frame.ReasonRefused, "the password is wrong")
	p.drive()
	_, err := p.c.Open(p.now, &Open{Name: "bank/transfer"}, nil)
	if !errors.Is(err, ErrClosed) || !strings.Contains(err.Error(), "the password is wrong") {
		t.Errorf("Open = %v", err)
	}
}
