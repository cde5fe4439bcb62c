package wire

import (
	"math/bits"
	"strconv"

	"github.com/leverrpc/lever/wire/internal/keyset"
	"github.com/leverrpc/lever/wire/internal/utf8scan"
)

// members is what an object had so far, but for the run: the fields from first up to the next one,
// which came one after the other.
type members struct {
	first int
	seen  uint64 // fields before the run, of a struct with at most 64
	rare  *rareMembers
}

// resume begins where generated code has left off.
func (m *members) resume(from *progress) {
	if !from.all {
		m.first, m.seen = from.next, from.seen
	}
}

// rareMembers is what most objects do not need. The decoder keeps those that are used by none.
type rareMembers struct {
	next      *rareMembers
	more      []uint64   // fields before the run, of a struct with more than 64
	strangers keyset.Set // keys that the struct does not have, once there is one
	open      bool       // strangers is in use
}

func (d *decoder) openRare(m *members) *rareMembers {
	if m.rare == nil {
		if m.rare = d.rare; m.rare == nil {
			m.rare = new(rareMembers)
		}
		d.rare = m.rare.next
	}
	return m.rare
}

func (d *decoder) closeRare(m *members) {
	if m.rare.open {
		d.scan.keys.Close(&m.rare.strangers)
	}
	clear(m.rare.more)
	*m.rare = rareMembers{next: d.rare, more: m.rare.more[:0]}
	d.rare = m.rare
}

// seek finds the field k of the key at b[at:], which is not field next, and where the run that begins
// with it must end. A k of -1 is no such field: then the next member is at after, or that is -1.
func (d *decoder) seek(b []byte, at, next int, p *plan, m *members) (k, stop, after int) {
	if k = p.object.find(b, at, next); k < 0 {
		return -1, 0, d.unknown(b, at, p, m)
	}
	if stop = d.jump(m, next, k, len(p.object.fields)); stop < 0 {
		return -1, 0, d.fail(duplicate(b, at))
	}
	return k, stop, at
}

// jump ends the run before field next and begins one at field k. It returns where that must end,
// because the next field has been there before; -1 if k itself has been.
func (d *decoder) jump(m *members, next, k, n int) (stop int) {
	if n > 64 {
		return d.openRare(m).jump(m, next, k, n)
	}
	m.seen |= 1<<next - 1<<m.first
	m.first = k
	later := m.seen >> k
	if later&1 != 0 {
		return -1
	}
	return min(n, k+bits.TrailingZeros64(later))
}

// jump is jump for a struct of more than 64 fields.
func (r *rareMembers) jump(m *members, next, k, n int) (stop int) {
	for len(r.more) < (n+63)/64 {
		r.more = append(r.more, 0)
	}
	for ; m.first < next; m.first++ {
		r.more[m.first/64] |= 1 << (m.first % 64)
	}
	m.first = k
	if r.has(k) {
		return -1
	}
	for stop = k + 1; stop < n && !r.has(stop); stop++ {
		if stop%64 == 0 && r.more[stop/64] == 0 {
			stop += 63
		}
	}
	return min(n, stop)
}

func (r *rareMembers) has(k int) bool { return r.more[k/64]>>(k%64)&1 != 0 }

// unknown steps over a member that the Go type does not have, with all checks, or refuses it.
func (d *decoder) unknown(b []byte, i int, p *plan, m *members) int {
	start, end := keyAt(b, i)
	if end < 0 {
		return d.fail(badKey(b, i))
	}
	if !utf8scan.Valid(b[start:end]) {
		return d.fail(notText(start, "key"))
	}
	r := d.openRare(m)
	if !r.open {
		r.strangers, r.open = d.scan.keys.Open(), true
	}
	if !d.scan.keys.Add(&r.strangers, b, i, end) {
		return d.fail(duplicate(b, i))
	}
	if d.strict {
		return d.fail(&Error{Offset: i, Text: "found the key " +
			strconv.Quote(clip(keyText(b, i))) + ", want one that Go " + p.typ.String() + " has"})
	}
	next := d.scan.value(b, end, d.depth)
	if next < 0 {
		d.scan.err.within(keyStep(string(b[start:end])))
	}
	return next
}
