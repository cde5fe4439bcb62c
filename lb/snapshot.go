package lb

import (
	"sync/atomic"
	"time"
)

// snapshot is the set of endpoints that may be picked at present. It is immutable, except for
// the reference latency.
type snapshot struct {
	candidates []candidate
	members    int    // all of them, whatever their state
	weights    *alias // nil: all are equal
	emptiness  error  // why there are no candidates
	ramping    bool   // some endpoint is new, and most are not

	reference   atomic.Uint64 // the latency of a good endpoint, float64 nanoseconds; 0: unknown
	refreshedAt atomic.Int64
}

const (
	referenceAge = 50 * time.Millisecond // how long the reference latency is used
	ignoranceAge = time.Millisecond      // how long it may be unknown
)

// refresh computes the reference latency anew if it is old; one caller does it, others go on.
func (s *snapshot) refresh(now time.Duration) {
	at, limit := s.refreshedAt.Load(), referenceAge
	if s.reference.Load() == 0 {
		limit = ignoranceAge
	}
	if int64(now)-at >= int64(limit) && s.refreshedAt.CompareAndSwap(at, int64(now)) {
		s.measure()
	}
}

// measure finds the reference: the least slow average among endpoints that mostly succeed. The
// slow average is used because the least of many fast ones is a lucky streak, not a norm.
func (s *snapshot) measure() {
	var least float64
	for i := range s.candidates {
		c := &s.candidates[i]
		slow := loadFloat(&c.slowLatency)
		if slow > 0 && (least == 0 || slow < least) && loadFloat(&c.success) > 0.5 {
			least = slow
		}
	}
	if least > 0 {
		storeFloat(&s.reference, least)
	}
}

// luck gives the luck of a call: settled if nobody is new.
func (s *snapshot) luck(rnd uint64) float64 {
	if !s.ramping {
		return settled
	}
	return unit(mix(^rnd)) // not what decides ties
}

// sample gives the index of a candidate, drawn by weight.
func (s *snapshot) sample(rnd uint32) int {
	at, rest := scale(rnd, len(s.candidates))
	if s.weights != nil {
		return s.weights.resolve(at, rest)
	}
	return at
}

// pair gives the indexes of two different candidates; there must be two.
func (s *snapshot) pair(rnd uint64) (a, b int) {
	n := len(s.candidates)
	a = s.sample(uint32(rnd))
	if s.weights != nil {
		if b = s.sample(uint32(rnd >> 32)); b != a {
			return a, b
		}
	}
	b, _ = scale(uint32(rnd>>32), n-1)
	if b >= a {
		b++
	}
	return a, b
}

// alias draws indexes in proportion to weights, in one step (Vose's method): column i keeps the
// draw with probability keep[i]/2³², and passes it to other[i] else.
type alias struct {
	keep  []uint32
	other []int32
}

func (a *alias) resolve(at int, rest uint32) int {
	if rest <= a.keep[at] {
		return at
	}
	return int(a.other[at])
}

func newAlias(weights []float64) *alias {
	n := len(weights)
	a := &alias{keep: make([]uint32, n), other: make([]int32, n)}
	var sum float64
	for _, w := range weights {
		sum += w
	}
	var small, large []int32
	level := make([]float64, n)
	for i, w := range weights {
		level[i] = w * float64(n) / sum
		a.keep[i] = 1<<32 - 1
		a.other[i] = int32(i)
		if level[i] < 1 {
			small = append(small, int32(i))
		} else {
			large = append(large, int32(i))
		}
	}
	for len(small) > 0 && len(large) > 0 {
		poor, rich := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		a.keep[poor] = uint32(level[poor] * (1<<32 - 1))
		a.other[poor] = rich
		if level[rich] -= 1 - level[poor]; level[rich] < 1 {
			large = large[:len(large)-1]
			small = append(small, rich)
		}
	}
	return a
}
