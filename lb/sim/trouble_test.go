package sim

import (
	"fmt"
	"testing"
	"time"
)

// Bar 8: a server that fails does so quickly, which makes it look like the least loaded one.
func TestFailuresAttractNoCalls(t *testing.T) {
	for _, n := range []int{10, 2} {
		t.Run(fmt.Sprint("one of ", n), func(t *testing.T) {
			s := scenario{
				servers: append(alike(n-1, fast), server{fails: true}), clients: 10, rate: 20_000,
				warmUp: 5 * sec, length: 10 * sec, seed: 1,
			}
			errors := func(r *result) float64 { return float64(r.failures) / float64(r.calls) }
			below(t, "errors", errors(run(s, newOurs)), 0.001)
			t.Logf("least loaded %.4f, peak EWMA %.4f", errors(run(s, newLeastLoaded)), errors(run(s, newPeakEWMA)))
		})
	}
}

// Bar 10: a server joins that is ten times slower while it warms up.
func TestNewcomer(t *testing.T) {
	joinAt := 20 * sec
	inWindow, toNewcomer, longest := 0, 0, 0 // calls of the first 100 ms, and most at once
	s := scenario{
		servers: append(alike(10, four), slower(10, start, joinAt+2*sec, four)), clients: 10,
		rate: 28_000, warmUp: 15 * sec, length: 10 * sec, seed: 1, joined: 10, joinAt: joinAt,
		watch: func(now time.Duration, server, inFlight int) {
			if server == 10 && now < joinAt+2*sec {
				longest = max(longest, inFlight)
			}
			if now >= joinAt && now < joinAt+100*ms {
				inWindow++
				if server == 10 {
					toNewcomer++
				}
			}
		},
	}
	run(s, newOurs)
	below(t, "share in the first 100 ms", float64(toNewcomer)/float64(inWindow), 0.003)
	below(t, "most calls on it in the first 2 s", float64(longest), 10)
	if longest == 0 {
		t.Error("the newcomer was never tried")
	}
}

// Bar 11: a slow server gets few calls, and its share back soon after it has healed.
func TestRecovery(t *testing.T) {
	const healsAt = 20 * sec
	var window [200]struct{ all, healed int } // of 100 ms from healsAt on
	slowCalls, slowPicks := 0, 0
	s := scenario{
		servers: append(alike(9, fast), slower(10, start, healsAt, fast)), clients: 10,
		rate: 20_000, warmUp: start, length: 40 * sec, seed: 1,
		watch: func(now time.Duration, server, _ int) {
			hit := 0
			if server == 9 {
				hit = 1
			}
			if now >= 5*sec && now < healsAt {
				slowCalls, slowPicks = slowCalls+1, slowPicks+hit
			}
			if at := int((now - healsAt) / (100 * ms)); now >= healsAt && at < len(window) {
				window[at].all++
				window[at].healed += hit
			}
		},
	}
	run(s, newOurs)
	below(t, "share while slow", float64(slowPicks)/float64(slowCalls), 0.0015)
	recovered := 0
	for recovered < len(window) && window[recovered].healed*10*10 < window[recovered].all*8 {
		recovered++
	}
	atMost(t, "time to 80 % of its fair share", time.Duration(recovered)*100*ms, 4*sec)
}

// Bar 13: one of ten never answers. Who has 64 calls in flight and no time limit loses some to
// it; the less the more calls complete.
func TestHangingServer(t *testing.T) {
	s := scenario{
		servers: append(alike(9, fast), server{hangs: true}), clients: 1, callers: 64,
		length: 6 * sec, seed: 1,
	}
	got, theirs := len(run(s, newOurs).latencies), len(run(s, newWithReplacement).latencies)
	t.Logf("%d calls completed; least loaded of two with replacement: %d", got, theirs)
	if got < 4*theirs {
		t.Errorf("%d calls completed, want at least 4 times %d", got, theirs)
	}
}

// Bar 14: with so few calls that nothing is ever in flight, each healthy server still gets some.
func TestNobodyStarves(t *testing.T) {
	for _, n := range []int{2, 8, 10, 30} {
		last := make([]time.Duration, n)
		longest := time.Duration(0)
		s := scenario{
			servers: alike(n, server{serve: lognormal(5*ms, 1)}), clients: 1, rate: float64(n),
			length: 600 * sec, seed: 1,
			watch: func(now time.Duration, server, _ int) {
				longest = max(longest, now-last[server])
				last[server] = now
			},
		}
		run(s, newOurs)
		atMost(t, fmt.Sprintf("n=%d: longest time without a call", n), longest, 30*sec)
	}
}

// A run must be a function of its scenario, or a bar that breaks could not be looked into.
func TestRunsRepeat(t *testing.T) {
	s := scenario{
		servers: append(alike(9, four), server{fails: true}), clients: 10, rate: 20_000,
		length: sec, seed: 7,
	}
	a, b := run(s, newOurs), run(s, newOurs)
	if a.sum != b.sum || a.calls != b.calls || a.failures != b.failures {
		t.Errorf("two runs differ: %v, %d, %d and %v, %d, %d",
			a.sum, a.calls, a.failures, b.sum, b.calls, b.failures)
	}
	s.seed++
	if c := run(s, newOurs); c.sum == a.sum {
		t.Error("another seed gave the same run")
	}
}

func TestEventsComeInOrder(t *testing.T) {
	var q queue
	for i := range 10_000 {
		q.push(event{at: time.Duration(i * 7919 % 101), kind: callBegins})
		if i%3 == 0 {
			q.pop()
		}
	}
	for last := (event{}); ; {
		e := q.pop()
		if e.kind == nothing {
			break
		}
		if e.before(last) {
			t.Fatalf("%v after %v", e, last)
		}
		last = e
	}
}
