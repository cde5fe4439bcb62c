package registry

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/lb"
	"github.com/leverrpc/lever/wire"
)

// edition is one state of a service, as it is shown. Immutable.
type edition struct {
	epoch     uint64
	instances []instance // by id
	ledger    []byte     // as lb.AppendLedger writes it; empty: nobody takes slots
	raw       wire.Raw   // the view
}

// spoil notes that the newest edition of a service is not true any more. Changes that come soon
// after one another make one edition.
func (k *keeper) spoil(now time.Duration, s *service) {
	if k.isDirty(s) {
		return
	}
	s.dirtyAt = now
	if s.shown != nil {
		s.dirtyAt = max(s.pace.ready(now, s.viewCost()), s.shownAt+k.config.Debounce)
	}
	k.dirty[s] = struct{}{}
}

// hasten is spoil for a change that somebody waits for: it is made as soon as the pace of the
// service's views allows.
func (k *keeper) hasten(now time.Duration, s *service) {
	k.spoil(now, s)
	s.dirtyAt = min(s.dirtyAt, s.pace.ready(now, s.viewCost()))
}

// viewCost is what an edition counts for: the more streams it is told to, the rarer it should be.
func (s *service) viewCost() float64 {
	return float64(min(1+len(s.seats)/viewCheap, viewCostMax))
}

func (k *keeper) isDirty(s *service) bool {
	_, dirty := k.dirty[s]
	return dirty
}

// deadline gives the time at which due has something to do; ok is false if nothing is to come.
func (k *keeper) deadline() (at time.Duration, ok bool) {
	sooner := func(t time.Duration) {
		if !ok || t < at {
			at, ok = t, true
		}
	}
	if m := k.leases.first; m != nil {
		sooner(m.renewed + k.config.TTL)
	}
	if k.inGrace() {
		sooner(k.graceEnd)
	}
	for s := range k.dirty {
		if s.next == nil {
			sooner(s.dirtyAt)
		}
	}
	return at, ok
}

// due ends what is over, and gives the services that have a new edition, by target. It has to be
// saved, and then published.
func (k *keeper) due(now time.Duration) (changed []*service) {
	k.rest(now)
	if k.inGrace() && now >= k.graceEnd {
		k.graceEnd = 0
		for _, s := range k.services {
			k.spoil(now, s)
			for st := range s.seats {
				k.touch(st)
			}
		}
	}
	for m := k.leases.first; m != nil && now >= m.renewed+k.config.TTL; m = k.leases.first {
		k.expire(now, m)
	}
	for s := range k.dirty {
		if s.next == nil && now >= s.dirtyAt {
			changed = append(changed, s)
		}
	}
	slices.SortFunc(changed, func(a, b *service) int { return strings.Compare(a.target, b.target) })
	for _, s := range changed {
		delete(k.dirty, s)
		s.pace.take(now, s.viewCost())
		k.edit(s)
	}
	return changed
}

// rest gives all leases the time back in which nobody looked: if this process, or its machine, was
// stopped, the renewals that came meanwhile wait to be read. Leases may always last longer.
func (k *keeper) rest(now time.Duration) {
	if pause := now - k.looked; pause > pauseMax {
		for m := k.leases.first; m != nil; m = m.next {
			m.renewed = min(m.renewed+pause, now)
		}
	}
	k.looked = now
}

// expire ends a lease that was not renewed.
func (k *keeper) expire(now time.Duration, m *member) {
	k.end(m.seat, engine.Errorf(engine.NotLeased, "the lease is over: nothing was heard for %v",
		k.config.TTL))
	s := m.service
	k.drop(m)
	s.lost = true
	k.spoil(now, s)
}

// edit makes the next edition of a service.
func (k *keeper) edit(s *service) {
	s.epoch++
	e := &edition{epoch: s.epoch, instances: []instance{}}
	for _, m := range s.members {
		e.instances = append(e.instances, m.instance)
		if m.since == 0 {
			m.since = s.epoch
		}
	}
	s.kept = s.kept || len(s.members) > 0
	slices.SortFunc(e.instances, func(a, b instance) int { return cmp.Compare(a.ID, b.ID) })
	if k.allot(s); s.ledger != nil {
		e.ledger = lb.AppendLedger(nil, s.ledger)
	}
	e.raw = e.encode(s.lost && len(s.members) == 0)
	for st := range s.seats {
		st.covered = st.heard
	}
	s.next = e
}

// allot gives slots to those who take them. During the grace nobody is given any.
func (k *keeper) allot(s *service) {
	var alive, takers []lb.Member
	for _, m := range s.elders {
		alive = append(alive, m.asMember())
	}
	for id, m := range s.members {
		if m.level < levelLeased || s.elders[id] != nil {
			continue
		}
		alive = append(alive, m.asMember())
		if !m.Draining && !k.inGrace() {
			takers = append(takers, m.asMember())
		}
	}
	if len(alive) == 0 {
		s.ledger, s.table = nil, nil
		clear(s.released)
		return
	}
	if s.table == nil {
		s.table = lb.NewTable(nil, k.bits)
	}
	if s.ledger == nil {
		s.ledger = new(lb.Ledger)
	}
	s.table = s.table.Update(takers)
	s.ledger = s.ledger.Update(s.epoch, alive, s.table, func(slot int) bool { return s.released[slot] })
	clear(s.released)
}

// encode gives the edition as a view.
func (e *edition) encode(lost bool) wire.Raw {
	raw, err := wire.Append(nil, view{
		Epoch: e.epoch, Instances: e.instances, Ledger: e.ledger, Lost: lost,
	})
	if err != nil {
		panic("registry: a view cannot be encoded: " + err.Error()) // its texts were checked
	}
	return raw
}

// publish shows editions that were saved.
func (k *keeper) publish(now time.Duration, changed []*service) {
	for _, s := range changed {
		s.shown, s.next, s.shownAt = s.next, nil, now
		settled := !k.isDirty(s)
		for st := range s.seats {
			if st.done = max(st.done, st.covered); settled {
				st.done = st.heard
			}
			k.touch(st)
		}
		k.forget(s)
	}
}
