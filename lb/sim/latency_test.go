package sim

import (
	"fmt"
	"testing"
	"time"
)

// The servers of most scenarios.
var (
	fast = server{serve: exponential(ms)}             // any number of calls at once
	four = server{serve: exponential(ms), workers: 4} // a queue before four workers
)

// atMost fails the test if a measured time is above its bar.
func atMost(t *testing.T, what string, got, bar time.Duration) {
	t.Helper()
	t.Logf("%s: %v", what, got)
	if got > bar {
		t.Errorf("%s: %v, want at most %v", what, got, bar)
	}
}

// timesBetter fails the test if another balancer is not that many times worse.
func timesBetter(t *testing.T, than string, theirs, got time.Duration, bar float64) {
	t.Helper()
	ratio := float64(theirs) / float64(got)
	t.Logf("%s: %v, %.2f times as much", than, theirs, ratio)
	if ratio < bar {
		t.Errorf("%s: %v, %.2f times ours, want %.2f", than, theirs, ratio, bar)
	}
}

// below fails the test if a measured part is above its bar.
func below(t *testing.T, what string, got, bar float64) {
	t.Helper()
	t.Logf("%s: %.5f", what, got)
	if got > bar {
		t.Errorf("%s: %.5f, want at most %.5f", what, got, bar)
	}
}

// Bar 2: the supermarket model. A hundred queues at 90 %: with one random choice the mean time
// is 10 service times, with the shorter of two 2.61 in theory.
func TestSupermarket(t *testing.T) {
	r := run(scenario{
		servers: alike(100, server{serve: exponential(ms), workers: 1}), clients: 1, rate: 90_000,
		warmUp: 2 * sec, length: 5 * sec, seed: 1,
	}, newOurs)
	atMost(t, "mean", r.mean()-2*wireTime, 2900*time.Microsecond)
}

// Bar 3: one of ten servers answers ten times slower.
func TestOneSlowServer(t *testing.T) {
	s := scenario{
		servers: append(alike(9, fast), slower(10, start, never, fast)), clients: 10, rate: 20_000,
		warmUp: 5 * sec, length: 10 * sec, seed: 1,
	}
	r := run(s, newOurs)
	atMost(t, "p99", r.p99(), 5500*time.Microsecond)
	below(t, "share of the slow one", r.share(9), 0.002)
	timesBetter(t, "round robin", run(s, newRoundRobin).p99(), r.p99(), 4)
	timesBetter(t, "least loaded of two", run(s, newLeastLoaded).p99(), r.p99(), 2.7)
}

// Bar 4: one of ten has a tenth of the capacity, so that a queue grows where it gets its share.
func TestOneWeakServer(t *testing.T) {
	for _, clients := range []int{10, 100} {
		t.Run(fmt.Sprint(clients, " clients"), func(t *testing.T) {
			s := scenario{
				servers: append(alike(9, four), slower(10, start, never, four)), clients: clients,
				rate: 24_000, warmUp: 5 * sec, length: 10 * sec, seed: 1,
			}
			r := run(s, newOurs)
			atMost(t, "p99", r.p99(), 5600*time.Microsecond)
			timesBetter(t, "least loaded of two", run(s, newLeastLoaded).p99(), r.p99(), 6)
		})
	}
}

// Bar 5: three of ten are ten times slower. Two random ones are both slow in a case out of 15.
func TestThreeOfTenSlow(t *testing.T) {
	s := scenario{
		servers: append(alike(7, fast), alike(3, slower(10, start, never, fast))...), clients: 10,
		rate: 20_000, warmUp: 5 * sec, length: 10 * sec, seed: 1,
	}
	r := run(s, newOurs)
	atMost(t, "p99", r.p99(), 5500*time.Microsecond)
	timesBetter(t, "peak EWMA", run(s, newPeakEWMA).p99(), r.p99(), 3.4)
}

// Bar 6: forty of a hundred are ten times slower.
func TestFortyOfAHundredSlow(t *testing.T) {
	s := scenario{
		servers: append(alike(60, fast), alike(40, slower(10, start, never, fast))...), clients: 10,
		rate: 50_000, warmUp: 5 * sec, length: 5 * sec, seed: 1,
	}
	r := run(s, newOurs)
	atMost(t, "p99", r.p99(), 6*ms)
	timesBetter(t, "peak EWMA", run(s, newPeakEWMA).p99(), r.p99(), 4.5)
}

// Bar 7: two of four take 5 ms more, which is most of the time for short calls.
func TestTwoOfFourFar(t *testing.T) {
	near := server{serve: exponential(150 * time.Microsecond)}
	s := scenario{
		servers: append(alike(2, near), alike(2, later(5*ms, start, never, near))...), clients: 10,
		rate: 20_000, warmUp: 5 * sec, length: 5 * sec, seed: 1,
	}
	r := run(s, newOurs)
	atMost(t, "p99", r.p99(), 1100*time.Microsecond)
	timesBetter(t, "peak EWMA", run(s, newPeakEWMA).p99(), r.p99(), 4.8)
}

// Bar 9: one of eleven servers takes 2 s for half of the time.
func TestCallsUnderASecond(t *testing.T) {
	usual := server{serve: lognormal(100*ms, 0.3)}
	s := scenario{
		servers: append(alike(10, usual), later(2*sec, 20*sec, 50*sec, usual)), clients: 1,
		rate: 1000, warmUp: 5 * sec, length: 60 * sec, seed: 1,
	}
	r := run(s, newOurs)
	below(t, "part not under 1 s", 1-r.under(sec), 0.001)
	t.Logf("round robin %.4f, least loaded %.4f, peak EWMA %.4f", 1-run(s, newRoundRobin).under(sec),
		1-run(s, newLeastLoaded).under(sec), 1-run(s, newPeakEWMA).under(sec))
}

// Bar 12: where all servers are well, the care for bad ones must cost nothing.
func TestHealthyFleets(t *testing.T) {
	tests := []struct {
		name string
		scenario
	}{
		{"ten servers at 70 %", scenario{
			servers: alike(10, four), clients: 10, rate: 28_000,
			warmUp: 2 * sec, length: 10 * sec, seed: 1,
		}},
		{"a hundred at 80 %, a hundred clients, long tails", scenario{
			servers: alike(100, server{serve: lognormal(ms, 1), workers: 4}), clients: 100,
			rate: 320_000, warmUp: sec, length: 2 * sec, seed: 1,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := run(tt.scenario, newOurs)
			atMost(t, "p99", r.p99(), 10*ms)
			timesBetter(t, "least loaded of two", run(tt.scenario, newLeastLoaded).p99(), r.p99(), 0.98)
		})
	}
}
