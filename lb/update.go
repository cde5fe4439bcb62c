package lb

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Update replaces the member set. Endpoints of members that stay keep their statistics, and take
// the new weight, zone and tier. Those of removed are never picked again; calls that are in
// flight there still end with Done. The slice is copied.
func (p *Picker) Update(now time.Duration, members []Member) (added, removed []*Endpoint) {
	ms := subset(normalize(members), p.config.Subset, p.config.Caller)
	p.mu.Lock()
	defer p.mu.Unlock()
	next := make(map[life]*Endpoint, len(ms))
	for _, m := range ms {
		e := p.endpoints[m.life()]
		if e == nil {
			e = newEndpoint(p, m, now)
			added = append(added, e)
		} else {
			e.record.member = m
		}
		next[m.life()] = e
	}
	for l, e := range p.endpoints {
		if next[l] == nil {
			e.record.gone = true
			e.pickable.Store(false)
			if e.ejectedUntil.Swap(0) != 0 {
				p.ejected.Add(-1)
			}
			removed = append(removed, e)
		}
	}
	slices.SortFunc(removed, func(a, b *Endpoint) int { return cmp.Compare(a.ID(), b.ID()) })
	p.endpoints = next
	p.readmit(now)
	p.publish(now)
	return added, removed
}

// Busy reports whether calls or streams are under way at any member.
func (p *Picker) Busy() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.endpoints {
		if e.calls.Load() > 0 || e.streams.Load() > 0 {
			return true
		}
	}
	return false
}

// SetState says whether the endpoint may be picked. The change is seen by the next Pick.
func (e *Endpoint) SetState(now time.Duration, s State) {
	p := e.picker
	p.mu.Lock()
	defer p.mu.Unlock()
	if e.record.state == s {
		return
	}
	e.record.state = s
	if s == Ready {
		e.readyAt.CompareAndSwap(notYet, int64(now))
		// The record was made on an earlier connection; silence since then was not a stall.
		e.progressAt.Store(int64(now))
	}
	if !e.record.gone {
		p.publish(now)
	}
}

// State gives what SetState has set.
func (e *Endpoint) State() State {
	e.picker.mu.Lock()
	defer e.picker.mu.Unlock()
	return e.record.state
}

// Changed gives a channel that is closed when the members or their states change. Ask for it
// before Pick, and wait for it after an error.
func (p *Picker) Changed() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.changed == nil {
		p.changed = make(chan struct{})
	}
	return p.changed
}

// Endpoints gives the endpoints of all members, sorted by id.
func (p *Picker) Endpoints() []*Endpoint {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sorted()
}

func (p *Picker) sorted() []*Endpoint {
	all := make([]*Endpoint, 0, len(p.endpoints))
	for _, e := range p.endpoints {
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b *Endpoint) int { return cmp.Compare(a.ID(), b.ID()) })
	return all
}

// publish makes a snapshot of what may be picked. The caller holds mu.
func (p *Picker) publish(now time.Duration) {
	all := p.sorted()
	s := &snapshot{members: len(all)}
	s.refreshedAt.Store(int64(now))
	if len(all) == 0 {
		s.emptiness = ErrEmpty
	} else if s.candidates = p.admit(all); len(s.candidates) == 0 {
		s.emptiness = ErrUnready
	}
	s.weigh()
	young := 0
	for _, c := range s.candidates {
		c.record.admitted = true
		if int64(now)-c.readyAt.Load() < int64(p.slowStart) {
			young++
		}
	}
	// When most of a fleet is new there is nobody to take the work off it.
	s.ramping = young > 0 && 2*young <= len(s.candidates)
	for _, e := range all {
		e.pickable.Store(e.record.admitted)
		e.record.admitted = false
	}
	storeFloat(&s.reference, loadFloat(&p.current.Load().reference))
	s.measure()
	p.current.Store(s)
	if p.changed != nil {
		close(p.changed)
		p.changed = nil
	}
}

// admit gives the ready endpoints of the first tier, and of the next ones as long as less than
// half of a tier is ready and not ejected.
func (p *Picker) admit(all []*Endpoint) (candidates []candidate) {
	byTier := slices.Clone(all)
	slices.SortStableFunc(byTier, func(a, b *Endpoint) int {
		return cmp.Compare(a.record.member.Tier, b.record.member.Tier)
	})
	for len(byTier) > 0 {
		size, healthy := 0, 0
		for _, e := range byTier {
			if e.record.member.Tier != byTier[0].record.member.Tier {
				break
			}
			size++
			if e.record.state == Ready {
				candidates = append(candidates, candidate{Endpoint: e, zone: p.zone(e.record.member)})
				if e.ejectedUntil.Load() == 0 {
					healthy++
				}
			}
		}
		if 2*healthy >= size {
			break
		}
		byTier = byTier[size:]
	}
	return candidates
}

// zone gives the factor for the distance of a member.
func (p *Picker) zone(m Member) float64 {
	if p.config.Zone == "" || m.Zone == p.config.Zone {
		return 1
	}
	return max(p.config.ZoneFactor, 1)
}

// weigh sets what depends on the weights of all candidates.
func (s *snapshot) weigh() {
	weights := make([]float64, len(s.candidates))
	least, most := math.Inf(1), 0.0
	for i, c := range s.candidates {
		weights[i] = float64(c.record.member.Weight)
		least, most = min(least, weights[i]), max(most, weights[i])
	}
	for i := range s.candidates {
		s.candidates[i].size = weights[i] / least
	}
	if least < most {
		s.weights = newAlias(weights)
	}
}
