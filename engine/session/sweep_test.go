package session

import (
	"testing"
	"time"

	"github.com/leverrpc/lever/frame"
)

// feeding is a stream to which a message is sent for ten minutes, each bytes in every second.
func feeding(t *testing.T, each int, before func(s *server)) *server {
	t.Helper()
	s := greeted(t, Config{
		Params: frame.Params{MaxMessage: 64 << 20}, Limits: Limits{UnreadBytes: 1}, NoIdle: true,
	})
	s.give(call(1, frame.Stream, ""))
	if before != nil {
		before(s)
	}
	saved := 0
	for now := time.Duration(0); now < 10*time.Minute; now += time.Second {
		for when, ok := s.Deadline(); ok && when <= now; when, ok = s.Deadline() {
			s.HandleTime(when)
		}
		s.HandleInput(now, raw(frame.Ping, 0, pingAsk, 0, 1, "")) // it is alive
		s.Next()
		if saved += each; now == 0 || saved >= frame.MinFragment {
			s.give(raw(frame.Msg, frame.More, 0, 1, 0, zeros(max(saved, frame.MinFragment))))
			saved = 0
		}
		s.take()
	}
	if s.Closed() {
		t.Fatalf("the connection ended: %v", s.Err())
	}
	return s
}

func TestAPayloadThatHardlyGrowsIsGivenUp(t *testing.T) {
	for _, c := range []struct {
		name string
		each int // bytes a second
		want frame.Status
	}{
		{"it stands still", 0, frame.ResourceExhausted},
		{"1 KiB in 29 s", 1024 / 29, frame.ResourceExhausted},
		{"300 bytes a second", 300, frame.ResourceExhausted},
		{"700 bytes a second", 700, 0},
	} {
		s := feeding(t, c.each, nil)
		if got := s.calls[0].failed; got != c.want {
			t.Errorf("%s: the call failed with %v, want %v", c.name, got, c.want)
		}
		if held := s.assembled > 0; held != (c.want == 0) {
			t.Errorf("%s: %d bytes are held", c.name, s.assembled)
		}
	}
}

// TestASenderWithoutCreditIsNotGivenUp leaves messages unread, so that the next one cannot go on.
func TestASenderWithoutCreditIsNotGivenUp(t *testing.T) {
	s := feeding(t, 0, func(s *server) {
		rest := int(s.calls[0].recv.window.open) - frame.MinFragment
		for rest > 0 {
			n := min(rest, 60_000)
			s.give(raw(frame.Msg, 0, 0, 1, 0, zeros(n)))
			rest -= n
		}
	})
	if c := s.calls[0]; c.failed != 0 || !c.recv.assembling() {
		t.Errorf("the call failed with %v; %d bytes of credit are open", c.failed, c.recv.window.open)
	}
}

func TestNoTimerIsLeftWhenAllPayloadsAreWhole(t *testing.T) {
	s := greeted(t, Config{Params: roomy, NoIdle: true})
	s.give(call(1, frame.Stream, ""), raw(frame.Msg, frame.More, 0, 1, 0, zeros(2000)))
	s.give(raw(frame.Msg, 0, 0, 1, 0, zeros(10)))
	s.Release(0, s.calls[0], 2010)
	s.Result(0, s.calls[0], Result{}, nil)
	s.take()
	s.HandleTime(DefaultLimits.BodyTimeout)
	if when, ok := s.Deadline(); ok {
		t.Errorf("a timer is set to %v", when)
	}
}

// TestAPayloadThatWaitsForItsTurnIsNotGivenUp: its sender has other calls to send for, and a line
// that carries no more. Their turns are before that of a bulk call.
func TestAPayloadThatWaitsForItsTurnIsNotGivenUp(t *testing.T) {
	for _, c := range []struct {
		name       string
		own, other frame.Flags // classes
		each       int         // bytes of the other's messages a second
		want       frame.Status
	}{
		{"the other is urgent", frame.Bulk, frame.Urgent, 700, 0},
		{"the other is bulk as well, and takes turns", frame.Bulk, frame.Bulk, 700, 0},
		{"the other asks for little", frame.Bulk, frame.Urgent, 300, frame.ResourceExhausted},
		{"the other has to wait itself", frame.Urgent, frame.Bulk, 700, frame.ResourceExhausted},
	} {
		s := greeted(t, Config{Params: roomy, NoIdle: true})
		s.give(call(1, frame.Stream|c.own, ""), raw(frame.Msg, frame.More, 0, 1, 0, zeros(2000)),
			call(3, frame.Stream|c.other, ""))
		for now := time.Duration(0); now < 10*time.Minute; now += time.Second {
			for when, ok := s.Deadline(); ok && when <= now; when, ok = s.Deadline() {
				s.HandleTime(when)
			}
			s.HandleInput(now, raw(frame.Ping, 0, pingAsk, 0, 1, ""))
			s.Next()
			s.give(raw(frame.Msg, 0, 0, 3, 0, zeros(c.each)))
			s.Release(now, s.calls[1], c.each)
			s.take()
		}
		if got := s.calls[0].failed; got != c.want || s.Closed() {
			t.Errorf("%s: the call failed with %v, want %v; closed: %v", c.name, got, c.want, s.Err())
		}
	}
}
