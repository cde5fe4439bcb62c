package lb

import "slices"

// Ledger says which member owns a slot where resources must stay with the instance that serves
// them, whoever joins or leaves. A Table cannot promise that, as a join moves part of the slots.
// So the keeper of the leases writes down who has each slot and since when, and changes as little
// as it can:
//
//	slot is             it goes to
//	───────────────     ─────────────────────────────────────────────────────
//	held                its owner, as before
//	released or free    its owner in the table, so that the fleet levels out
//
// A slot is held while its owner is alive and has not released it. It is free when its owner is
// gone, or was restarted: another incarnation has none of the resources.
//
// A Ledger is immutable and safe for concurrent use. The zero value has no slots.
type Ledger struct {
	bits    int
	members []Member // by id
	rows    []row
}

type row struct {
	owner int32  // index into members, -1: nobody
	since uint64 // the epoch in which it became the owner
}

// Update makes the ledger that follows l. The epoch must be higher than that of all updates
// before. alive are the members whose leases hold, and t is the table of those of them that take
// slots: not of such that drain. released tells of a slot whether its owner has given it up; if
// the owner gets it back it has it since epoch. Nil means that none was. If t has another number
// of slots all begin anew.
func (l *Ledger) Update(epoch uint64, alive []Member, t *Table,
	released func(slot int) bool) *Ledger {
	next := &Ledger{bits: t.bits, members: normalize(alive), rows: make([]row, len(t.slots))}
	survivors, homes := next.find(l.members), next.find(t.members)
	for slot := range next.rows {
		was, to := row{owner: -1}, int32(-1)
		if len(l.rows) == len(next.rows) {
			was = l.rows[slot]
		}
		if was.owner >= 0 {
			was.owner = survivors[was.owner]
		}
		if was.owner < 0 || released != nil && released(slot) {
			if home := t.slots[slot].owner.member; home >= 0 {
				to = homes[home]
			}
			if to >= 0 || was.owner >= 0 {
				was = row{owner: to, since: epoch}
			}
		}
		next.rows[slot] = was
	}
	return next
}

// find gives the index in l of each member, -1 if that life of it is not in l.
func (l *Ledger) find(members []Member) []int32 {
	index := make(map[life]int32, len(l.members))
	for i, m := range l.members {
		index[m.life()] = int32(i)
	}
	at := make([]int32, len(members))
	for i, m := range members {
		at[i] = -1
		if n, ok := index[m.life()]; ok {
			at[i] = n
		}
	}
	return at
}

// With gives the same ledger with members whose Data is what data gives for each: a Ledger that
// came over a wire has none. The slots are shared, so it costs little.
func (l *Ledger) With(data func(Member) any) *Ledger {
	with := *l
	with.members = slices.Clone(l.members)
	for i, m := range with.members {
		with.members[i].Data = data(m)
	}
	return &with
}

// Bits gives the number of bits of a slot, zero for the zero value.
func (l *Ledger) Bits() int { return l.bits }

// Owner gives the member that owns a resource, and the epoch in which it got it: a number that
// never decreases for a slot, and thus tells storage which of two owners is the later one. There
// is no owner, and a nil Member, only if there was nobody to take it. The Member is lent: the
// ledger's own, not to be changed.
func (l *Ledger) Owner(resource string) (owner *Member, since uint64) {
	if len(l.rows) == 0 {
		return nil, 0
	}
	return l.holder(l.rows[SlotOf(resource, l.bits)])
}

// OwnerOf gives the owner of a slot, as Owner does of a resource.
func (l *Ledger) OwnerOf(slot int) (owner *Member, since uint64) {
	if slot < 0 || slot >= len(l.rows) {
		return nil, 0
	}
	return l.holder(l.rows[slot])
}

func (l *Ledger) holder(r row) (owner *Member, since uint64) {
	if r.owner < 0 {
		return nil, r.since
	}
	return &l.members[r.owner], r.since
}

// Strays gives the slots that are not where the table has them: those that a rebalancing would
// move, by asking their owners to give them up.
func (l *Ledger) Strays(t *Table) (slots []int) {
	for slot := range l.rows {
		owner, _ := l.OwnerOf(slot)
		if home := t.OwnerOf(slot); home != nil && (owner == nil || owner.life() != home.life()) {
			slots = append(slots, slot)
		}
	}
	return slots
}
