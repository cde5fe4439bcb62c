package lb

// Ledger says which member owns a slot where resources must stay with the instance that serves
// them, whoever joins or leaves. A Table cannot promise that, as a join moves part of the slots.
// So the keeper of the leases writes down who has each slot and since when, and changes as little
// as it can:
//
//	slot is            it goes to
//	──────────────     ─────────────────────────────────────────────────────
//	live               its owner, as before
//	idle or free       its owner in the table, so that the fleet levels out
//
// A slot is live while its owner is a member and does not say that it is idle. It is free when its
// owner is gone, or was restarted: another incarnation has none of the resources.
//
// A Ledger is immutable and safe for concurrent use. The zero value has no slots.
type Ledger struct {
	bits    int
	members []Member
	rows    []row
}

type row struct {
	owner int32  // index into members, -1: nobody
	since uint64 // the epoch in which it became the owner
}

// Update makes the ledger that follows l when the members are those of t. The epoch must be higher
// than that of all updates before. idle tells of a slot whether its owner has given it up or has
// never used it; nil means that all slots are in use. If t has another number of slots all begin
// anew.
func (l *Ledger) Update(epoch uint64, t *Table, idle func(slot int) bool) *Ledger {
	next := &Ledger{bits: t.bits, members: t.members, rows: make([]row, len(t.slots))}
	survivors := l.survivors(t)
	for slot := range next.rows {
		was, to := row{owner: -1}, t.slots[slot].owner.member
		if len(l.rows) == len(next.rows) {
			was = l.rows[slot]
		}
		if was.owner >= 0 {
			was.owner = survivors[was.owner]
		}
		live := was.owner >= 0 && (idle == nil || !idle(slot))
		if !live && to != was.owner {
			was = row{owner: to, since: epoch}
		}
		next.rows[slot] = was
	}
	return next
}

// survivors gives the index in t of each member of l, -1 if that life of it is over.
func (l *Ledger) survivors(t *Table) []int32 {
	index := make(map[life]int32, len(t.members))
	for i, m := range t.members {
		index[m.life()] = int32(i)
	}
	to := make([]int32, len(l.members))
	for i, m := range l.members {
		to[i] = -1
		if at, ok := index[m.life()]; ok {
			to[i] = at
		}
	}
	return to
}

// Owner gives the member that owns a resource, and the epoch in which it got it: a number that
// never decreases for a slot, and thus tells storage which of two owners is the later one. There
// is no owner, and a nil Member, only if there were no members.
func (l *Ledger) Owner(resource string) (owner *Member, since uint64) {
	return l.OwnerOf(SlotOf(resource, l.bits))
}

// OwnerOf gives the owner of a slot, as Owner does of a resource.
func (l *Ledger) OwnerOf(slot int) (owner *Member, since uint64) {
	if slot < 0 || slot >= len(l.rows) {
		return nil, 0
	}
	r := l.rows[slot]
	if r.owner < 0 {
		return nil, r.since
	}
	return &l.members[r.owner], r.since
}

// Strays gives the slots that are not where the table of the last Update has them: those that a
// rebalancing would move, by asking their owners to give them up.
func (l *Ledger) Strays(t *Table) (slots []int) {
	for slot := range l.rows {
		owner, _ := l.OwnerOf(slot)
		if home := t.OwnerOf(slot); home != nil && (owner == nil || owner.ID != home.ID) {
			slots = append(slots, slot)
		}
	}
	return slots
}
