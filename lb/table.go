package lb

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"
)

const (
	// SlotBits is the usual number of bits of a slot. A service may announce another.
	SlotBits = 14
	// MaxSlotBits is the largest number of bits of a slot.
	MaxSlotBits = 16
)

// SlotOf gives the slot of a resource: the high bits of XXH64 of its name.
func SlotOf(resource string, bits int) int {
	return int(xxhash.Sum64String(resource) >> (64 - bits))
}

// Table says which member owns a slot, by weighted rendezvous hashing: all callers with equal
// members and weights agree, without talking. Each member draws as many tickets for a slot as it
// has weight,
//
//	ticket t of member id for slot s  =  XXH64( LE32(s) ‖ LE32(t) ‖ id ),  0 ≤ t < weight
//
// and the owner is the member with the highest one; of two equals, the smaller id. The highest of
// w tickets beats that of one exactly w times as often, so shares are proportional without any
// arithmetic that could differ between languages. A member that comes takes only what it then
// owns, one that goes leaves only what it owned.
//
// A Table is immutable and safe for concurrent use. Build it away from the calls: a hundred
// members take 30 ms, and one more or less about half a millisecond.
type Table struct {
	bits    int
	members []Member // by id
	slots   []slot   // 1<<bits
}

// slot has the two members that rank highest.
type slot struct{ owner, deputy rank }

// rank is a member with its highest ticket. Nobody is the member -1.
type rank struct {
	ticket uint64
	member int32
}

// before says whether a ranks higher than b. Somebody ranks higher than nobody.
func (a rank) before(b rank) bool {
	if b.member < 0 || a.member < 0 {
		return a.member >= 0
	}
	return a.ticket > b.ticket || a.ticket == b.ticket && a.member < b.member
}

// offer puts r where it belongs.
func (s *slot) offer(r rank) {
	switch {
	case r.before(s.owner):
		s.owner, s.deputy = r, s.owner
	case r.before(s.deputy):
		s.deputy = r
	}
}

var vacant = slot{owner: rank{member: -1}, deputy: rank{member: -1}}

// NewTable makes the table of some members, with 1<<bits slots. Bits are limited to the range
// from 1 to MaxSlotBits. The members are copied.
func NewTable(members []Member, bits int) *Table {
	bits = min(max(bits, 1), MaxSlotBits)
	empty := &Table{bits: bits, slots: make([]slot, 1<<bits)}
	for i := range empty.slots {
		empty.slots[i] = vacant
	}
	return empty.Update(members)
}

// Owner gives the member that owns the resource, or nil if there is none. It is lent: the table's
// own, not to be changed.
func (t *Table) Owner(resource string) *Member { return t.member(t.slot(resource).owner) }

// Deputy gives the member that would own the resource if its owner were gone, or nil.
func (t *Table) Deputy(resource string) *Member { return t.member(t.slot(resource).deputy) }

// OwnerOf gives the member that owns a slot, or nil if there is none or no such slot.
func (t *Table) OwnerOf(slot int) *Member {
	if slot < 0 || slot >= len(t.slots) {
		return nil
	}
	return t.member(t.slots[slot].owner)
}

// Bits gives the number of bits of a slot.
func (t *Table) Bits() int { return t.bits }

func (t *Table) slot(resource string) *slot { return &t.slots[SlotOf(resource, t.bits)] }

func (t *Table) member(r rank) *Member {
	if r.member < 0 {
		return nil
	}
	return &t.members[r.member]
}

// Update makes the table of another member set, from this one: it draws only the tickets that
// are new, and ranks anew only the slots that have lost one of their two.
func (t *Table) Update(members []Member) *Table {
	next := &Table{bits: t.bits, members: normalize(members), slots: make([]slot, len(t.slots))}
	moved, drawn := t.compare(next)
	hats := make([]hat, len(next.members))
	for m := range hats {
		hats[m] = newHat(next.members[m].ID)
	}
	for i, s := range t.slots {
		if lost(moved, s.owner) || lost(moved, s.deputy) {
			next.slots[i] = vacant
			for m, tickets := range drawn {
				if tickets > 0 {
					next.slots[i].offer(rank{hats[m].draw(i, 0, tickets), int32(m)})
				}
			}
			continue
		}
		s.owner.renumber(moved)
		s.deputy.renumber(moved)
		next.slots[i] = s
	}
	for m, tickets := range drawn {
		if all := next.members[m].Weight; tickets < all {
			for i := range next.slots {
				next.slots[i].raise(rank{hats[m].draw(i, tickets, all), int32(m)})
			}
		}
	}
	return next
}

// compare gives the new index of each old member, -1 if its tickets are void, and how many
// tickets each new member has drawn already. Fewer than before make the old ones void: one of
// those that it has lost may be its highest.
func (t *Table) compare(next *Table) (moved []int32, drawn []int) {
	moved, drawn = make([]int32, len(t.members)), make([]int, len(next.members))
	n := 0
	for i, m := range t.members {
		moved[i] = -1
		for n < len(next.members) && next.members[n].ID < m.ID {
			n++
		}
		if n < len(next.members) && next.members[n].ID == m.ID && next.members[n].Weight >= m.Weight {
			moved[i], drawn[n] = int32(n), m.Weight
		}
	}
	return moved, drawn
}

func lost(moved []int32, r rank) bool { return r.member >= 0 && moved[r.member] < 0 }

func (r *rank) renumber(moved []int32) {
	if r.member >= 0 {
		r.member = moved[r.member]
	}
}

// raise is offer for a member that may have a rank already, with a lower ticket or not.
func (s *slot) raise(r rank) {
	switch r.member {
	case s.owner.member:
		s.owner.ticket = max(s.owner.ticket, r.ticket)
	case s.deputy.member:
		r.ticket = max(s.deputy.ticket, r.ticket)
		s.deputy = vacant.deputy
		s.offer(r)
	default:
		s.offer(r)
	}
}

// hat is what a member draws its tickets from: the bytes that are hashed, the slot and the number
// of the ticket before the id.
type hat []byte

func newHat(id string) hat { return append(make(hat, 8, 8+len(id)), id...) }

// draw gives the highest of the tickets first ≤ t < end.
func (h hat) draw(slot, first, end int) (ticket uint64) {
	binary.LittleEndian.PutUint32(h, uint32(slot))
	for t := first; t < end; t++ {
		binary.LittleEndian.PutUint32(h[4:], uint32(t))
		ticket = max(ticket, xxhash.Sum64(h))
	}
	return ticket
}
