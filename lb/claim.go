package lb

import "slices"

// Claim makes the ledger in which m has some slots besides what it has in l, since an epoch that
// it names: for a keeper that has lost its own ledger, and learns from the members what they
// hold. It is not ok, and l stays as it is, if there is no such slot, or if the ledger knows
// better: that a slot is another member's, or m's since another epoch, or was somebody's later.
func (l *Ledger) Claim(m Member, since uint64, slots []int) (claimed *Ledger, ok bool) {
	next := &Ledger{bits: l.bits, members: normalize(append(slices.Clone(l.members), m))}
	moved := next.find(l.members)
	self := next.find([]Member{m})[0]
	if self < 0 || slices.Contains(moved, -1) { // there is another life of it
		return l, false
	}
	next.rows = slices.Clone(l.rows)
	for slot, r := range next.rows {
		if r.owner >= 0 {
			next.rows[slot].owner = moved[r.owner]
		}
	}
	for _, slot := range slots {
		if slot < 0 || slot >= len(next.rows) {
			return l, false
		}
		claim := row{owner: self, since: since}
		if r := next.rows[slot]; r != claim && (r.owner >= 0 || r.since > since) {
			return l, false
		}
		next.rows[slot] = claim
	}
	return next, true
}
