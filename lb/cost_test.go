package lb

import (
	"math"
	"testing"
	"time"
)

// costs gives what one more call costs at each endpoint of p, if it leaves newcomers alone.
func costs(p *Picker, now time.Duration) []float64 { return costsWithLuck(p, now, 0.999) }

func costsWithLuck(p *Picker, now time.Duration, luck float64) []float64 {
	s := p.current.Load()
	if !s.ramping {
		luck = settled
	}
	s.refresh(now)
	got := make([]float64, len(s.candidates))
	for i := range s.candidates {
		got[i], _ = s.candidates[i].cost(now, loadFloat(&s.reference), 0, luck)
	}
	return got
}

// answer gives an endpoint a record of calls that took the given time and ended at now.
func answer(e *Endpoint, now, latency time.Duration, n int) {
	for range n {
		e.begin(now-latency, 0, false)
		e.Done(Succeeded, now-latency, now)
	}
}

func fail(e *Endpoint, now time.Duration, n int) {
	for range n {
		e.begin(now, 0, false)
		e.Done(Failed, now, now)
	}
}

func TestCost(t *testing.T) {
	const now = 20 * sec
	tests := []struct {
		name  string
		setUp func(e *Endpoint) // the other one answers in 1 ms; e is idle
		at    time.Duration
		want  float64
	}{
		{"an idle healthy endpoint costs 1",
			func(e *Endpoint) { answer(e, now, ms, 1) }, now, 1},
		{"each call in flight costs 1 more",
			func(e *Endpoint) { answer(e, now, ms, 1); e.begin(now, 0, false); e.begin(now, 0, false) }, now, 3},
		{"latency up to twice the reference is noise",
			func(e *Endpoint) { answer(e, now, 2*ms, 1) }, now, 1},
		{"four times the reference costs four times as much",
			func(e *Endpoint) { answer(e, now, 4*ms, 1) }, now, 4},
		{"a slow record fades while nothing is in flight",
			func(e *Endpoint) { answer(e, now, 41*ms, 1) }, now + 5*sec,
			math.Pow((1+40/math.E)/2, 2)},
		{"in the end it is forgotten",
			func(e *Endpoint) { answer(e, now, 41*ms, 1) }, now + 19*sec, 1},
		{"a slow record stays while something is in flight",
			func(e *Endpoint) { answer(e, now, 41*ms, 1); e.begin(now+19*sec, 0, false) }, now + 19*sec,
			2 * math.Pow(41.0/2, 2)},
		{"silence with a call in flight is a stall",
			func(e *Endpoint) { answer(e, now, ms, 1); e.begin(now, 0, false) }, now + 8*ms, 2 * 16},
		{"silence with only streams open is not",
			func(e *Endpoint) { answer(e, now, ms, 1); e.begin(now, 0, false); e.Opened(Succeeded, now, now+ms) },
			now + 8*sec, 1 + 1.0/8},
		{"one failure of a good endpoint costs its square",
			func(e *Endpoint) { answer(e, now, ms, 1); fail(e, now, 1) }, now, 1 / 0.64},
		{"a failure fades too",
			func(e *Endpoint) { answer(e, now, ms, 1); fail(e, now, 1) }, now + 10*sec, 1},
		{"health has a floor",
			func(e *Endpoint) { answer(e, now, ms, 1); storeFloat(&e.success, 0.001) }, now,
			1 / (0.03 * 0.03)},
		{"an endpoint that never answered passes for a good one",
			func(e *Endpoint) {}, now, 1},
		{"but gets no second call before it has answered",
			func(e *Endpoint) { e.begin(now, 0, false) }, now, 2 * probingCost},
	}
	for _, tt := range tests {
		p := NewPicker(Config{SlowStart: -1})
		p.Update(0, []Member{{ID: "fast"}, {ID: "tested"}})
		all := p.Endpoints()
		tt.setUp(all[1])
		answer(all[0], tt.at, ms, 1)
		if got := costs(p, tt.at)[1]; math.Abs(got-tt.want) > 1e-9*tt.want {
			t.Errorf("%s: cost %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestNewcomersOfAnOldFleetStartSlowly(t *testing.T) {
	p := fleet(3, Config{})
	teach(p, ms, ms)
	p.Update(60*sec, members(4))
	tests := []struct {
		age  time.Duration
		want float64
	}{{0, 10}, {sec, 10}, {2 * sec, 5}, {5 * sec, 2}, {10 * sec, 1}, {90 * sec, 1}}
	for _, tt := range tests {
		if got := costs(p, 60*sec+tt.age)[3]; math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("after %v: cost %v, want %v", tt.age, got, tt.want)
		}
	}
}

func TestSomeCallsTakeNewcomersForGrownUp(t *testing.T) {
	p := fleet(3, Config{})
	teach(p, ms, ms)
	p.Update(60*sec, members(4))
	newcomer := p.Endpoints()[3]
	answer(newcomer, 60*sec, ms, 1)
	tests := []struct {
		name string
		age  time.Duration
		luck float64
		want float64
	}{
		{"after 4 s, six tenths of the calls leave an idle one alone", 4 * sec, 0.41, 2.5},
		{"and four take it", 4 * sec, 0.39, 1},
		{"after 5 s it is half of them", 5 * sec, 0.49, 1},
		{"after 10 s all", 10 * sec, 0.99, 1},
	}
	for _, tt := range tests {
		if got := costsWithLuck(p, 60*sec+tt.age, tt.luck)[3]; math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%s: cost %v, want %v", tt.name, got, tt.want)
		}
	}
	newcomer.begin(65*sec, 0, false)
	if got := costsWithLuck(p, 65*sec, 0)[3]; got != 3 {
		t.Errorf("after 5 s a call in flight counts twice: cost %v, want 3", got)
	}
}

// The first calls of a process are its slowest.
func TestSlowRecordsOfNewcomersFadeFast(t *testing.T) {
	p := fleet(3, Config{})
	teach(p, ms, ms)
	p.Update(60*sec, members(4))
	answer(p.Endpoints()[3], 62*sec-250*ms, 41*ms, 1)
	want := 5 * math.Pow((1+40*math.Exp(-2))/2, 2)
	if got := costs(p, 62*sec)[3]; math.Abs(got-want) > 1e-9*want {
		t.Errorf("at 2 s, an eighth of that after an answer in 41 ms: cost %v, want %v", got, want)
	}
}

func TestNewFleetsStartAtOnce(t *testing.T) {
	p := fleet(2, Config{})
	teach(p, ms, ms)
	p.Update(60*sec, members(5))
	for i, got := range costs(p, 60*sec) {
		if got != 1 {
			t.Errorf("endpoint %d: cost %v, want 1", i, got)
		}
	}
}

func TestTheRampBeginsWhenTheEndpointIsReady(t *testing.T) {
	p := fleet(3, Config{})
	teach(p, ms, ms)
	p.config.Initial = Connecting
	added, _ := p.Update(60*sec, members(4))
	added[0].SetState(100*sec, Ready)
	if got := costs(p, 105*sec)[3]; got != 2 {
		t.Errorf("5 s after it was ready: cost %v, want 2", got)
	}
}

func TestOtherZonesCostMore(t *testing.T) {
	p := NewPicker(Config{Zone: "here", ZoneFactor: 2})
	p.Update(0, []Member{{ID: "a", Zone: "here"}, {ID: "b", Zone: "there"}})
	teach(p, ms, ms)
	if got := costs(p, ms); got[0] != 1 || got[1] != 2 {
		t.Errorf("costs %v, want 1 and 2", got)
	}
}

func TestTheReferenceIsTheLeastSlowAverageOfTheHealthy(t *testing.T) {
	p := fleet(3, Config{})
	all := p.Endpoints()
	answer(all[0], ms, 8*ms, 1)
	answer(all[1], ms, 4*ms, 1)
	answer(all[2], ms, 1*ms, 1)
	fail(all[2], ms, 4) // success 0.41
	s := p.current.Load()
	s.refresh(100 * ms)
	if got := time.Duration(loadFloat(&s.reference)); got != 4*ms {
		t.Errorf("reference %v, want 4ms", got)
	}
	answer(all[1], 110*ms, 2*ms, 100)
	s.refresh(149 * ms)
	if got := time.Duration(loadFloat(&s.reference)); got != 4*ms {
		t.Errorf("reference %v before it is old, want 4ms", got)
	}
	s.refresh(150 * ms)
	if got := time.Duration(loadFloat(&s.reference)); got >= 4*ms {
		t.Errorf("reference %v when it is old, want less than 4ms", got)
	}
}

func TestDrawGoesOnWhileTheBestIsDegraded(t *testing.T) {
	n := 20
	p := fleet(n, Config{})
	for i, e := range p.Endpoints() {
		latency := ms
		if i < n/2 {
			latency = 50 * ms
		}
		answer(e, 100*ms, latency, 1)
	}
	slow := 0.0
	for id, share := range shares(t, p, 100*ms, 100_000) {
		if id < "m10" {
			slow += share
		}
	}
	// One draw of two would hit two slow ones in 9/38 of the cases, four draws in (9/38)^4.
	if slow > 0.006 {
		t.Errorf("half of the fleet is slow and got %.4f of the calls, want about 0.0031", slow)
	}
}

// Or a healed endpoint would have to wait for the forgiveness again after each good answer.
func TestForgivenessStaysForgiven(t *testing.T) {
	p := fleet(2, Config{SlowStart: -1})
	good, healed := p.Endpoints()[0], p.Endpoints()[1]
	answer(good, sec, ms, 1)
	answer(healed, sec, 41*ms, 1)
	now := 11 * sec // 41 ms have faded to 6.4 ms
	answer(good, now, ms, 1)
	if e, _ := p.Pick(now, 0, []*Endpoint{good}); e != healed {
		t.Fatal("picked the one that was tried")
	}
	healed.Done(Succeeded, now, now+ms)
	want := time.Duration(0.9*(1+40*math.Exp(-2))*float64(ms) + 0.1*float64(ms))
	if got := healed.Stats().Latency; got.Round(time.Microsecond) != want.Round(time.Microsecond) {
		t.Errorf("latency %v after a good answer, want %v", got, want)
	}
}
