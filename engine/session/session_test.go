package session

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leverrpc/lever/frame"
)

func TestUnaryCallAndResultAreOneFrameEach(t *testing.T) {
	p := openPair(t, Config{}, Config{})
	for i := range 3 {
		p.c.sent, p.s.sent = nil, nil
		c := p.open(Open{Name: "bank/transfer", Flags: frame.Bytes}, "args")
		p.drive()
		name := []string{"bank/transfer", "bank/transfer#", "bank/transfer#"}[i]
		p.s.want(t, "Called "+name+` "args"`)
		p.result(p.s.calls[i], "ok")
		p.drive()
		p.c.want(t, `Resulted OK Executed "ok"`)
		p.c.Forget(c)
		want := [][]string{{"CALL"}, {"BIND", "CALL"}, {"CALL"}}[i]
		if got := types(t, p.c.sent); !slices.Equal(got, want) {
			t.Errorf("call %d: client sent %v, want %v", i, got, want)
		}
		if got := types(t, p.s.sent); !slices.Equal(got, []string{"RESULT"}) {
			t.Errorf("call %d: server sent %v, want one RESULT", i, got)
		}
		if over := len(p.c.sent) + len(p.s.sent) - len("args"+"ok"); i == 2 && over != 32 {
			t.Errorf("a bound call costs %d bytes beside its payload, want 32", over)
		}
	}
	p.quiet()
}

func TestCallsMayFollowTheHelloAtOnce(t *testing.T) {
	p := newPair(t, Config{}, Config{})
	p.open(Open{Name: "bank/transfer"}, "\x01")
	p.drive()
	p.s.want(t, "Hello", "Called bank/transfer \"\\x01\"")
	p.c.want(t, "Hello")
}

func TestStreamsCarryMessagesBothWaysAndHalfClose(t *testing.T) {
	for _, chunk := range []int{1, 7, 1447, 1 << 20} {
		p := openPair(t, Config{}, Config{})
		c := p.open(Open{Name: "bank/tailChan", Flags: frame.Stream}, "\x01")
		p.c.Message(p.now, c, true, []byte("one"))
		p.driveIn(chunk)
		p.s.want(t, `Called bank/tailChan "\x01"`, `Message "one"`)
		s := p.s.calls[0]
		p.s.Message(p.now, s, false, []byte("\x02"))
		p.c.Finish(c)
		p.driveIn(chunk)
		p.s.want(t, "Finished")
		p.c.want(t, `Message "\x02"`)
		p.s.Finish(s)
		p.driveIn(chunk)
		p.c.want(t, "Finished")
		p.s.Release(p.now, s, 3)
		p.c.Release(p.now, c, 1)
		p.s.Result(p.now, s, Result{}, []byte{0xD0})
		p.driveIn(chunk)
		p.c.want(t, `Resulted OK Executed "\xd0"`)
		p.c.Forget(c)
		p.quiet()
	}
}

func TestLargePayloadsArriveWholeInEveryPosition(t *testing.T) {
	big := strings.Repeat("0123456789abcdef", 200_000) // 3.2 MB: more than every window
	for _, chunk := range []int{4093, 1 << 20} {
		p := openPair(t, Config{}, Config{})
		c := p.open(Open{Name: "bank/echoChan", Flags: frame.Stream | frame.Bytes}, big)
		p.driveIn(chunk)
		s := p.s.calls[0]
		if !p.c.Message(p.now, c, true, []byte(big)) {
			t.Fatal("Message was refused although nothing waits")
		}
		if p.c.Message(p.now, c, true, []byte("x")) {
			t.Fatal("a message was taken behind one that waits for credit")
		}
		p.driveIn(chunk)
		p.c.want(t, "Writable")
		p.result(s, big)
		p.driveIn(chunk)
		p.s.want(t, "Called bank/echoChan 3200000 bytes", "Message 3200000 bytes")
		p.c.want(t, "Resulted OK Executed 3200000 bytes")
		p.c.Forget(c)
		p.quiet()
	}
}

func TestReaderThatStopsHoldsOneWindowAndOneMessage(t *testing.T) {
	p := openPair(t, Config{}, Config{})
	c := p.open(Open{Name: "bank/tailChan", Flags: frame.Stream}, "\x01")
	p.drive()
	msg := make([]byte, 1000)
	sent := 0
	for p.c.Message(p.now, c, true, msg) {
		sent++
		p.drive()
		if sent > 10_000 {
			t.Fatal("the writer was never stopped")
		}
	}
	if got, window := sent*1000, int(p.s.local.StreamBytes); got > window+1000 || got < window-1000 {
		t.Errorf("sent %d bytes into a window of %d", got, window)
	}
	// Another call on the same connection is not slowed down.
	p.s.events = nil
	p.open(Open{Name: "bank/other"}, "\x02")
	p.drive()
	p.s.want(t, `Called bank/other "\x02"`)

	s := p.s.calls[0]
	p.s.Release(p.now, s, sent/2*1000)
	p.drive()
	p.c.want(t, "Writable")
	p.s.Result(p.now, s, Result{}, []byte{0})
	p.s.Result(p.now, p.s.calls[1], Result{}, []byte{0})
	p.drive()
	p.quiet()
}

func TestCallsBeyondTheCreditWaitInOrder(t *testing.T) {
	p := openPair(t, Config{}, Config{Params: frame.Params{Calls: 64}})
	for i := range 100 {
		p.open(Open{Name: "bank/transfer"}, string(rune(i%60)))
	}
	p.drive()
	if got := len(p.s.calls); got != 64 {
		t.Fatalf("%d calls arrived, want 64", got)
	}
	for i := range 100 {
		if i >= len(p.s.calls) {
			t.Fatalf("call %d never arrived", i)
		}
		p.s.Result(p.now, p.s.calls[i], Result{}, []byte{0})
		p.drive()
	}
	for _, e := range p.c.events {
		p.c.Forget(e.Call)
	}
	p.quiet()
}

func TestDeadlinePassesOnBothSides(t *testing.T) {
	p := openPair(t, Config{}, Config{})
	c := p.open(Open{Name: "bank/slow", Deadline: p.now + 3*time.Second}, "\x01")
	p.drive()
	ev := p.s.events[0]
	if got, want := ev.Deadline-p.now, 3*time.Second; got != want {
		t.Errorf("time left at the server %v, want %v", got, want)
	}
	p.s.events = nil
	p.advance(2 * time.Second)
	p.c.want(t)
	p.advance(time.Second)
	p.c.want(t, "Resulted DEADLINE_EXCEEDED MaybeExecuted")
	p.s.want(t, "Cancelled DEADLINE_EXCEEDED")
	p.c.Forget(c)
	if p.c.Live() != 1 {
		t.Error("the slot was freed before the RESULT")
	}
	p.s.Result(p.now, p.s.calls[0], Result{Status: frame.DeadlineExceeded}, nil)
	p.drive()
	p.c.want(t)
	p.quiet()
}

func TestWhatWasToldIsNotToldAgain(t *testing.T) {
	p := openPair(t, Config{}, Config{})
	c := p.open(Open{Name: "bank/slow", Deadline: p.now + time.Second}, "\x01")
	p.drive()
	p.now += time.Second
	p.s.HandleTime(p.now) // the notice waits while the handler answers
	p.s.Result(p.now, p.s.calls[0], Result{}, nil)
	p.s.want(t, `Called bank/slow "\x01"`)
	p.c.HandleTime(p.now)
	p.c.want(t, "Resulted DEADLINE_EXCEEDED MaybeExecuted")
	p.c.HandleEnd(nil)
	p.c.want(t, "Ended")
	p.c.Forget(c)
}

func TestArgumentsOfAStreamDoNotUseUpItsWindow(t *testing.T) {
	p := openPair(t, Config{}, Config{Params: frame.Params{StreamBytes: 65536, MaxFrame: 65536}})
	head := len(frame.AppendCallHead(nil, 0, "bank/aChan", nil))
	c := p.open(Open{Name: "bank/aChan", Flags: frame.Stream}, strings.Repeat("x", 65536-head))
	p.drive()
	p.c.Message(p.now, c, true, make([]byte, 5000))
	p.drive()
	p.s.want(t, "Called bank/aChan 65524 bytes", "Message 5000 bytes")
}

func TestCancelKeepsTheSlotUntilTheResult(t *testing.T) {
	p := openPair(t, Config{}, Config{})
	c := p.open(Open{Name: "bank/slow"}, "\x01")
	p.drive()
	if got := p.c.Cancel(p.now, c, frame.Caller); got != MaybeExecuted {
		t.Errorf("effect %v, want MaybeExecuted", got)
	}
	p.drive()
	p.s.want(t, `Called bank/slow "\x01"`, "Cancelled CANCELLED")
	if p.c.Live() != 1 || p.s.Live() != 1 {
		t.Errorf("live %d and %d, want 1 and 1", p.c.Live(), p.s.Live())
	}
	p.result(p.s.calls[0], "late")
	p.drive()
	p.c.want(t)
	p.quiet()
}

func TestCancelOfWhatWasNotSentLeavesNoTrace(t *testing.T) {
	p := openPair(t, Config{}, Config{Params: frame.Params{Calls: 64}})
	var calls []*Call
	for range 65 {
		calls = append(calls, p.open(Open{Name: "bank/slow"}, "\x01"))
	}
	if got := p.c.Cancel(p.now, calls[64], frame.Caller); got != NotSent {
		t.Errorf("effect %v, want NotSent", got)
	}
	p.drive()
	if got := len(p.s.calls); got != 64 {
		t.Errorf("%d calls arrived, want 64", got)
	}
	if got := slices.Index(types(t, p.c.sent), "CANCEL"); got >= 0 {
		t.Error("a CANCEL was sent for a call that was not")
	}
}

func TestLargeOnewayCallsMayBeCreditedToTheirLastByte(t *testing.T) {
	p := openPair(t, Config{}, Config{})
	for size := 250_000; size < 700_000; size += 10_000 {
		c := p.open(Open{Name: "bank/note", Flags: frame.Oneway}, strings.Repeat("x", size))
		p.drive()
		p.c.want(t, "Resulted OK MaybeExecuted")
		p.c.Forget(c)
		p.s.Result(p.now, p.s.calls[len(p.s.calls)-1], Result{}, nil)
		p.drive()
	}
	p.quiet()
}

func TestOnewayCallsHaveNoResult(t *testing.T) {
	p := openPair(t, Config{}, Config{})
	c := p.open(Open{Name: "bank/note", Flags: frame.Oneway}, "\x01")
	p.drive()
	p.c.want(t, "Resulted OK MaybeExecuted")
	p.c.Forget(c)
	p.s.want(t, `Called bank/note "\x01"`)
	p.s.sent = nil
	p.s.Result(p.now, p.s.calls[0], Result{}, []byte{0})
	p.drive()
	if len(p.s.sent) != 0 {
		t.Errorf("server sent %v for a one-way call", types(t, p.s.sent))
	}
	p.quiet()
}

func TestOnewayCallThatIsGivenUpHalfwayIsOver(t *testing.T) {
	for _, end := range []struct {
		name string
		how  func(*pair, *Call)
	}{
		{"by its caller", func(p *pair, c *Call) { p.c.Cancel(p.now, c, frame.Caller) }},
		{"by its deadline", func(p *pair, c *Call) { p.advance(time.Second); p.c.Forget(c) }},
	} {
		t.Run(end.name, func(t *testing.T) {
			p := openPair(t, Config{}, Config{})
			c := p.open(Open{Name: "bank/note", Flags: frame.Oneway, Deadline: p.now + time.Second},
				strings.Repeat("x", 3<<20))
			p.s.HandleInput(p.now, p.c.TakeOutput(nil)) // the credit for the rest does not come
			end.how(p, c)
			p.drive()
			p.quiet()
			p.c.Drain()
			p.drive()
			if !p.c.Closed() {
				t.Error("the client waits for a RESULT that never comes")
			}
		})
	}
}

func TestCancelOfACallThatIsOverTellsItsEffect(t *testing.T) {
	p := openPair(t, Config{}, Config{})
	sent := p.open(Open{Name: "bank/get", Deadline: p.now + time.Second}, "\x01")
	refused := p.open(Open{Name: "bank/get"}, "\x01")
	p.drive()
	p.c.Drain() // ends what was not sent
	unsent := newPair(t, Config{}, Config{})
	for range frame.MinParams.Calls {
		unsent.open(Open{Name: "bank/get"}, "\x01")
	}
	waits := unsent.open(Open{Name: "bank/get", Deadline: unsent.now + time.Second}, "\x01")
	unsent.c.HandleTime(unsent.now + time.Second)
	if got := unsent.c.Cancel(unsent.now, waits, frame.Timeout); got != NotSent {
		t.Errorf("a call whose deadline has come before it was sent: %v", got)
	}
	p.c.HandleTime(p.now + time.Second)
	if got := p.c.Cancel(p.now, sent, frame.Timeout); got != MaybeExecuted {
		t.Errorf("a call whose deadline has come: %v", got)
	}
	p.s.Result(p.now, p.s.calls[1], Result{Status: frame.Unavailable, Flags: frame.Unprocessed}, nil)
	p.c.HandleInput(p.now, p.s.TakeOutput(nil))
	p.c.pump()
	if got := p.c.Cancel(p.now, refused, frame.Caller); got != NotExecuted {
		t.Errorf("a call that was refused: %v", got)
	}
}

func TestHandlerMayLeaveTheLastTouchToNext(t *testing.T) {
	p := openPair(t, Config{}, Config{})
	c := p.open(Open{Name: "bank/transfer"}, "\x01")
	p.drive()
	p.result(p.s.calls[0], "ok")
	p.c.HandleInput(p.now, p.s.TakeOutput(nil))
	ev := p.c.Next()
	if ev == nil || ev.Kind != Resulted || ev.At != p.now {
		t.Fatalf("event %v, want Resulted at %v", ev, p.now)
	}
	ev.Forget = true
	if p.c.Next() != nil || p.c.Next() != nil {
		t.Error("another event came")
	}
	if p.c.freed != 1 || p.c.free != c {
		t.Errorf("%d calls were recycled, want 1", p.c.freed)
	}
}
