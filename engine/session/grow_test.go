package session

import (
	"testing"
	"time"

	"github.com/leverrpc/lever/frame"
)

// allowance is a Budget for one goroutine.
type allowance struct {
	limit, used, most int64
	wanted            bool
}

func (a *allowance) Take(n int64) int64 {
	got := min(n, a.limit-a.used)
	a.used += got
	a.wanted = got < n
	a.most = max(a.most, a.used)
	return got
}

func (a *allowance) Give(n int64) { a.used -= n }
func (a *allowance) Short() bool  { return a.wanted && a.limit-a.used < a.limit/64 }

// network carries bytes between two sessions: bandwidth bytes in each millisecond each way, which
// arrive after delay. It moves in steps of a millisecond.
type network struct {
	*pair
	bandwidth int
	delay     time.Duration
	ways      [2]way
}

// way is one direction: what its sender has handed over and what is under way.
type way struct {
	from, to *side
	queue    []byte
	flight   []packet
	arrived  int
}

type packet struct {
	at   time.Duration
	data []byte
}

func newNetwork(t *testing.T, client, server Config, bandwidth int, rtt time.Duration) *network {
	n := &network{pair: newPair(t, client, server), bandwidth: bandwidth, delay: rtt / 2}
	n.ways = [2]way{{from: n.c, to: n.s}, {from: n.s, to: n.c}}
	return n
}

// run lets d pass; each is called every millisecond.
func (n *network) run(d time.Duration, each func()) {
	for end := n.now + d; n.now < end; n.now += time.Millisecond {
		for i := range n.ways {
			n.ways[i].step(n.now, n.bandwidth, n.delay)
		}
		for _, d := range []*side{n.c, n.s} {
			if when, ok := d.Deadline(); ok && when <= n.now {
				d.HandleTime(n.now)
			}
			d.pump()
		}
		each()
	}
}

func (w *way) step(now time.Duration, bandwidth int, delay time.Duration) {
	const kernel = 256 << 10 // what a socket's buffer takes from a sender
	for len(w.queue) < kernel {
		out := w.from.TakeOutput(nil)
		if out == nil {
			break
		}
		w.queue = append(w.queue, out...)
	}
	if k := min(bandwidth, len(w.queue)); k > 0 {
		w.flight = append(w.flight, packet{now + delay, w.queue[:k:k]})
		w.queue = w.queue[k:]
	}
	for len(w.flight) > 0 && w.flight[0].at <= now {
		w.to.HandleInput(now, w.flight[0].data)
		w.to.pump()
		w.arrived += len(w.flight[0].data)
		w.flight = w.flight[1:]
	}
}

// TestWindowsGrowToFillAFastLink reads two streams over links of 50 ms.
func TestWindowsGrowToFillAFastLink(t *testing.T) {
	for _, perMS := range []int{20_000, 100_000} { // 20 and 100 MB/s
		n := newNetwork(t, Config{}, Config{}, perMS, 50*time.Millisecond)
		for range 2 {
			n.open(Open{Name: "bank/loadChan", Flags: frame.Stream}, "")
		}
		n.run(time.Second, n.load)
		before := n.ways[1].arrived
		n.run(time.Second, n.load)
		if got := n.ways[1].arrived - before; got < 1000*perMS*95/100 {
			t.Errorf("%d MB in the second second, of %d that the link carries; the window is %d",
				got/1e6, perMS/1000, n.c.bytes.size)
		}
		if got := n.c.bytes.size; got > int64(4*50*perMS) {
			t.Errorf("the window grew to %d, %d are under way", got, 50*perMS)
		}
		if n.s.bytes.size != int64(DefaultParams.ConnBytes) {
			t.Errorf("the server's window grew to %d, and nothing came", n.s.bytes.size)
		}
	}
}

// load sends as much as the server may on each stream, and reads what has come at once.
func (n *network) load() {
	message := make([]byte, 60_000)
	for _, c := range n.s.calls {
		for n.s.Message(n.now, c, true, message) {
		}
	}
	for _, ev := range n.c.events {
		if ev.Kind == Message {
			n.c.Release(n.now, ev.Call, len(ev.Payload))
		}
	}
	n.c.events, n.s.events = nil, nil
}

// TestASlowReaderDoesNotGrow reads a stream at a hundredth of what the link carries.
func TestASlowReaderDoesNotGrow(t *testing.T) {
	n := newNetwork(t, Config{}, Config{}, 100_000, 50*time.Millisecond)
	c := n.open(Open{Name: "bank/tailChan", Flags: frame.Stream}, "")
	unread := 0
	n.run(10*time.Second, func() {
		if len(n.s.calls) > 0 {
			for n.s.Message(n.now, n.s.calls[0], true, make([]byte, 10_000)) {
			}
		}
		for _, ev := range n.c.events {
			unread += len(ev.Payload)
		}
		n.c.events = nil
		read := min(unread, 1000)
		n.c.Release(n.now, c, read)
		unread -= read
	})
	if n.ways[1].arrived < 5e6 {
		t.Fatalf("%d bytes arrived", n.ways[1].arrived)
	}
	if got, want := c.recv.window.size, int64(DefaultParams.StreamBytes); got != want {
		t.Errorf("the call's window is %d, want %d", got, want)
	}
	if got, want := n.c.bytes.size, int64(DefaultParams.ConnBytes); got != want {
		t.Errorf("the connection's window is %d, want %d", got, want)
	}
	if unread > 2*int(DefaultParams.StreamBytes) {
		t.Errorf("%d bytes are unread", unread)
	}
}

// sink is a server that is sent calls as fast as its credit allows, each of size bytes, and by a
// peer that answers its questions after one round trip.
type sink struct {
	*server
	id  uint32
	ask time.Duration // when the question came that is still to be answered
}

const sinkTrip = 50 * time.Millisecond

var (
	sinkHello = New(Config{}, Client, 0).TakeOutput(nil)
	sinkFrame = call(1, frame.Oneway, zeros(50_000))
)

func newSink(t *testing.T, b Budget) *sink {
	t.Helper()
	s := &sink{id: 1}
	s.server = &server{Session: New(Config{Budget: b, NoIdle: true}, Server, time.Second)}
	s.give(sinkHello)
	return s
}

// flood uses up the credit, at the time now.
func (s *sink) flood(now time.Duration) {
	if s.ask != 0 && now >= s.ask+sinkTrip {
		s.ask = 0
		s.feed(now, raw(frame.Ping, 0, pingAnswer, 0, probeToken, ""))
	}
	for range s.bytes.open / int64(len(sinkFrame)) {
		s.one(now)
	}
	s.take()
}

// one sends one call.
func (s *sink) one(now time.Duration) {
	h, _ := frame.ConsumeHeader(sinkFrame)
	h.ID, s.id = s.id, s.id+2
	frame.PutHeader(sinkFrame, h)
	s.feed(now, sinkFrame)
	if s.probe.asked != 0 && s.ask == 0 {
		s.ask = now
	}
}

func (s *sink) feed(now time.Duration, p []byte) {
	s.HandleInput(now, p)
	for ev := s.Next(); ev != nil; ev = s.Next() {
		if ev.Kind == Called {
			s.Result(now, ev.Call, Result{}, nil)
		}
	}
}

func (s *sink) extra() int64 { return s.bytes.size - int64(s.local.ConnBytes) }

func TestManyConnectionsStayWithinTheBudget(t *testing.T) {
	a := &allowance{limit: 64 << 20}
	sinks := make([]*sink, 10_000)
	for i := range sinks {
		sinks[i] = newSink(t, a)
	}
	for round := range 3 {
		for _, s := range sinks {
			s.flood(time.Second + time.Duration(1+round)*sinkTrip)
		}
	}
	sum, grown := int64(0), 0
	for _, s := range sinks {
		if sum += s.extra(); s.extra() > 0 {
			grown++
		}
		if s.Closed() {
			t.Fatal(s.Err())
		}
	}
	if sum != a.used || a.most > a.limit || grown < 100 {
		t.Errorf("%d connections have %d bytes of %d that were taken, at most %d of %d",
			grown, sum, a.used, a.most, a.limit)
	}
	for _, s := range sinks {
		s.HandleEnd(nil)
		s.HandleEnd(nil)
	}
	if a.used != 0 {
		t.Errorf("%d bytes were not given back", a.used)
	}
}

// TestAShortBudgetIsShared lets one connection take all there is before another one asks.
func TestAShortBudgetIsShared(t *testing.T) {
	a := &allowance{limit: 4 << 20}
	first, second := newSink(t, a), newSink(t, a)
	now := 2 * time.Second
	for ; now < 4*time.Second; now += sinkTrip {
		first.flood(now)
	}
	if first.extra() < a.limit/2 { // it feels the want that it makes itself
		t.Fatalf("alone it took %d of %d", first.extra(), a.limit)
	}
	for ; now < 8*time.Second; now += sinkTrip {
		first.flood(now)
		second.flood(now)
	}
	if second.extra() < a.limit/8 || first.extra() < a.limit/8 || a.used > a.limit {
		t.Errorf("they have %d and %d of %d", first.extra(), second.extra(), a.limit)
	}
}

// TestAWideWindowIsNarrowedByDisuse lets a sender that was fast become slow.
func TestAWideWindowIsNarrowedByDisuse(t *testing.T) {
	a := &allowance{limit: 64 << 20}
	s := newSink(t, a)
	now := 2 * time.Second
	for ; now < 4*time.Second; now += sinkTrip {
		s.flood(now)
	}
	if s.bytes.size != int64(DefaultLimits.WindowBytes) {
		t.Fatalf("the window is %d, want %d", s.bytes.size, DefaultLimits.WindowBytes)
	}
	for range 2000 {
		now += time.Second
		s.one(now)
	}
	if s.bytes.size != int64(s.local.ConnBytes) || a.used != 0 || s.Closed() {
		t.Errorf("the window is %d, %d are taken: %v", s.bytes.size, a.used, s.Err())
	}
}

// TestABurstDoesNotWiden lets as much come within a thousandth of a round trip as the window takes, and
// no more until a hundred are over: as when a reader comes to what its kernel has gathered.
func TestABurstDoesNotWiden(t *testing.T) {
	s := newSink(t, nil)
	s.probe.least, s.probe.next = uint32(sinkTrip/time.Microsecond), time.Hour
	now := time.Second
	for range 50 {
		now += 100 * sinkTrip
		for range s.bytes.open / int64(len(sinkFrame)) {
			now += sinkTrip / 10_000
			s.one(now)
		}
		s.take()
	}
	if s.extra() != 0 || s.Closed() {
		t.Errorf("the window grew by %d: %v", s.extra(), s.Err())
	}
}

// TestTheLeastRoundTripCounts measures a way of 1 ms, now and then behind a queue, and at last one that
// has become longer.
func TestTheLeastRoundTripCounts(t *testing.T) {
	s := newSink(t, nil)
	now := time.Second
	measure := func(trip time.Duration) {
		t.Helper()
		now += probeEvery
		s.now = now
		if s.measure(); s.probe.asked == 0 {
			t.Fatal("nothing was asked")
		}
		now += trip
		s.feed(now, raw(frame.Ping, 0, pingAnswer, 0, probeToken, ""))
	}
	for i, step := range []struct{ trip, want time.Duration }{
		{7 * time.Millisecond, 7 * time.Millisecond},
		{time.Millisecond, time.Millisecond},
		{9 * time.Millisecond, time.Millisecond},
	} {
		if measure(step.trip); s.rtt() != step.want {
			t.Errorf("step %d: a round trip takes %v, want %v", i, s.rtt(), step.want)
		}
	}
	for until := now + 2*probePeriod; now < until; {
		measure(4 * time.Millisecond)
	}
	if s.rtt() != 4*time.Millisecond {
		t.Errorf("a round trip takes %v, want 4ms", s.rtt())
	}
}
