package sim

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// newcomer lets a server join an old fleet of n-1 others, and gives what it has got in each second
// from then on, as a part of its fair share.
func newcomer(n, clients int, rate float64, old, joins server) (parts [20]float64) {
	const joinAt = 15 * sec
	var all, its [len(parts)]float64
	run(scenario{
		servers: append(alike(n-1, old), joins), clients: clients, rate: rate,
		length: joinAt + time.Duration(len(parts))*sec, seed: 1, joined: n - 1, joinAt: joinAt,
		watch: func(now time.Duration, server, _ int) {
			if at := int((now - joinAt) / sec); now >= joinAt && at < len(all) {
				all[at]++
				if server == n-1 {
					its[at]++
				}
			}
		},
	}, newOurs)
	for i := range parts {
		parts[i] = its[i] * float64(n) / max(all[i], 1)
	}
	return parts
}

// mean gives the mean of some parts.
func mean(parts []float64) (sum float64) {
	for _, p := range parts {
		sum += p / float64(len(parts))
	}
	return sum
}

// cold servers take factor times as long for their first calls, whenever those come.
func cold(calls int, factor float64, s server) server {
	serve := s.serve
	s.serve = func(rng *rand.Rand, now time.Duration) time.Duration {
		length := serve(rng, now)
		if calls > 0 {
			calls--
			return time.Duration(factor * float64(length))
		}
		return length
	}
	return s
}

// A newcomer comes to its share in ten seconds, in idle fleets as in busy ones, though the first
// calls of a process take much longer than the later ones. Where few calls come it takes seconds
// until those are over.
func TestNewcomersComeToTheirShare(t *testing.T) {
	usual := server{serve: lognormal(ms, 0.3), workers: 4}
	for _, n := range []int{3, 10} {
		for _, load := range []float64{0.005, 0.1, 0.5} {
			for _, factor := range []float64{1, 20} {
				rate := load * 4000 * float64(n)
				parts := newcomer(n, 1, rate, usual, cold(20, factor, usual))
				name := fmt.Sprintf("n=%d, load %v, first calls %v times slower", n, load, factor)
				t.Logf("%s: %.2f", name, parts)
				ramp, grown := mean(parts[:10]), mean(parts[12:])
				if ramp < 0.15 || factor == 1 && ramp < 0.4 || ramp > 0.65 {
					t.Errorf("%s: %.2f of its share in the first 10 s, want about 0.5", name, ramp)
				}
				if grown < 0.85 || grown > 1.15 {
					t.Errorf("%s: %.2f of its share from 12 s on, want about 1", name, grown)
				}
			}
		}
	}
}
