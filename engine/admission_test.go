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
			at := max(free[w], queue[0].at)
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
		admitted := a.admits(class, rnd.Uint32())
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
