package session

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leverrpc/lever/frame"
)

// TestCreditOfTheConnectionIsHeardByTheDriver: it asks HasOutput, and takes nothing without.
func TestCreditOfTheConnectionIsHeardByTheDriver(t *testing.T) {
	p := openPair(t, Config{}, Config{Params: frame.Params{ConnBytes: 65536, StreamBytes: 1 << 20}})
	p.open(Open{Name: "bank/put", Flags: frame.Bytes}, zeros(100_000))
	for p.c.TakeOutput(nil) != nil {
	}
	if p.c.HasOutput() {
		t.Fatal("there is output, and no credit of the connection")
	}
	p.c.HandleInput(p.now, raw(frame.Credit, 0, 0, 0, 65536, ""))
	p.c.pump()
	if !p.c.HasOutput() {
		t.Error("the credit has come, and there is no output")
	}
}

// TestHelloRaisesTheCreditOfCallsInFlight: SPEC 6.1.
func TestHelloRaisesTheCreditOfCallsInFlight(t *testing.T) {
	p := newPair(t, Config{}, Config{Params: frame.Params{StreamBytes: 1 << 20, ConnBytes: 1 << 20}})
	c := p.open(Open{Name: "bank/tailChan", Flags: frame.Stream}, "")
	head := 65536 - c.send.credit
	p.drive()
	if got, want := c.send.credit, 1<<20-head; got != want {
		t.Errorf("%d bytes of credit behind the HELLO, want %d", got, want)
	}
}

// TestACallThatIsGivenUpHasNoTimer: nothing is left to do at its deadline.
func TestACallThatIsGivenUpHasNoTimer(t *testing.T) {
	p := openPair(t, Config{}, Config{})
	c := p.open(Open{Name: "bank/get", Deadline: p.now + time.Minute}, "\x80")
	p.c.Cancel(p.now, c, frame.Caller)
	if len(p.c.heap) != 0 {
		t.Errorf("%d timers", len(p.c.heap))
	}
}

// TestABucketHoldsNoMoreThanItsSize, however long the peer was honest before.
func TestABucketHoldsNoMoreThanItsSize(t *testing.T) {
	flood := map[string][]byte{
		"PING":                          raw(frame.Ping, 0, pingAsk, 0, 0, ""),
		"CANCEL of a call that is over": raw(frame.Cancel, 0, 0, 1, 0, ""),
		"FINISH of a call that is over": raw(frame.Finish, 0, 0, 1, 0, ""),
		"an ignorable frame":            raw(0x9a, 0, 0, 0, 0, ""),
	}
	for name, f := range flood {
		s := greeted(t, Config{})
		s.give(call(1, 0, "\x80"))
		s.Result(s.now, s.calls[0], Result{}, nil)
		s.HandleTime(time.Hour)
		for range DefaultLimits.Glitches {
			s.give(f)
			s.take()
		}
		if s.Closed() {
			t.Errorf("%s: closed with %v before the tokens were used", name, s.Err())
		}
		if s.give(f); !s.Closed() {
			t.Errorf("%s: a token more than there are", name)
		}
	}
}

// TestANewCallPutsNoKeepaliveOff: only the first of an idle connection begins the time anew.
func TestANewCallPutsNoKeepaliveOff(t *testing.T) {
	p := openPair(t, Config{Params: frame.Params{IdleMS: 1000}}, Config{Params: frame.Params{IdleMS: 1000}})
	began := p.now
	for _, at := range []time.Duration{0, 500, 900} {
		p.now = began + at*time.Millisecond
		p.open(Open{Name: "bank/get"}, "\x80")
		p.c.TakeOutput(nil)
	}
	p.c.HandleTime(began + time.Second)
	if got := types(t, p.c.TakeOutput(nil)); !slices.Contains(got, "PING") {
		t.Errorf("after a silent second it sends %v, want a PING", got)
	}
}

// TestStrangersGetFewBytesBack: SPEC F-292.
func TestStrangersGetFewBytesBack(t *testing.T) {
	s := New(Config{}, Server, 0)
	s.Close(frame.ReasonRefused, strings.Repeat("x", 1000))
	if got := len(s.TakeOutput(nil)); got != 64 {
		t.Errorf("%d bytes, want 64", got)
	}
}

func TestASecondResultInsideACancelledOneCloses(t *testing.T) {
	p := openPair(t, Config{}, Config{})
	c := p.open(Open{Name: "bank/get"}, "\x80")
	p.c.Cancel(p.now, c, frame.Caller)
	p.c.HandleInput(p.now, raw(frame.Result, frame.More, 0, 1, 0, zeros(2000)))
	p.c.pump()
	p.c.HandleInput(p.now, raw(frame.Result, 0, 0, 1, 0, ""))
	if p.c.pump(); !p.c.Closed() {
		t.Error("it was taken")
	}
}

// TestCancelReturnsWhatNobodyWillRead at once, since the RESULT needs credit too. SPEC 8.3.
func TestCancelReturnsWhatNobodyWillRead(t *testing.T) {
	p := openPair(t, Config{Params: frame.Params{StreamBytes: 65536}}, Config{})
	c := p.open(Open{Name: "bank/tailChan", Flags: frame.Stream}, "\x80")
	p.drive()
	for range 4 { // of which none is released
		p.c.HandleInput(p.now, raw(frame.Msg, frame.Bytes, 0, 1, 0, zeros(10_000)))
		p.c.pump()
	}
	p.c.TakeOutput(nil)
	p.c.Cancel(p.now, c, frame.Caller)
	if got := types(t, p.c.TakeOutput(nil)); !slices.Equal(got, []string{"CANCEL", "CREDIT"}) {
		t.Errorf("it sends %v, want CANCEL and CREDIT", got)
	}
}

func TestCreditOfACallMayReachItsLimit(t *testing.T) {
	p := openPair(t, Config{}, Config{})
	c := p.open(Open{Name: "bank/tailChan", Flags: frame.Stream}, "\x80")
	p.c.HandleInput(p.now, raw(frame.Credit, 0, 0, 1, uint32(maxCredit-c.send.credit), ""))
	if p.c.pump(); p.c.Closed() {
		t.Fatalf("closed with %v at the limit", p.c.Err())
	}
	p.c.HandleInput(p.now, raw(frame.Credit, 0, 0, 1, 1, ""))
	if p.c.pump(); !p.c.Closed() {
		t.Error("a byte beyond the limit was taken")
	}
}

// TestOnlyTheAnswerToItsQuestionEndsADrain: SPEC F-701.
func TestOnlyTheAnswerToItsQuestionEndsADrain(t *testing.T) {
	s := greeted(t, Config{})
	s.give(call(1, 0, "\x80"))
	s.Drain()
	s.take()
	s.give(raw(frame.Ping, 0, pingAnswer, 0, fenceToken+1, ""))
	if got := s.take(); len(got) > 0 {
		t.Errorf("another answer makes it send %v", types(t, got))
	}
	s.give(raw(frame.Ping, 0, pingAnswer, 0, fenceToken, ""))
	if got := types(t, s.take()); !slices.Equal(got, []string{"GOAWAY"}) {
		t.Errorf("the answer makes it send %v, want GOAWAY", got)
	}
}

func TestTimesOfAResultAreRead(t *testing.T) {
	p := openPair(t, Config{}, Config{})
	p.open(Open{Name: "bank/get"}, "\x80")
	p.open(Open{Name: "bank/get"}, "\x80")
	p.c.HandleInput(p.now, slices.Concat(raw(frame.Result, 0, 0, 1, 85, ""),
		raw(frame.Result, frame.Unprocessed, uint16(frame.Unavailable), 3, 250, "")))
	p.c.pump()
	if e := p.c.events; len(e) != 2 || e[0].Handler != 85*time.Microsecond || e[1].Retry != 250*time.Millisecond {
		t.Errorf("told %+v, want 85µs in the handler and 250ms to wait", e)
	}
}

func TestTheReasonOfACancelReachesTheHandler(t *testing.T) {
	for reason, want := range map[frame.CancelReason]frame.Status{
		frame.Caller: frame.Cancelled, frame.Timeout: frame.DeadlineExceeded,
		frame.Timeout + 1: frame.Cancelled, 60_000: frame.Cancelled,
	} {
		p := openPair(t, Config{}, Config{})
		c := p.open(Open{Name: "bank/get"}, "\x80")
		p.drive()
		p.c.Cancel(p.now, c, reason)
		p.drive()
		p.s.want(t, `Called bank/get "\x80"`, "Cancelled "+want.String())
	}
}

// TestAOnewayThatWasRefusedAndIsCancelledReturnsItsSlot: the rest of its body does not come.
func TestAOnewayThatWasRefusedAndIsCancelledReturnsItsSlot(t *testing.T) {
	s := greeted(t, Config{})
	s.give(raw(frame.Call, frame.Oneway|frame.More, 0, 1, 0, "\xff\xff"+zeros(1022)))
	if s.Live() != 1 {
		t.Fatalf("%d calls, want the one whose body comes", s.Live())
	}
	s.give(raw(frame.Cancel, 0, 0, 1, 0, ""))
	if s.Live() != 0 || s.slots.owed != 1 {
		t.Errorf("%d calls, %d slots to return; want none and 1", s.Live(), s.slots.owed)
	}
}
