package session

import (
	"slices"
	"testing"
	"time"

	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/wire"
)

// crowd is a server whose peer grants the least and reads nothing. Results have 60,000 bytes; when
// two of them wait it is crowded, and no more than fourteen may.
func crowd(t *testing.T) *server {
	t.Helper()
	s := &server{Session: New(Config{NoIdle: true, Limits: Limits{ResultBytes: 800_000}}, Server, 0)}
	s.give(raw(frame.Hello, 0, frame.Version, frame.Magic, frame.Version, ""))
	s.take()
	return s
}

func (s *server) answer(c *Call) { s.Result(s.now, c, Result{}, make([]byte, 60_000)) }

// results reads what became of calls out of the output: their ids by status.
func results(t *testing.T, out []byte) map[frame.Status][]uint32 {
	t.Helper()
	all := map[frame.Status][]uint32{}
	for _, h := range headers(t, out) {
		if h.Type == frame.Result {
			all[frame.Status(h.Code)] = append(all[frame.Status(h.Code)], h.ID)
		}
	}
	return all
}

func TestCallsWaitWhileResultsDo(t *testing.T) {
	s := crowd(t)
	answered := 0
	answer := func() {
		for ; answered < len(s.calls); answered++ {
			s.answer(s.calls[answered])
		}
	}
	for id := uint32(1); id < 2*20; id += 2 {
		s.give(call(id, 0, ""))
		answer()
	}
	if answered != 2 {
		t.Fatalf("%d calls were told while nothing was read, want 2", answered)
	}
	for range 30 { // the peer reads, and grants what it has read
		n := uint32(0)
		for _, h := range headers(t, s.take()) {
			n += h.Length
		}
		if s.HasEvents() {
			s.give("")
		}
		answer()
		if n > 0 {
			s.give(raw(frame.Credit, 0, 0, 0, n, ""))
		}
	}
	if answered != 20 || s.backlog.bytes != 0 || s.assembled != 0 || s.live != 0 {
		t.Errorf("%d calls were told, %d bytes wait, %d bytes are held, %d calls live",
			answered, s.backlog.bytes, s.assembled, s.live)
	}
}

// TestSmallCallsPassALargeResult asks a method with small results while a large one is on its way.
func TestSmallCallsPassALargeResult(t *testing.T) {
	named := func(id uint32, code uint16, name string) []byte {
		return raw(frame.Call, 0, code, id, 0, string(frame.AppendCallHead(nil, code, name, nil)))
	}
	s := crowd(t)
	s.give(raw(frame.Bind, 0, 1, 0, 0, "bank/small"), named(1, 0, "bank/large"))
	s.Result(0, s.calls[0], Result{}, make([]byte, 1<<20))
	s.give(named(3, 0, "bank/small"), named(5, 1, ""), named(7, 0, "bank/large"), named(9, 1, ""))
	var ids []uint32
	for _, c := range s.calls[1:] {
		ids = append(ids, c.id)
		s.Result(0, c, Result{}, []byte("ok"))
	}
	if !slices.Equal(ids, []uint32{3, 5, 9}) {
		t.Errorf("told were %v, want 3, 5 and 9", ids)
	}
}

// TestSmallCallsPassALargeOneOfTheirMethod calls an echo with little and with much, while a large
// answer of it is on its way.
func TestSmallCallsPassALargeOneOfTheirMethod(t *testing.T) {
	s := crowd(t)
	large := func(id uint32) {
		s.give(call(id, frame.More, zeros(40_000)), raw(frame.Msg, 0, 0, id, 0, zeros(40_000)))
		s.take()
	}
	large(1)
	s.Result(0, s.calls[0], Result{}, make([]byte, 1<<20))
	s.give(call(3, 0, "little"))
	large(5)
	s.give(call(7, 0, "little"))
	var ids []uint32
	for _, c := range s.calls {
		ids = append(ids, c.id)
	}
	if !slices.Equal(ids, []uint32{1, 3, 7}) {
		t.Errorf("told were %v, want 1, 3 and 7", ids)
	}
}

func TestCallsThatWaitedAreToldInTheirOrder(t *testing.T) {
	s := crowd(t)
	s.give(call(1, 0, ""), call(3, 0, ""))
	s.answer(s.calls[0])
	s.answer(s.calls[1])
	for id := uint32(5); id < 20; id += 2 {
		s.give(call(id, frame.Bytes, string(rune('a'+id))))
	}
	s.take()
	var got []string
	for ev := s.Next(); ev != nil; ev = s.Next() {
		got = append(got, string(ev.Payload))
		if ev.Body == nil || ev.Kind != Called || string(ev.Name) != "bank/tailChan" {
			t.Errorf("told %v %q, with its memory: %v", ev.Kind, ev.Name, ev.Body != nil)
		}
	}
	if want := []string{"f", "h", "j", "l", "n", "p", "r", "t"}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

func TestACallThatEndsWhileItWaitsIsNotTold(t *testing.T) {
	s := crowd(t)
	s.give(call(1, 0, ""), call(3, 0, ""))
	s.answer(s.calls[0])
	s.answer(s.calls[1])
	late := call(7, 0, "")
	frame.PutHeader(late, frame.Header{Length: uint32(len(late) - 16), Type: frame.Call, ID: 7, Aux: 1000})
	s.give(call(5, 0, ""), late, call(9, 0, ""), raw(frame.Cancel, 0, 0, 5, 0, ""))
	s.HandleTime(time.Second)
	out := s.take()
	got := results(t, out)
	if !slices.Equal(got[frame.Cancelled], []uint32{5}) ||
		!slices.Equal(got[frame.DeadlineExceeded], []uint32{7}) {
		t.Errorf("results are %v, want CANCELLED for 5 and DEADLINE_EXCEEDED for 7", got)
	}
	for _, h := range headers(t, out) {
		if (h.ID == 5 || h.ID == 7) && h.Flags&frame.Unprocessed == 0 {
			t.Errorf("%v does not say that no handler ran", h)
		}
	}
	if s.give(""); len(s.calls) != 3 || s.calls[2].id != 9 || s.assembled != 0 {
		t.Errorf("%d calls were told, %d bytes held; want 3 and none", len(s.calls), s.assembled)
	}
}

func TestStreamsAndOnewayCallsDoNotWaitForResults(t *testing.T) {
	s := crowd(t)
	s.give(call(1, 0, ""), call(3, 0, ""))
	s.answer(s.calls[0])
	s.answer(s.calls[1])
	s.give(call(5, 0, ""), call(7, frame.Stream, ""), call(9, frame.Oneway, ""))
	var ids []uint32
	for _, c := range s.calls[2:] {
		ids = append(ids, c.id)
	}
	if !slices.Equal(ids, []uint32{7, 9}) {
		t.Errorf("told were %v, want 7 and 9", ids)
	}
}

// TestResultsBeyondTheBoundAreReplaced lets many handlers run at once, which answer later.
func TestResultsBeyondTheBoundAreReplaced(t *testing.T) {
	s := crowd(t)
	for id := uint32(1); id < 2*20; id += 2 {
		s.give(call(id, 0, ""))
	}
	most := 0
	for _, c := range s.calls {
		s.answer(c)
		most = max(most, s.backlog.bytes)
	}
	if len(s.calls) != 20 || most > 800_000+60_000 {
		t.Errorf("%d handlers ran, and left %d bytes", len(s.calls), most)
	}
	var out []byte
	for s.live > 0 {
		more := s.take()
		if len(more) == 0 {
			t.Fatal("results wait though the peer grants all it can")
		}
		out = append(out, more...)
		s.give(raw(frame.Credit, 0, 0, 0, 65536, ""))
	}
	got := results(t, out)
	if ok, not := len(got[frame.OK]), len(got[frame.ResourceExhausted]); ok != 14 || not != 6 {
		t.Errorf("%d results and %d refusals, want 14 and 6", ok, not)
	}
}

func TestWhatWaitsToBeToldIsBounded(t *testing.T) {
	cfg := Config{Params: roomy, Limits: Limits{ResultBytes: 1, AssemblyBytes: 5 << 20}}
	s := greeted(t, cfg)
	s.give(call(1, 0, zeros(1<<20)))
	s.Result(0, s.calls[0], Result{}, make([]byte, 2<<20))
	for id := uint32(3); id < 2*10; id += 2 {
		s.give(call(id, 0, zeros(1<<20)))
	}
	if s.assembled > 5<<20 || s.backlog.next != 0 || len(s.backlog.calls) != 4 {
		t.Errorf("%d calls with %d bytes wait", len(s.backlog.calls), s.assembled)
	}
	s.Close(frame.ReasonNone, "")
	if s.give(""); len(s.calls) != 1 || s.HasEvents() {
		t.Error("a call was told after the end")
	}
}

// TestATrickleOfCreditIsNoProgress grants a little now and then, as a peer would that wants to
// pin results for ever.
func TestATrickleOfCreditIsNoProgress(t *testing.T) {
	for _, c := range []struct {
		name  string
		each  uint32 // bytes of credit every 29 s
		alive bool
	}{
		{"1 KiB", 1 << 10, false},
		{"almost enough", leastProgress/2 - 1, false},
		{"enough", leastProgress + 100, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := crowd(t)
			s.give(call(1, 0, ""), call(3, 0, ""), call(5, 0, ""))
			for _, c := range s.calls {
				s.Result(s.now, c, Result{}, append(wire.AppendNull(nil), make([]byte, 300_000)...))
			}
			for now := time.Duration(0); now < 5*time.Minute; now += 29 * time.Second {
				for when, ok := s.Deadline(); ok && when <= now; when, ok = s.Deadline() {
					s.HandleTime(when)
				}
				s.HandleInput(now, nil)
				s.give(raw(frame.Credit, 0, 0, 0, c.each, ""), raw(frame.Credit, 0, 0, 1, c.each, ""))
				s.take()
			}
			if s.Closed() == c.alive {
				t.Errorf("closed: %v after 5 minutes: %v", s.Closed(), s.Err())
			}
		})
	}
}

// TestAResultThatWaitsForItsTurnIsNoStall: the line is full of what goes before a result, for which
// there is credit.
func TestAResultThatWaitsForItsTurnIsNoStall(t *testing.T) {
	for _, c := range []struct {
		name   string
		credit uint32 // for the call of the result, every second
		line   uint32 // for the connection
		alive  bool
	}{
		{"the line is used", 10_000, 10_000, true},
		{"the line is hardly used", 10_000, 200, false},
		{"the result has no credit", 0, 10_000, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := crowd(t)
			s.give(call(1, 0, ""), call(3, frame.Stream|frame.Urgent, ""))
			s.Result(s.now, s.calls[0], Result{}, append(wire.AppendNull(nil), make([]byte, 66_000)...))
			s.take()
			for now := time.Duration(0); now < 5*time.Minute && !s.Closed(); now += time.Second {
				s.HandleTime(now)
				for !s.Closed() && s.Message(now, s.calls[1], true, make([]byte, 60_000)) {
				}
				s.give(raw(frame.Credit, 0, 0, 3, c.line, ""), raw(frame.Credit, 0, 0, 0, c.line, ""))
				if c.credit > 0 {
					s.give(raw(frame.Credit, 0, 0, 1, c.credit, ""))
				}
				s.take()
			}
			if s.Closed() == c.alive {
				t.Errorf("closed: %v: %v", s.Closed(), s.Err())
			}
		})
	}
}
