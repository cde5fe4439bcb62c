package fuzz

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// transcript is everything that a session told and sent.
type transcript struct {
	events []string
	output []byte
	err    string
}

// play feeds in, cut after each of cuts, to a session whose application answers every call.
func play(role session.Role, in []byte, cuts []byte) transcript {
	s := session.New(session.Config{Seed: 1}, role, 0)
	var tr transcript
	openThree(s, role)
	feed := func(p []byte) {
		s.HandleInput(0, p)
		for ev := s.Next(); ev != nil; ev = s.Next() {
			tr.events = append(tr.events, act(s, ev))
		}
		for out := s.TakeOutput(nil); out != nil; out = s.TakeOutput(nil) {
			tr.output = append(tr.output, out...)
		}
	}
	for _, c := range cuts {
		if n := int(c); n < len(in) {
			feed(in[:n])
			in = in[n:]
		}
	}
	feed(in)
	if err := s.Err(); err != nil {
		tr.err = err.Error()
	}
	s.HandleTime(time.Minute)
	s.HandleEnd(nil)
	feed(nil)
	if s.Live() != 0 || !s.Closed() {
		panic(fmt.Sprintf("%d calls outlive the connection", s.Live()))
	}
	return tr
}

// openThree gives a client something that a peer can answer.
func openThree(s *session.Session, role session.Role) {
	if role == session.Client {
		for i := range 3 {
			flags := []frame.Flags{0, frame.Stream, frame.Stream}[i]
			s.Open(0, &session.Open{Name: "bank/aChan", Flags: flags}, []byte{byte(i)})
		}
	}
}

// act writes an event down and does what an application would.
func act(s *session.Session, ev *session.Event) string {
	ev.Payload = ev.Whole()
	line := fmt.Sprint(ev.Kind, ev.Status, ev.Effect, string(ev.Name), len(ev.Payload), ev.Flags)
	switch ev.Kind {
	case session.Called:
		if ev.Flags&frame.Stream == 0 {
			s.Result(0, ev.Call, session.Result{Flags: frame.Bytes}, ev.Payload)
		} else {
			s.Message(0, ev.Call, true, []byte("hello"))
		}
	case session.Message:
		s.Release(0, ev.Call, len(ev.Payload))
		s.Message(0, ev.Call, true, ev.Payload)
	case session.Finished:
		if ev.Call.Streaming() && len(ev.Payload) == 0 {
			s.Finish(ev.Call)
		}
	case session.Cancelled:
		s.Result(0, ev.Call, session.Result{Status: frame.Cancelled}, nil)
	case session.Resulted:
		s.Forget(ev.Call)
	}
	return line
}

// seedBytes are whole conversations, one side each.
func seedBytes(role session.Role) (seeds [][]byte) {
	c := session.New(session.Config{}, session.Client, 0)
	s := session.New(session.Config{}, session.Server, 0)
	var both [2][]byte
	move := func() {
		for range 3 {
			out := c.TakeOutput(nil)
			both[0] = append(both[0], out...)
			s.HandleInput(0, out)
			for ev := s.Next(); ev != nil; ev = s.Next() {
				act(s, ev)
			}
			out = s.TakeOutput(nil)
			both[1] = append(both[1], out...)
			c.HandleInput(0, out)
			for ev := c.Next(); ev != nil; ev = c.Next() {
				if ev.Kind == session.Resulted {
					c.Forget(ev.Call)
				}
			}
		}
		seeds = append(seeds, bytes.Clone(both[1-role]))
	}
	for _, flags := range []frame.Flags{0, frame.Idempotent, frame.Oneway | frame.Bytes} {
		c.Open(0, &session.Open{Name: "bank/aChan", Flags: flags, Deadline: time.Second}, []byte{1})
		move()
	}
	call, _ := c.Open(0, &session.Open{Name: "bank/aChan", Flags: frame.Stream}, make([]byte, 40_000))
	c.Message(0, call, true, []byte("message"))
	c.Finish(call)
	move()
	c.Cancel(0, call, frame.Caller)
	s.Drain()
	move()
	return seeds
}

// fuzzConn checks that no bytes make a session panic, outlive its connection or allocate much more
// than they are, and that how they are cut changes nothing.
func fuzzConn(f *testing.F, role session.Role) {
	for _, seed := range seedBytes(role) {
		f.Add(seed, []byte{1, 15, 2, 255})
		f.Add(seed[:len(seed)-1], []byte{})
	}
	f.Fuzz(func(t *testing.T, in, cuts []byte) {
		whole, cut := play(role, in, nil), play(role, in, cuts)
		if fmt.Sprint(whole.events) != fmt.Sprint(cut.events) || whole.err != cut.err {
			t.Fatalf("cut at %v:\n%v %v\nwhole:\n%v %v",
				cuts, cut.events, cut.err, whole.events, whole.err)
		}
		checkAllocated(t, role, in)
	})
}

func FuzzConnServer(f *testing.F) { fuzzConn(f, session.Server) }

func FuzzConnClient(f *testing.F) { fuzzConn(f, session.Client) }
