package lb

import (
	"errors"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"
)

// Why Pick gave nothing.
var (
	// ErrEmpty means that no member is known.
	ErrEmpty = errors.New("lb: no instance is known")
	// ErrUnready means that there are members, but none is Ready.
	ErrUnready = errors.New("lb: no instance is ready")
	// ErrTried means that every Ready member was tried already.
	ErrTried = errors.New("lb: every ready instance was tried")
)

// Config tells a Picker what it should prefer. Its zero value works.
type Config struct {
	// Initial is the state of new endpoints. Zero means Ready: they may be picked at once, and
	// whoever picks one connects it.
	Initial State

	// SlowStart is the time in which a new endpoint comes to its full share. Zero means 10 s;
	// negative means at once.
	SlowStart time.Duration

	// Zone is where the caller runs. Empty means that zones do not matter.
	Zone string

	// ZoneFactor is by how much a call to another zone costs more. With 2, others get work when
	// the own zone has twice as much in flight. Below 1, and so zero too, it means 1.
	ZoneFactor float64

	// Subset is how many of the members to use if there are more, to save connections; each
	// caller uses others. Zero and negative mean all; from 1 to 20 it means 20.
	Subset int

	// Caller names the caller, for its choice of a subset.
	Caller string

	// Seed makes the times of ejections of callers differ.
	Seed uint64
}

// Picker chooses an endpoint for each call. Safe for concurrent use; Pick and Done take no lock.
type Picker struct {
	config    Config
	slowStart time.Duration
	current   atomic.Pointer[snapshot]
	ejected   atomic.Int32 // written under mu

	mu        sync.Mutex // guards what follows
	endpoints map[life]*Endpoint
	seed      uint64
	changed   chan struct{} // nil: nobody asked
}

// NewPicker makes a Picker without members.
func NewPicker(c Config) *Picker {
	p := &Picker{config: c, slowStart: c.SlowStart, seed: c.Seed}
	if p.slowStart == 0 {
		p.slowStart = 10 * time.Second
	}
	p.endpoints = make(map[life]*Endpoint)
	p.current.Store(&snapshot{emptiness: ErrEmpty})
	return p
}

const (
	// scanMax is up to how many endpoints all are compared. It is what saves small fleets: with
	// 2 of 4 nodes slow, one pair in six has no good one.
	scanMax = 8
	// redraws is how often Pick draws two more when the better of two is degraded. It is what
	// saves large fleets; in a healthy one it never happens.
	redraws = 3
)

// Pick chooses the endpoint for a call that starts now, and counts the call until Done. rnd is 64
// random bits. Endpoints in tried are left out. If nothing is healthy the least bad is given: an
// error means that there is nobody to ask.
func (p *Picker) Pick(now time.Duration, rnd uint64, tried []*Endpoint) (*Endpoint, error) {
	s := p.current.Load()
	n := len(s.candidates)
	if n == 0 {
		return nil, s.emptiness
	}
	s.refresh(now)
	var best choice
	if n <= scanMax {
		best = s.scan(now, rnd, tried)
	} else {
		best = s.draw(now, rnd, tried)
	}
	if best.endpoint == nil {
		return nil, ErrTried
	}
	best.endpoint.begin(now)
	return best.endpoint, nil
}

// choice is the best endpoint so far.
type choice struct {
	endpoint *Endpoint
	cost     float64
	degraded bool
}

// offer makes c the choice if it is better than the one so far.
func (best *choice) offer(s *snapshot, c *candidate, now time.Duration, tried []*Endpoint) {
	for _, t := range tried {
		if t == c.Endpoint {
			return
		}
	}
	cost, degraded := c.cost(now, s)
	if best.endpoint == nil || cost < best.cost {
		*best = choice{c.Endpoint, cost, degraded}
	}
}

// scan compares all candidates. It starts anywhere, so that equal ones get equal shares.
func (s *snapshot) scan(now time.Duration, rnd uint64, tried []*Endpoint) (best choice) {
	n := len(s.candidates)
	at := s.sample(uint32(rnd))
	for range n {
		best.offer(s, &s.candidates[at], now, tried)
		if at++; at == n {
			at = 0
		}
	}
	return best
}

// draw compares two candidates, and more as long as the best of them is degraded.
func (s *snapshot) draw(now time.Duration, rnd uint64, tried []*Endpoint) (best choice) {
	for range 1 + redraws {
		a, b := s.pair(rnd)
		best.offer(s, &s.candidates[a], now, tried)
		best.offer(s, &s.candidates[b], now, tried)
		if best.endpoint != nil && !best.degraded {
			return best
		}
		rnd = mix(rnd)
	}
	if best.endpoint == nil || best.cost >= probingCost {
		return s.scan(now, rnd, tried)
	}
	return best
}

// mix gives the random number that follows x (splitmix64).
func mix(x uint64) uint64 {
	x += 0x9E3779B97F4A7C15
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}

// scale maps 32 random bits to 0 ≤ at < n; rest has the random bits that are left over.
func scale(rnd uint32, n int) (at int, rest uint32) {
	hi, lo := bits.Mul32(rnd, uint32(n))
	return int(hi), lo
}
