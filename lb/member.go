package lb

import (
	"cmp"
	"slices"
)

// MaxWeight is the largest weight of a member; larger ones count as MaxWeight.
const MaxWeight = 64

// Member is what discovery knows of one instance.
type Member struct {
	// ID names the instance for as long as it lives. It is not its address: instances behind one
	// address in turn have different ids.
	ID string

	// Incarnation tells apart lives of an instance that keeps its id when it is restarted. Of two
	// members with one id the higher incarnation counts.
	Incarnation uint64

	// Weight is the member's share of the work relative to the others, 1 to MaxWeight. Zero and
	// negative mean 1.
	Weight int

	// Zone is where the instance runs; see Config.Zone.
	Zone string

	// Tier orders groups of members: those of tier 1 are used when less than half of tier 0 can
	// be, and so on. Negative means 0.
	Tier int

	// Data is the caller's own record, such as the connection. A Picker takes it from the first
	// Update that brings the member, and keeps it.
	Data any
}

// life is the identity of a member whose statistics are worth keeping.
type life struct {
	id          string
	incarnation uint64
}

func (m Member) life() life { return life{m.ID, m.Incarnation} }

// normalize gives the members sorted by id, with one life of each and weights in range. The
// argument is left as it is.
func normalize(members []Member) []Member {
	ms := slices.Clone(members)
	slices.SortFunc(ms, func(a, b Member) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(b.Incarnation, a.Incarnation))
	})
	ms = slices.CompactFunc(ms, func(a, b Member) bool { return a.ID == b.ID })
	for i := range ms {
		ms[i].Weight = min(max(ms[i].Weight, 1), MaxWeight)
		ms[i].Tier = max(ms[i].Tier, 0)
	}
	return ms
}
