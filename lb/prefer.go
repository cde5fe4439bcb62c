package lb

import "time"

// preference is how much more the first endpoint of a key may cost than the second before the
// key spills over. It bounds what a hot key does to one endpoint.
const preference = 2

// Prefer is Pick for a key that has a home: first, usually the owner of the key in a Table, as
// long as it costs no more than twice as much as second, the deputy. It serves caches, which like
// to see a key again but need not. If neither can be picked it is Pick. Either may be nil.
func (p *Picker) Prefer(now time.Duration, rnd uint64, tried []*Endpoint, first, second *Endpoint) (*Endpoint, error) {
	s := p.current.Load()
	s.refresh(now)
	ref := loadFloat(&s.reference)
	luck := s.luck(rnd)
	a, b := s.price(now, ref, luck, first, tried), s.price(now, ref, luck, second, tried)
	home := first
	if a > preference*b {
		a, home = b, second
	}
	if a >= probingCost {
		return p.Pick(now, rnd, tried)
	}
	home.begin(now, ref, s.ramping)
	return home, nil
}

// price gives the cost of an endpoint for a key. Weights and zones do not count: the table that
// gave the key its home has seen to the former, and the latter would move the home of a key.
func (s *snapshot) price(now time.Duration, ref, luck float64, e *Endpoint, tried []*Endpoint) float64 {
	if e == nil || !e.pickable.Load() {
		return ejectedCost
	}
	for _, t := range tried {
		if t == e {
			return ejectedCost
		}
	}
	c := candidate{Endpoint: e, size: 1, zone: 1}
	cost, _ := c.cost(now, ref, 0, luck)
	return cost
}
