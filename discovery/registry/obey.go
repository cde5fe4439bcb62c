package registry

import (
	"time"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/lb"
)

// obey does what an instance orders. An error ends its stream, and not its lease.
func (k *keeper) obey(now time.Duration, st *seat, o order) error {
	m := st.member
	switch {
	case st.over != nil:
		return st.over
	case st.leaves:
		return nil // it has crossed the goodbye
	case m == nil:
		return engine.Errorf(engine.NotLeased, "the instance has left")
	case !st.orders.take(now, 1):
		return engine.Errorf(engine.ResourceExhausted, "too many orders: %d each second are enough",
			orderPerSecond)
	}
	if err := k.checkOrder(st, &o); err != nil {
		return err
	}
	k.renew(now, m)
	switch o.Op {
	case opRenew:
	case opRelease:
		k.release(now, m, o)
	case opClaim:
		k.claim(now, m, o)
	case opDrain:
		if !m.Draining {
			m.Draining = true
			k.spoil(now, m.service)
		}
	case opLeave:
		k.leave(now, m)
		st.leaves = true
	default:
		return engine.Errorf(engine.InvalidArgument, "op %q is not known", o.Op)
	}
	st.heard = o.Seq
	if s := st.service; s.next == nil && !k.isDirty(s) {
		st.done = o.Seq
	}
	k.touch(st)
	return nil
}

// release notes which slots a member gives up: of those that it has held since the order's epoch,
// or since before. Their calls wait until somebody else is told to have them.
func (k *keeper) release(now time.Duration, m *member, o order) {
	s := m.service
	for _, slot := range o.Slots {
		if since, ok := s.holds(m, slot); ok && since <= o.Epoch && !s.released[slot] {
			s.released[slot] = true
			k.hasten(now, s)
		}
	}
}

// holds says whether a member has a slot, and since when.
func (s *service) holds(m *member, slot int) (since uint64, ok bool) {
	if s.ledger == nil {
		return 0, false
	}
	owner, since := s.ledger.OwnerOf(slot)
	return since, owner != nil && owner.ID == m.ID && owner.Incarnation == m.Incarnation
}

// claim gives a member back what it held before the keeper began. It is all or nothing: one that
// claims a slot too many waits for a view that says what it has. A lease that goes on needs no view
// to begin with.
func (k *keeper) claim(now time.Duration, m *member, o order) {
	s := m.service
	if !k.inGrace() || m.level < levelLeased || m.since != 0 && m.since <= m.seat.epoch {
		return
	}
	if s.ledger == nil {
		s.table = lb.NewTable(nil, k.bits)
		s.ledger = new(lb.Ledger).Update(0, nil, s.table, nil)
	}
	ledger := s.ledger
	for _, t := range o.Held {
		next, ok := ledger.Claim(m.asMember(), t.Since, t.Slots)
		if !ok {
			return
		}
		ledger = next
	}
	s.ledger, m.since = ledger, m.seat.epoch
	k.outdo(now, s, o.Epoch)
	k.spoil(now, s)
}

// leave ends a membership at once.
func (k *keeper) leave(now time.Duration, m *member) {
	s := m.service
	k.drop(m)
	s.lost = false
	k.spoil(now, s)
}

// asMember is what package lb knows of a member.
func (m *member) asMember() lb.Member {
	return lb.Member{ID: m.ID, Incarnation: m.Incarnation, Weight: m.Weight}
}
