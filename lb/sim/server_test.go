package sim

import (
	"math"
	"math/rand/v2"
	"time"
)

// server is how a server behaves.
type server struct {
	workers int // 0: as many as there are calls
	serve   func(rng *rand.Rand, now time.Duration) time.Duration
	fails   bool // each call fails after 20 µs
	hangs   bool // no call ever ends
}

// serverState is what a server is doing.
type serverState struct {
	inFlight int // from pick to done, of all clients
	busy     int
	waiting  []int // calls
}

func (w *world) arrive(id int) {
	server := w.calls[id].server
	s, state := &w.servers[server], &w.state[server]
	switch {
	case s.hangs:
	case s.workers > 0 && state.busy == s.workers:
		state.waiting = append(state.waiting, id)
	default:
		state.busy++
		w.serve(id)
	}
}

func (w *world) serve(id int) {
	s := &w.servers[w.calls[id].server]
	length := 20 * time.Microsecond
	if s.fails {
		w.calls[id].failed = true
	} else {
		length = s.serve(w.rng, w.now)
	}
	w.events.push(event{at: w.now + length, kind: callServed, id: id})
}

func (w *world) served(id int) {
	w.events.push(event{at: w.now + wireTime, kind: callEnds, id: id})
	state := &w.state[w.calls[id].server]
	if len(state.waiting) == 0 {
		state.busy--
		return
	}
	w.serve(state.waiting[0])
	state.waiting = state.waiting[1:]
}

// exponential service times have this mean.
func exponential(mean time.Duration) func(*rand.Rand, time.Duration) time.Duration {
	return func(rng *rand.Rand, _ time.Duration) time.Duration {
		return time.Duration(rng.ExpFloat64() * float64(mean))
	}
}

// lognormal service times have this mean, and the logarithm the standard deviation sigma.
func lognormal(mean time.Duration, sigma float64) func(*rand.Rand, time.Duration) time.Duration {
	mu := math.Log(float64(mean)) - sigma*sigma/2
	return func(rng *rand.Rand, _ time.Duration) time.Duration {
		return time.Duration(math.Exp(mu + sigma*rng.NormFloat64()))
	}
}

// slower takes factor times as long from one time to another.
func slower(factor float64, from, to time.Duration, s server) server {
	serve := s.serve
	s.serve = func(rng *rand.Rand, now time.Duration) time.Duration {
		length := serve(rng, now)
		if now >= from && now < to {
			return time.Duration(factor * float64(length))
		}
		return length
	}
	return s
}

// later takes some time more, from one time to another.
func later(more, from, to time.Duration, s server) server {
	serve := s.serve
	s.serve = func(rng *rand.Rand, now time.Duration) time.Duration {
		length := serve(rng, now)
		if now >= from && now < to {
			return length + more
		}
		return length
	}
	return s
}

const (
	start = time.Duration(0)
	never = time.Duration(math.MaxInt64)
)

// alike gives n equal servers.
func alike(n int, s server) []server {
	all := make([]server, n)
	for i := range all {
		all[i] = s
	}
	return all
}
