package session

import (
	"testing"
	"time"

	"github.com/leverrpc/lever/frame"
)

// resulted answers the only call of a client that takes no more than the minimum, and gives the
// header of the RESULT.
func resulted(t *testing.T, r Result, payload string) frame.Header {
	t.Helper()
	s := greeted(t, Config{})
	s.give(call(1, 0, "\x80"))
	s.Result(s.now, s.calls[0], r, []byte(payload))
	h, n := frame.ConsumeHeader(s.take())
	if n == 0 || h.Type != frame.Result {
		t.Fatalf("got %v, want a RESULT", h)
	}
	return h
}

// TestAResultIsAtMostWhatItsCallerTakes: SPEC F-434.
func TestAResultIsAtMostWhatItsCallerTakes(t *testing.T) {
	p := frame.Params{MaxMessage: 5 << 20, ConnBytes: 1 << 30, StreamBytes: 1 << 30}
	for size, want := range map[int]frame.Status{5 << 20: frame.OK, 5<<20 + 1: frame.TooLarge} {
		s := &server{Session: New(Config{}, Server, 0)}
		s.give(New(Config{Params: p}, Client, 0).TakeOutput(nil), call(1, 0, "\x80"))
		s.take() // the HELLO
		s.Result(s.now, s.calls[0], Result{Flags: frame.Bytes}, make([]byte, size))
		h, _ := frame.ConsumeHeader(s.take())
		if got := frame.Status(h.Code); got != want {
			t.Errorf("%d bytes: %v, want %v", size, got, want)
		}
	}
}

// TestAdviceIsRoundedUp, so that nobody comes too soon, and NORETRY goes with it.
func TestAdviceIsRoundedUp(t *testing.T) {
	refused := frame.Unprocessed | frame.NoRetry
	for wait, want := range map[time.Duration]uint32{
		0: 0, time.Nanosecond: 1, time.Millisecond: 1, 1500 * time.Microsecond: 2, 1 << 62: 1<<32 - 1,
	} {
		h := resulted(t, Result{Status: frame.Unavailable, Flags: refused, Retry: wait}, "")
		if h.Aux != want || h.Flags != refused {
			t.Errorf("%v: aux %d, flags %v; want %d, %v", wait, h.Aux, h.Flags, want, refused)
		}
	}
}

// TestAnAnsweredCallHasNoTimer, also when its RESULT still waits for credit.
func TestAnAnsweredCallHasNoTimer(t *testing.T) {
	s := greeted(t, Config{})
	c := call(1, 0, "\x80")
	frame.PutHeader(c, frame.Header{
		Length: uint32(len(c) - frame.HeaderSize), Type: frame.Call, ID: 1, Aux: 1000,
	})
	s.give(c)
	s.Result(s.now, s.calls[0], Result{Flags: frame.Bytes}, make([]byte, 1<<20))
	s.take()
	if s.Live() != 1 {
		t.Fatalf("%d calls, want one whose RESULT waits for credit", s.Live())
	}
	if len(s.heap) != 0 {
		t.Errorf("%d timers", len(s.heap))
	}
	s.HandleTime(time.Second)
	if ev := s.Next(); ev != nil {
		t.Errorf("told %v of a call that was answered", ev.Kind)
	}
}
