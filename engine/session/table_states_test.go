package session

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/leverrpc/lever/frame"
)

// TestEveryFrameInEveryState sends one frame of each type, with each set of flags, to a known id, one
// that was never used and zero, in each state of a connection and of a call, at both sides: about
// 3.7 million cases. What happens must be what spec/states.json and the table of SPEC 5.1 say.
func TestEveryFrameInEveryState(t *testing.T) {
	tables := readStates(t)
	for _, st := range stands() {
		for typ := range 256 {
			for flags := range 256 {
				if testing.Short() && typ > 0x0B && flags%16 != typ%16 {
					continue // types that nobody knows are all alike
				}
				for _, id := range []idClass{known, unknown, zero} {
					h, p := probing(frame.Type(typ), frame.Flags(flags), id)
					got := st.play(h, p)
					if want := tables.outcome(st, h, id); got != want {
						t.Fatalf("%v: %v of id %d: %s, want %s", st, h, h.ID, got, want)
					}
				}
			}
		}
	}
}

// stand is a state of a connection and of its call with id 1, at one side. A second call, with id 3,
// is always open, so that a drain has something to wait for. The next id is 5.
type stand struct {
	role Role
	conn connState
	call callState
}

func (st stand) String() string {
	return []string{"client", "server"}[st.role] + " " + st.conn.String() + " with call " +
		st.call.String()
}

func stands() (list []stand) {
	list = append(list, stand{Server, waitHello, idle}, stand{Client, waitHello, opened})
	for _, conn := range []connState{open, draining, drained} {
		for _, call := range []callState{opened, half, abandoned, done} {
			if call != abandoned {
				list = append(list, stand{Server, conn, call})
			}
			if conn != drained {
				list = append(list, stand{Client, conn, call})
			}
		}
	}
	return list
}

// The connections' beginnings. No driver keeps its input, so all cases may share them.
var (
	clientHello = New(Config{}, Client, 0).TakeOutput(nil)
	serverHello = func() []byte {
		s := New(Config{}, Server, 0)
		s.HandleInput(0, clientHello)
		s.Next()
		return s.TakeOutput(nil)
	}()
	twoCalls  = append(call(1, frame.Stream, "\x01"), call(3, frame.Stream, "\x01")...)
	oneFinish = raw(frame.Finish, 0, 0, 1, 0, "")
	oneResult = raw(frame.Result, 0, 0, 1, 0, "")
	fencePass = raw(frame.Ping, 0, pingAnswer, 0, fenceToken, "")
)

// reach makes a session that stands there. A mistake in it shows as an outcome that is not wanted.
func (st stand) reach() *Session {
	s := New(Config{}, st.role, 0)
	take := func(p []byte) {
		s.HandleInput(0, p)
		for s.Next() != nil {
		}
	}
	var first *Call
	if st.role == Client {
		first, _ = s.Open(0, &Open{Name: "bank/tailChan", Flags: frame.Stream}, nil)
		s.Open(0, &Open{Name: "bank/tailChan", Flags: frame.Stream}, nil)
	}
	if st.conn == waitHello {
		return s
	}
	if st.role == Client {
		take(serverHello)
	} else {
		take(clientHello)
		take(twoCalls)
		first = s.table.get(1)
	}
	switch {
	case st.call == half:
		take(oneFinish)
	case st.call == abandoned:
		s.Cancel(0, first, frame.Caller)
	case st.call == done && st.role == Client:
		take(oneResult)
	case st.call == done:
		s.Result(0, first, Result{}, nil)
	}
	if st.conn != open {
		s.Drain()
	}
	if st.conn == drained {
		take(fencePass)
	}
	for s.Next() != nil {
	}
	s.out = s.out[:0]
	return s
}

// play sends one frame and says in a word what happens.
func (st stand) play(h frame.Header, p []byte) string {
	s := st.reach()
	var was Call
	if c := s.table.get(h.ID); c != nil {
		was = *c
	}
	bytes, live, methods := s.sendBytes, s.live, len(s.methods)
	window := s.bytes.open + s.bytes.owed
	s.HandleInput(0, append(frame.AppendHeader(make([]byte, 0, 16+len(p)), h), p...))
	var event Kind
	for ev := s.Next(); ev != nil; ev = s.Next() {
		if event == 0 {
			event = ev.Kind
		}
	}
	f, _ := s.err.(*Fault)
	c := s.table.get(h.ID)
	switch {
	case f != nil:
		return f.Reason.String()
	case event != 0:
		return event.String()
	case s.bytes.open+s.bytes.owed != window:
		return "credit is lost"
	case c != nil && c.recv.assembling() && !c.recv.skip:
		return "part"
	case c != nil && c.recv.assembling():
		return "skipped part"
	case c != nil && c.send.credit != was.send.credit || s.sendBytes != bytes:
		return "credit"
	case s.live < live:
		return "over"
	case len(s.methods) > methods:
		return "bound"
	case len(s.out) > 0 && frame.Type(s.out[4]) == frame.Ping:
		return "answer"
	}
	return "nothing"
}

// states is spec/states.json: table, then frame, then state, then action.
type states map[string]map[string]map[string]string

func readStates(t *testing.T) (all states) {
	t.Helper()
	text, err := os.ReadFile("../../spec/states.json")
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}
