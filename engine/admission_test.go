package engine

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"
)

// served is what became of the calls of a simulation, by class.
type served struct{ offered, refused, good [classes]int }

// goodput is the part of the capacity that was answered in time.
func (s served) goodput(capacity float64) float64 {
	return float64(s.good[0]+s.good[1]+s.good[2]) / capacity
}

// simulate lets calls arrive at random, at so many times the capacity of a server of 8 workers that
// need a service time each. A caller waits for patience; calls whose time is up are not run. The
// first second does not count.
func simulate(a *admission, overload float64, service, patience, length time.Duration) (s served, capacity float64) {
	return simulateOn(ownMachine, a, overload, service, patience, length)
}

// ownMachine lets a handler begin whenever there is a worker.
func ownMachine(at time.Duration) time.Duration { return at }

// crowdedMachine is given to others for so long in each period, in which no handler begins.
func crowdedMachine(away, period time.Duration) func(at time.Duration) time.Duration {
	return func(at time.Duration) time.Duration { return at + max(away-at%period, 0) }
}

// simulateOn is simulate on a machine that says when what could begin at some time does begin.
func simulateOn(machine func(at time.Duration) time.Duration, a *admission, overload float64,
	service, patience, length time.Duration) (s served, capacity float64) {
	const workers = 8
	rnd := rand.New(rand.NewPCG(1, 2))
	capacity = float64(workers) * float64(length-time.Second) / float64(service)
	gap := float64(service) / workers / overload
	type call struct {
		at      time.Duration
		class   int
		sampled bool
	}
	var queue []call
	var free [workers]time.Duration // when each worker is
	begin := func(until time.Duration) {
		for len(queue) > 0 {
			w := 0
			for i := range free {
				if free[i] < free[w] {
					w = i
				}
			}
			at := machine(max(free[w], queue[0].at))
			if at >= until {
				return
			}
			c := queue[0]
			queue = queue[1:]
			if c.sampled {
				a.starts(at-c.at, at-c.at < patience)
			}
			if at-c.at >= patience {
				continue
			}
			free[w] = at + service
			if free[w]-c.at <= patience && c.at >= time.Second {
				s.good[c.class]++
			}
		}
	}
	for now, n := time.Duration(1), 0; now < length; n++ {
		now += time.Duration(rnd.ExpFloat64() * gap)
		begin(now)
		class := []int{0, 1, 1, 1, 1, 1, 1, 2, 2, 2}[rnd.IntN(10)]
		admitted := a.admits(class, rnd.Uint32)
		counts := a.counts(uint32(n))
		if counts {
			a.arrived(now, class)
		}
		if now >= time.Second {
			s.offered[class]++
		}
		if admitted {
			queue = append(queue, call{now, class, counts})
		} else if now >= time.Second {
			s.refused[class]++
		}
	}
	return s, capacity
}

func TestOverloadedServerStaysUseful(t *testing.T) {
	for _, service := range []time.Duration{time.Millisecond, 200 * time.Microsecond, 10 * time.Millisecond} {
		for _, overload := range []float64{2, 10} {
			t.Run(fmt.Sprint(service, " at ", overload), func(t *testing.T) {
				const patience = 200 * time.Millisecond
				length := max(6*time.Second, 1100*service) // slow servers count fewer calls
				s, capacity := simulate(newAdmission(0), overload, service, patience, length)
				urgent := float64(s.good[0]) / float64(s.offered[0])
				t.Logf("goodput %.2f of the capacity, urgent %.3f, good %v of %v", s.goodput(capacity), urgent, s.good, s.offered)
				if s.goodput(capacity) < 0.8 {
					t.Errorf("goodput %.2f of the capacity", s.goodput(capacity))
				}
				// Urgent calls are a tenth: at 10 times the capacity they alone fill the server.
				if want := 0.95; overload < 5 && urgent < want || urgent < 0.75 {
					t.Errorf("%.2f of the urgent calls were answered", urgent)
				}
				if bulk := float64(s.refused[2]) / float64(s.offered[2]); bulk < 0.9 && overload > 5 {
					t.Errorf("only %.2f of bulk was refused", bulk)
				}
				none, _ := simulate(newAdmission(-1), overload, service, patience, length)
				t.Logf("without admission %.2f", none.goodput(capacity))
				if none.goodput(capacity) > s.goodput(capacity) {
					t.Errorf("without admission %.2f is answered, with it %.2f", none.goodput(capacity), s.goodput(capacity))
				}
			})
		}
	}
}

func TestServerThatKeepsUpRefusesNobody(t *testing.T) {
	for _, load := range []float64{0.1, 0.5, 0.8} {
		s, capacity := simulate(newAdmission(0), load, time.Millisecond, 200*time.Millisecond, 5*time.Second)
		if s.refused != [classes]int{} {
			t.Errorf("at %v of the capacity %v were refused of %v", load, s.refused, capacity)
		}
	}
}

// A process that has to wait for the processor serves what has come meanwhile as soon as it is back:
// nothing queues for long, and nobody is helped by a refusal.
func TestServerOnACrowdedMachineRefusesNobody(t *testing.T) {
	for _, c := range []struct {
		away, period time.Duration
		load         float64
	}{
		{40 * time.Millisecond, 80 * time.Millisecond, 0.4},
		{60 * time.Millisecond, 200 * time.Millisecond, 0.5},
		{150 * time.Millisecond, time.Second, 0.3},
	} {
		machine := crowdedMachine(c.away, c.period)
		s, _ := simulateOn(machine, newAdmission(0), c.load, time.Millisecond, time.Second, 10*time.Second)
		if s.refused != [classes]int{} {
			t.Errorf("away for %v of %v, load %v: %v of %v were refused", c.away, c.period, c.load,
				s.refused, s.offered)
		}
	}
}

// A processor that becomes free takes what comes then, and not what has waited longest; so there are
// lucky calls in a real queue, and unlucky ones without one.
func TestWhatNearlyAllCallsWaitForIsAQueue(t *testing.T) {
	for _, c := range []struct {
		name  string
		lucky int // of a hundred
		busy  bool
	}{
		{"one call in ten is lucky", 10, true},
		{"one in five is", 20, false},
		{"one in fifty is not", 98, false},
	} {
		a := newAdmission(0)
		a.arrived(time.Second, 1)
		for i := range 100 {
			wait := time.Duration(i%3) * time.Millisecond
			if i >= c.lucky {
				wait += 200 * time.Millisecond
			}
			a.arrived(time.Second+time.Millisecond, 1)
			a.starts(wait, true)
		}
		a.arrived(time.Second+windowMax, 1)
		if got := a.busy.Load(); got != c.busy {
			t.Errorf("%s: refusing %v, want %v", c.name, got, c.busy)
		}
	}
}

func TestOverloadedServerOnACrowdedMachineStaysUseful(t *testing.T) {
	machine := crowdedMachine(40*time.Millisecond, 80*time.Millisecond)
	s, capacity := simulateOn(machine, newAdmission(0), 2, time.Millisecond, 200*time.Millisecond, 6*time.Second)
	if got := s.goodput(capacity / 2); got < 0.8 {
		t.Errorf("goodput %.2f of what is left of the capacity", got)
	} else {
		t.Logf("goodput %.2f of what is left of the capacity", got)
	}
}

func TestAdmissionRecovers(t *testing.T) {
	a := newAdmission(0)
	simulate(a, 10, time.Millisecond, 200*time.Millisecond, 5*time.Second)
	if a.admit[2].Load() == admitAll {
		t.Fatal("bulk is not refused")
	}
	a.since, a.ends = 0, atomic.Int64{}
	s, _ := simulate(a, 0.5, time.Millisecond, 200*time.Millisecond, 10*time.Second)
	for class := range a.admit {
		if a.admit[class].Load() != admitAll {
			t.Errorf("class %d is still refused, %d of %d", class, s.refused[class], s.offered[class])
		}
	}
}
