package lb

import (
	"cmp"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// subsetMin is the least that a subset has: with fewer, a caller may see only bad ones.
const subsetMin = 20

// subset gives the size members that rendezvous hashing ranks first for the caller, by id again.
// A change of one member changes at most one of them.
func subset(members []Member, size int, caller string) []Member {
	if size <= 0 {
		return members
	}
	size = max(size, subsetMin)
	if len(members) <= size {
		return members
	}
	type ranked struct {
		Member
		rank uint64
	}
	all := make([]ranked, len(members))
	var h xxhash.Digest
	for i, m := range members {
		h.Reset()
		_, _ = h.WriteString(caller)
		_, _ = h.Write([]byte{0})
		_, _ = h.WriteString(m.ID)
		all[i] = ranked{m, h.Sum64()}
	}
	slices.SortFunc(all, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(b.rank, a.rank), cmp.Compare(a.ID, b.ID))
	})
	all = all[:size]
	slices.SortFunc(all, func(a, b ranked) int { return cmp.Compare(a.ID, b.ID) })
	chosen := make([]Member, size)
	for i, r := range all {
		chosen[i] = r.Member
	}
	return chosen
}
