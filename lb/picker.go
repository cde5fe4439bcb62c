package lb

import (
	"errors"
	"math"
	"math/bits"
	"slices"
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
	if n == 1 && len(tried) == 0 {
		return s.sole(now), nil
	}
	s.refresh(now)
	c := choice{now: now, reference: loadFloat(&s.reference), tried: tried, snapshot: s, cost: math.Inf(1)}
	if s.weights != nil {
		c.round = unit(mix(rnd))
	}
	c.luck = s.luck(rnd)
	if n <= scanMax {
		c.scan(rnd)
	} else {
		c.draw(rnd)
	}
	if c.best == nil {
		return nil, ErrTried
	}
	c.best.begin(now, c.reference, s.ramping)
	return c.best, nil
}

// Sole is Pick where there is nothing to choose, and so nothing random to draw: it gives the only
// endpoint that may be picked, or nil if there are others, or none.
func (p *Picker) Sole(now time.Duration) *Endpoint {
	if s := p.current.Load(); len(s.candidates) == 1 {
		return s.sole(now)
	}
	return nil
}

// HasOthers reports whether Pick has somebody to give beside those that were tried. Members that
// drain, or whose tier is not used, are nobody.
func (p *Picker) HasOthers(tried []*Endpoint) bool {
	for _, c := range p.current.Load().candidates {
		if !slices.Contains(tried, c.Endpoint) {
			return true
		}
	}
	return false
}

// sole begins a call at the only candidate.
func (s *snapshot) sole(now time.Duration) *Endpoint {
	only := s.candidates[0].Endpoint
	only.begin(now, loadFloat(&s.reference), s.ramping)
	return only
}

// choice is a choice in progress: what it is about, and the best endpoint so far.
type choice struct {
	now       time.Duration
	reference float64
	round     float64 // 0 ≤ round < 1: the part of a round from which on it counts as one
	luck      float64 // which newcomers take it for grown up; settled: there is none
	tried     []*Endpoint
	*snapshot

	best     *Endpoint
	cost     float64 // infinite: there is none yet
	degraded bool
}

// skips says whether candidate i was tried already.
func (c *choice) skips(i int) bool {
	for _, t := range c.tried {
		if t == c.candidates[i].Endpoint {
			return true
		}
	}
	return false
}

// offer makes candidate i the choice if it is better than the one so far.
func (c *choice) offer(i int) {
	if len(c.tried) > 0 && c.skips(i) {
		return
	}
	candidate := &c.candidates[i]
	cost, degraded := candidate.cost(c.now, c.reference, c.round, c.luck)
	if cost < c.cost {
		c.best, c.cost, c.degraded = candidate.Endpoint, cost, degraded
	}
}

// scan compares all candidates. It starts anywhere, so that equal ones get equal shares, and ends
// early at one that is idle: nothing costs less than that.
func (c *choice) scan(rnd uint64) {
	if c.weights != nil {
		c.raffle(rnd)
		return
	}
	at := c.sample(uint32(rnd))
	for range c.candidates {
		c.offer(at)
		if c.cost == idleCost {
			return
		}
		if at++; at == len(c.candidates) {
			at = 0
		}
	}
}

// raffle compares all candidates, and draws among the cheapest by weight.
func (c *choice) raffle(rnd uint64) {
	var tickets float64
	for i := range c.candidates {
		candidate := &c.candidates[i]
		cost, degraded := candidate.cost(c.now, c.reference, c.round, c.luck)
		if cost > c.cost || c.skips(i) {
			continue
		}
		if cost < c.cost {
			tickets = 0
		}
		tickets += candidate.size
		rnd = mix(rnd)
		if unit(rnd)*tickets < candidate.size {
			c.best, c.cost, c.degraded = candidate.Endpoint, cost, degraded
		}
	}
}

// draw compares two candidates, and more as long as the best of them is degraded.
func (c *choice) draw(rnd uint64) {
	for range 1 + redraws {
		a, b := c.pair(rnd)
		c.offer(a)
		c.offer(b)
		if c.best != nil && !c.degraded {
			return
		}
		rnd = mix(rnd)
	}
	if c.best == nil || c.cost >= probingCost {
		c.scan(rnd)
	}
}

// mix gives the random number that follows x (splitmix64).
func mix(x uint64) uint64 {
	x += 0x9E3779B97F4A7C15
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}

// unit maps random bits to 0 ≤ x < 1.
func unit(rnd uint64) float64 { return float64(rnd>>11) / (1 << 53) }

// scale maps 32 random bits to 0 ≤ at < n; rest has the random bits that are left over.
func scale(rnd uint32, n int) (at int, rest uint32) {
	hi, lo := bits.Mul32(rnd, uint32(n))
	return int(hi), lo
}
