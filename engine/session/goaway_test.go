package session

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leverrpc/lever/frame"
)

func TestDrainAnswersWhatIsInFlightAndLosesNothing(t *testing.T) {
	p := openPair(t, Config{}, Config{})
	a := p.open(Open{Name: "bank/transfer"}, "\x01")
	p.drive()
	p.s.want(t, `Called bank/transfer "\x01"`)
	b := p.open(Open{Name: "bank/transfer"}, "\x02") // crosses the GOAWAY
	p.s.Drain()
	p.s.Drain()
	p.drive()
	p.s.want(t, "Draining", `Called bank/transfer# "\x02"`)
	p.c.want(t, "Draining")
	if _, err := p.c.Open(p.now, &Open{Name: "bank/transfer"}, nil); err == nil {
		t.Error("a draining connection took a new call")
	}
	if p.s.Closed() || p.c.Closed() {
		t.Fatal("closed with calls in flight")
	}
	for i, c := range []*Call{a, b} {
		p.result(p.s.calls[i], "ok")
		p.drive()
		if e := p.c.events[0]; e.Kind != Resulted || e.Status != frame.OK || e.Call != c {
			t.Errorf("call %d: %s", i, short(&e))
		}
		p.c.events = p.c.events[1:]
	}
	p.c.want(t, "Ended")
	p.s.want(t, "Ended")
	if !p.c.Closed() || !p.s.Closed() || p.c.Err() != nil || p.s.Err() != nil {
		t.Errorf("closed %v %v, errors %v and %v", p.c.Closed(), p.s.Closed(), p.c.Err(), p.s.Err())
	}
	got := types(t, p.s.sent)
	want := []string{"HELLO", "GOAWAY", "PING", "GOAWAY", "RESULT", "RESULT"}
	if !slices.Equal(got, want) {
		t.Errorf("server sent %v, want %v", got, want)
	}
}

func TestClientDrainEndsWhenItsCallsAreDone(t *testing.T) {
	p := openPair(t, Config{}, Config{})
	p.open(Open{Name: "bank/transfer"}, "\x01")
	p.c.Drain()
	p.drive()
	if p.c.Closed() {
		t.Fatal("closed with a call in flight")
	}
	p.result(p.s.calls[0], "ok")
	p.drive()
	p.c.want(t, "Draining", `Resulted OK Executed "ok"`, "Ended")
	p.s.HandleEnd(nil)
	p.s.want(t, `Called bank/transfer "\x01"`, "Draining", "Ended")
	if p.s.Err() != nil {
		t.Errorf("server: %v, want a clean end", p.s.Err())
	}
}

func TestCallsAboveTheNamedLastIDWereNotExecuted(t *testing.T) {
	p := openPair(t, Config{}, Config{})
	p.open(Open{Name: "bank/a"}, "\x01")
	p.drive()
	p.open(Open{Name: "bank/b"}, "\x02")
	p.c.TakeOutput(nil) // on its way, and never arrives
	bye := frame.AppendHeader(nil, frame.Header{Type: frame.GoAway, Aux: 1})
	p.c.HandleInput(p.now, bye)
	p.c.want(t, "Draining", "Resulted UNAVAILABLE NotExecuted")
	p.c.HandleEnd(errors.New("reset"))
	p.c.want(t, "Resulted UNAVAILABLE MaybeExecuted", "Ended")
}

func TestLossOfTheTransportEndsEveryCallOnce(t *testing.T) {
	p := openPair(t, Config{}, Config{Params: frame.Params{Calls: 64}})
	for range 66 {
		p.open(Open{Name: "bank/transfer"}, "\x01")
	}
	p.drive()
	p.s.events = nil
	reset := errors.New("reset")
	p.c.HandleEnd(reset)
	p.c.HandleEnd(reset)
	p.s.HandleEnd(reset)
	p.c.pump()
	count := map[Effect]int{}
	for _, e := range p.c.events {
		if e.Kind == Resulted {
			count[e.Effect]++
			p.c.Forget(e.Call)
			if !errors.Is(e.Err, reset) {
				t.Errorf("cause %v", e.Err)
			}
		}
	}
	if count[MaybeExecuted] != 64 || count[NotSent] != 2 {
		t.Errorf("effects %v, want 64 MaybeExecuted and 2 NotSent", count)
	}
	p.s.pump()
	if got := len(p.s.events); got != 65 {
		t.Errorf("server: %d events, want 64 Cancelled and Ended", got)
	}
	for _, c := range p.s.calls {
		p.s.Result(p.now, c, Result{}, nil)
	}
	if p.c.Live() != 0 || p.s.Live() != 0 || p.s.TakeOutput(nil) != nil {
		t.Errorf("live %d and %d", p.c.Live(), p.s.Live())
	}
}

func TestIDsRunOutIntoADrain(t *testing.T) {
	p := openPair(t, Config{FirstID: lastID - 4}, Config{})
	for range 3 {
		p.open(Open{Name: "bank/transfer"}, "\x01")
	}
	if _, err := p.c.Open(p.now, &Open{Name: "bank/transfer"}, nil); !errors.Is(err, ErrDraining) {
		t.Errorf("Open after the last id: %v, want ErrDraining", err)
	}
	p.drive()
	for _, c := range p.s.calls {
		p.result(c, "ok")
	}
	p.drive()
	if !p.c.Closed() || p.c.Err() != nil || len(p.s.calls) != 3 {
		t.Errorf("closed %v, err %v, %d calls", p.c.Closed(), p.c.Err(), len(p.s.calls))
	}
}

// TestNoIDFollowsTheLast: the call that has the last id may be large, and on its way for long.
func TestNoIDFollowsTheLast(t *testing.T) {
	p := openPair(t, Config{FirstID: lastID}, Config{})
	p.open(Open{Name: "bank/transfer"}, strings.Repeat("x", 3<<20))
	for range 3 {
		p.c.TakeOutput(nil)
	}
	if _, err := p.c.Open(p.now, &Open{Name: "bank/transfer"}, nil); !errors.Is(err, ErrDraining) {
		t.Errorf("Open beside the call with the last id: %v, want ErrDraining", err)
	}
}

func TestSilentPeerIsGivenUpAfterTwoMissedPings(t *testing.T) {
	p := openPair(t, Config{Params: frame.Params{IdleMS: 1000}}, Config{})
	p.advance(time.Minute) // no calls, no pings
	if got := types(t, p.c.sent); slices.Contains(got, "PING") {
		t.Errorf("an idle connection sent %v", got)
	}
	c := p.open(Open{Name: "bank/slow"}, "\x01")
	p.drive()
	p.advance(10 * time.Second)
	p.c.want(t)
	if got := types(t, p.s.sent); !slices.Contains(got, "PING") {
		t.Errorf("server answered %v, want PINGs", got)
	}
	// From now on the server's bytes are lost.
	start := p.now
	for !p.c.Closed() && p.now < start+time.Minute {
		when, ok := p.c.Deadline()
		if !ok {
			t.Fatal("no deadline although a call is in flight")
		}
		p.now = when
		p.c.HandleTime(p.now)
		p.c.TakeOutput(nil)
	}
	if got := p.now - start; got > 3*time.Second || got < 2*time.Second {
		t.Errorf("given up after %v, want three idle seconds", got)
	}
	p.c.want(t, "Resulted UNAVAILABLE MaybeExecuted", "Ended")
	p.c.Forget(c)
	var f *Fault
	if !errors.As(p.c.Err(), &f) || f.Reason != frame.ReasonTimeout {
		t.Errorf("err %v, want TIMEOUT", p.c.Err())
	}
}

func TestStrangersAreClosedInTimeAndToldLittle(t *testing.T) {
	noise := strings.Repeat("\xff", 64<<10)
	for name, in := range map[string]string{
		"HTTP/1": "GET / HTTP/1.1\r\nHost: example\r\n\r\n",
		"HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"TLS":    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03aaaaaaaaaaaaaa",
		"noise":  noise,
		"zeros":  strings.Repeat("\x00", 100),
	} {
		s := New(Config{}, Server, 0)
		s.HandleInput(0, []byte(in))
		for s.Next() != nil {
		}
		if out := s.TakeOutput(nil); !s.Closed() || len(out) > 64 {
			t.Errorf("%s: closed %v, %d bytes in return", name, s.Closed(), len(out))
		}
	}
	s := New(Config{}, Server, 0)
	when, ok := s.Deadline()
	if !ok || when != DefaultLimits.HelloTimeout {
		t.Errorf("deadline %v, want the time for HELLO", when)
	}
	s.HandleTime(when)
	if !s.Closed() {
		t.Error("a silent stranger was not closed")
	}
}

func TestFrameMustBeWholeInTime(t *testing.T) {
	p := openPair(t, Config{}, Config{})
	p.s.HandleInput(p.now, []byte{1, 0})
	p.s.pump()
	p.advance(DefaultLimits.FrameTimeout - 1)
	if p.s.Closed() {
		t.Fatal("closed too early")
	}
	p.advance(1)
	p.s.want(t, "Ended")
}

func TestBusyConnectionMayAlwaysBeInTheMiddleOfAFrame(t *testing.T) {
	p := openPair(t, Config{NoIdle: true}, Config{NoIdle: true})
	c := p.open(Open{Name: "bank/a", Flags: frame.Stream}, "\x01")
	p.drive()
	msg := raw(frame.Msg, frame.Bytes, 0, c.ID(), 0, "message")
	p.s.HandleInput(p.now, msg[:5])
	for range 100 {
		p.s.pump()
		p.advance(time.Second)
		p.s.HandleInput(p.now, append(slices.Clone(msg[5:]), msg[:5]...))
	}
	if p.s.Closed() {
		t.Errorf("closed: %v", p.s.Err())
	}
}

func TestLateCallsOfADrainedConnectionAreDroppedWhole(t *testing.T) {
	p := openPair(t, Config{}, Config{})
	p.open(Open{Name: "bank/a"}, "\x01")
	p.drive()
	p.s.Drain()
	p.drive()
	p.s.events = nil
	before := p.s.slots.open + p.s.slots.owed
	p.s.HandleInput(p.now, call(3, 0, "\x02")) // a client that breaks its word
	p.s.pump()
	p.s.HandleInput(p.now, raw(frame.Msg, 0, 0, 3, 0, "\x02"))
	p.s.want(t)
	if after := p.s.slots.open + p.s.slots.owed; after != before {
		t.Errorf("the slot of a dropped call was not given back: %d, then %d", before, after)
	}
	p.s.sent = nil
	p.s.Close(frame.ReasonInternal, "enough")
	p.drive()
	if h := headers(t, p.s.sent); h[len(h)-1].Aux != 1 {
		t.Errorf("the goodbye names call %d, want 1", h[len(h)-1].Aux)
	}
}

// TestEndedIsTheLastEvent: a drain may be all that its only calls, which wait for a slot, live for.
func TestEndedIsTheLastEvent(t *testing.T) {
	p := newPair(t, Config{}, Config{})
	p.open(Open{Name: "bank/transfer"}, strings.Repeat("x", 100_000)) // more than goes before HELLO
	p.c.Drain()
	p.c.want(t, "Draining", "Resulted UNAVAILABLE NotSent", "Ended")
}

// TestEndedFollowsTheLastCallThatIsGivenUp: the deadline of a one-way call that is still being sent
// comes while the connection drains for nothing else.
func TestEndedFollowsTheLastCallThatIsGivenUp(t *testing.T) {
	p := openPair(t, Config{}, Config{})
	p.open(Open{Name: "bank/log", Flags: frame.Oneway, Deadline: p.now + time.Second},
		strings.Repeat("x", 1<<20))
	p.c.TakeOutput(nil)
	p.c.Drain()
	p.c.HandleTime(p.now + time.Second)
	p.c.want(t, "Draining", "Resulted DEADLINE_EXCEEDED MaybeExecuted", "Ended")
}

func TestAClientNamesNoLastIDUnlessSomethingIsWrong(t *testing.T) {
	for _, c := range []struct {
		name   string
		end    func(*Session)
		reason frame.Reason
		last   uint32
	}{
		{"drain", (*Session).Drain, frame.ReasonNone, frame.NoLastID},
		{"close", func(s *Session) { s.Close(frame.ReasonNone, "bye") }, frame.ReasonNone, frame.NoLastID},
		{"drain, then close", func(s *Session) {
			s.Drain()
			s.Close(frame.ReasonNone, "bye")
		}, frame.ReasonNone, frame.NoLastID},
		{"a fault", func(s *Session) { s.Close(frame.ReasonInternal, "oh") }, frame.ReasonInternal, 0},
	} {
		p := openPair(t, Config{}, Config{})
		p.open(Open{Name: "bank/slow"}, "")
		p.drive()
		p.c.sent = nil
		c.end(p.c.Session)
		p.drive()
		list := headers(t, p.c.sent)
		for _, h := range list {
			if h.Type != frame.GoAway || h.Code != uint16(c.reason) || h.Aux != c.last {
				t.Errorf("%s: sent %v", c.name, h)
			}
		}
		if f, bad := p.s.Err().(*Fault); bad || len(list) == 0 {
			t.Errorf("%s: %d goodbyes, and the server finds %v", c.name, len(list), f)
		}
	}
}

// TestPINGComesAtTheAgreedTime: the shorter of both wishes, from the last byte on.
func TestPINGComesAtTheAgreedTime(t *testing.T) {
	p := openPair(t, Config{Params: frame.Params{IdleMS: 100}}, Config{Params: frame.Params{IdleMS: 30_000}})
	p.now += time.Hour
	p.open(Open{Name: "bank/slow"}, "")
	p.drive()
	start := p.now
	for _, d := range []*side{p.c, p.s} { // the link is cut: nothing arrives any more
		for _, want := range []time.Duration{100, 200, 300} {
			when, ok := d.Deadline()
			if want *= time.Millisecond; !ok || when-start != want {
				t.Errorf("%s wakes after %v, want %v", d.name, when-start, want)
			}
			d.HandleTime(when)
			d.TakeOutput(nil)
		}
		if f, ok := d.Err().(*Fault); !ok || f.Text != "silent for 300ms" {
			t.Errorf("%s ended with %v", d.name, d.Err())
		}
	}
}
