package session

import (
	"bytes"
	"strings"
	"testing"

	"github.com/leverrpc/lever/frame"
)

// cutHead is the head of a call or result whose extension block does not end in 2,000 bytes.
func cutHead(name string) string {
	block := frame.AppendExtension(nil, frame.ExtMetadata, make([]byte, 3000))
	if name == "" {
		return string(frame.AppendResultHead(nil, block))
	}
	return string(frame.AppendCallHead(nil, 0, name, block))
}

func TestAHeadThatIsNotWholeInTheFirstFrameFailsItsCallAtOnce(t *testing.T) {
	s := New(Config{}, Server, 0)
	head := cutHead("bank/transfer")
	s.HandleInput(0, append(hello(t), raw(frame.Call, frame.Ext|frame.More, 0, 1, 0, head[:2000])...))
	for ev := s.Next(); ev != nil; ev = s.Next() {
		if ev.Kind == Called {
			t.Error("it was delivered")
		}
	}
	out := s.TakeOutput(nil)
	_, n := frame.Explain(out)
	line, _ := frame.Explain(out[n:])
	if !strings.HasPrefix(line, "RESULT #1 INVALID_ARGUMENT") || !strings.Contains(line, "UNPROCESSED|NORETRY") {
		t.Errorf("the answer is %q", line)
	}
	s.HandleInput(0, raw(frame.Msg, frame.More, 0, 1, 0, strings.Repeat("x", 2000)))
	s.HandleInput(0, raw(frame.Msg, 0, 0, 1, 0, "the end"))
	if ev := s.Next(); ev != nil || s.Err() != nil || s.assembled != 0 || s.Live() != 0 {
		t.Errorf("the rest: event %v, %v, %d bytes kept, %d calls", ev, s.Err(), s.assembled, s.Live())
	}
	if got, want := s.bytes.open+s.bytes.owed, int64(s.local.ConnBytes); got != want {
		t.Errorf("connection window %d, want %d", got, want)
	}
}

func TestAHeadOfAResultThatIsCutFailsItsCallAtOnce(t *testing.T) {
	p := openPair(t, Config{}, Config{})
	c := p.open(Open{Name: "bank/transfer"}, "\x01")
	p.c.TakeOutput(nil)
	head := cutHead("")
	p.c.HandleInput(p.now, raw(frame.Result, frame.Ext|frame.More, 0, 1, 0, head[:2000]))
	p.c.want(t, "Resulted INTERNAL Executed")
	p.c.Forget(c)
	p.c.HandleInput(p.now, raw(frame.Msg, 0, 0, 1, 0, head[2000:]))
	p.c.want(t)
	if p.c.Live() != 0 || p.c.assembled != 0 || p.c.Err() != nil {
		t.Errorf("%d calls, %d bytes kept, %v", p.c.Live(), p.c.assembled, p.c.Err())
	}
}

// TestALastPartThatIsTooMuchEndsItsBody: nothing follows it that could be skipped, so what comes
// next on the call is a message of its own, or the end.
func TestALastPartThatIsTooMuchEndsItsBody(t *testing.T) {
	part := strings.Repeat("x", 2000)
	rest := [][]byte{
		raw(frame.Msg, frame.More, 0, 1, 0, part), raw(frame.Msg, 0, 0, 1, 0, part),
	}
	follow := [][]byte{raw(frame.Msg, frame.Bytes, 0, 1, 0, "x"), raw(frame.Finish, 0, 0, 1, 0, "")}

	t.Run("of a message to a caller", func(t *testing.T) {
		p := openPair(t, Config{}, Config{})
		p.c.local.MaxMessage = 3000
		p.open(Open{Name: "bank/aChan", Flags: frame.Stream}, "\x01")
		p.c.HandleInput(p.now, bytes.Join(append(rest, follow...), nil))
		p.c.want(t, "Resulted TOO_LARGE MaybeExecuted")
		p.c.HandleInput(p.now, raw(frame.Result, 0, 0, 1, 0, ""))
		if p.c.pump(); p.c.Err() != nil || p.c.Live() != 0 {
			t.Errorf("%v, %d calls", p.c.Err(), p.c.Live())
		}
	})
	t.Run("of a message to a handler", func(t *testing.T) {
		s := New(Config{}, Server, 0)
		s.local.MaxMessage = 3000
		in := append(hello(t), call(1, frame.Stream, "\x01")...)
		s.HandleInput(0, append(in, bytes.Join(append(rest, follow...), nil)...))
		for s.Next() != nil {
		}
		if s.Err() != nil || s.table.get(1).state != half {
			t.Errorf("%v, the call is %v, want HALF", s.Err(), s.table.get(1).state)
		}
	})
	t.Run("of a result", func(t *testing.T) {
		p := openPair(t, Config{}, Config{})
		p.c.local.MaxMessage = 1000
		p.open(Open{Name: "bank/get"}, "\x01")
		first := raw(frame.Result, frame.More, 0, 1, 0, strings.Repeat("x", 4000))
		p.c.HandleInput(p.now, append(first, rest[1]...))
		p.c.want(t, "Resulted TOO_LARGE Executed")
		if p.c.Err() != nil || p.c.Live() != 0 || p.c.table.count != 0 {
			t.Errorf("%v, %d calls", p.c.Err(), p.c.Live())
		}
	})
}

// TestAStreamThatSentTooMuchIsToldOnce: nobody hears what comes after the first message that was
// too large, so it is not put together, and the handler is not told again.
func TestAStreamThatSentTooMuchIsToldOnce(t *testing.T) {
	s := New(Config{}, Server, 0)
	s.local.MaxMessage = 3000
	part := raw(frame.Msg, frame.More, 0, 1, 0, strings.Repeat("x", 2000))
	last := raw(frame.Msg, 0, 0, 1, 0, "end")
	in := append(hello(t), call(1, frame.Stream, "\x01")...)
	in = append(in, bytes.Join([][]byte{part, part, last, part, part, last, part}, nil)...)
	s.HandleInput(0, in)
	told := 0
	for ev := s.Next(); ev != nil; ev = s.Next() {
		if ev.Kind == Cancelled {
			told++
		}
	}
	if told != 1 || s.assembled != 0 || s.Err() != nil {
		t.Errorf("told %d times, %d bytes kept, %v; want once, none, nil", told, s.assembled, s.Err())
	}
}

// TestNothingFollowsAGapInAStream: a handler that is told to stop loses what has not been sent, so
// nothing that it sends later may arrive, not even the end. Its caller still listens.
func TestNothingFollowsAGapInAStream(t *testing.T) {
	p := openPair(t, Config{Params: frame.Params{StreamBytes: 65536}}, Config{})
	p.s.local.MaxMessage = 3000
	c := p.open(Open{Name: "bank/tailChan", Flags: frame.Stream}, "\x01")
	p.drive()
	h := p.s.calls[0]
	p.s.Message(p.now, h, true, make([]byte, 65_000))
	p.drive()
	p.s.Message(p.now, h, true, make([]byte, 10_000)) // waits: there is too little credit
	p.drive()
	p.c.want(t, "Message 65000 bytes")
	part := raw(frame.Msg, frame.More, 0, 1, 0, strings.Repeat("x", 2000))
	p.s.HandleInput(p.now, append(part, part...))
	p.s.want(t, "Called bank/tailChan \"\\x01\"", "Cancelled TOO_LARGE")

	p.c.Release(p.now, c, 65_000)
	p.drive()
	if !p.s.Message(p.now, h, true, []byte("later")) {
		t.Error("the message is refused, want it taken and dropped")
	}
	p.s.Finish(h)
	p.drive()
	p.c.want(t)
	p.s.Result(p.now, h, Result{}, nil)
	p.drive()
	p.c.want(t, "Resulted TOO_LARGE Executed 43 bytes")
}

// TestARefusalThatIsTooLongHasNotRun: it says so, though its text is not taken.
func TestARefusalThatIsTooLongHasNotRun(t *testing.T) {
	for _, more := range []frame.Flags{0, frame.More} {
		p := openPair(t, Config{Params: frame.Params{MaxFrame: 65536, StreamBytes: 65536}}, Config{})
		p.c.local.MaxMessage = 1000
		p.open(Open{Name: "bank/get"}, "")
		p.c.TakeOutput(nil)
		p.c.HandleInput(p.now, raw(frame.Result, more|frame.Unprocessed, uint16(frame.ResourceExhausted), 1, 0,
			string(make([]byte, 40_000))))
		p.c.pump()
		if e := p.c.events[0].Effect; e != NotExecuted {
			t.Errorf("more %v: effect %v, want %v", more, e, NotExecuted)
		}
	}
}
