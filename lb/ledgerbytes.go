package lb

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// A ledger on a wire. Hashing scatters the slots of a member over all of them, so runs of one owner
// are hardly longer than one slot, while few pairs of owner and epoch are different. So the pairs
// are listed once, and each slot has the number of its pair in as few bits as that takes:
//
//	u8 format = 1 │ u8 bits │ count, members │ count, tenures │ slots
//
//	member = size (1 to 255), id, incarnation       by id, each has a slot
//	tenure = owner, since                           by owner and since, each has a slot
//	         owner: 0 nobody, else 1 + the number of the member
//	slots  = 1<<bits numbers of tenures of w bits each, the first in the lowest bits;
//	         w = the bits that the highest number takes; the last byte is filled with zeros
//
// All counts, sizes and numbers outside of slots are unsigned LEB128 in their shortest form. So a
// ledger has one encoding. One of 10 members takes 8 KiB and a little more. The zero Ledger is
// 01 00.
const (
	ledgerFormat = 1
	maxIDBytes   = 255
)

// AppendLedger writes l to the end of dst. Of the members, it writes those that have a slot, and
// of these the id and the incarnation. Ids have 1 to 255 bytes.
func AppendLedger(dst []byte, l *Ledger) []byte {
	dst = append(dst, ledgerFormat, byte(l.bits))
	if l.bits == 0 {
		return dst
	}
	tenures := slices.Clone(l.rows)
	slices.SortFunc(tenures, row.compare)
	tenures = slices.Compact(tenures)
	owners := make([]int32, 0, len(l.members)) // those with a slot: rows are sorted, so these are
	for _, t := range tenures {
		if t.owner >= 0 && (len(owners) == 0 || owners[len(owners)-1] != t.owner) {
			owners = append(owners, t.owner)
		}
	}
	dst = binary.AppendUvarint(dst, uint64(len(owners)))
	for _, o := range owners {
		m := l.members[o]
		dst = binary.AppendUvarint(dst, uint64(len(m.ID)))
		dst = append(dst, m.ID...)
		dst = binary.AppendUvarint(dst, m.Incarnation)
	}
	dst = binary.AppendUvarint(dst, uint64(len(tenures)))
	for _, t := range tenures {
		at, _ := slices.BinarySearch(owners, t.owner)
		if t.owner >= 0 {
			at++
		}
		dst = binary.AppendUvarint(dst, uint64(at))
		dst = binary.AppendUvarint(dst, t.since)
	}
	return l.appendSlots(dst, tenures)
}

// appendSlots writes the number of each slot's tenure.
func (l *Ledger) appendSlots(dst []byte, tenures []row) []byte {
	width := bits.Len(uint(len(tenures) - 1))
	at, pending, have := len(dst), uint64(0), 0
	dst = append(dst, make([]byte, packedSize(len(l.rows), width))...)
	for _, r := range l.rows {
		n, _ := slices.BinarySearchFunc(tenures, r, row.compare)
		pending |= uint64(n) << have
		for have += width; have >= 8; have -= 8 {
			dst[at] = byte(pending)
			pending >>= 8
			at++
		}
	}
	if have > 0 {
		dst[at] = byte(pending)
	}
	return dst
}

// packedSize is the number of bytes of so many numbers of so many bits.
func packedSize(count, width int) int { return (count*width + 7) / 8 }

// compare orders rows by owner and time, nobody first.
func (r row) compare(other row) int {
	if r.owner != other.owner {
		return int(r.owner) - int(other.owner)
	}
	switch {
	case r.since < other.since:
		return -1
	case r.since > other.since:
		return 1
	}
	return 0
}

// ConsumeLedger reads what AppendLedger wrote from the beginning of b, and gives its size. It takes
// nothing else: a ledger has one encoding. What it allocates is in proportion to b, and it keeps
// nothing of b. The members have no weights and no Data; see With.
func ConsumeLedger(b []byte) (l *Ledger, n int, err error) {
	r := ledgerReader{b: b}
	l = r.ledger()
	if r.err != nil {
		return nil, 0, fmt.Errorf("lb: ledger: offset %d: %w", r.at, r.err)
	}
	return l, r.at, nil
}

// ledgerReader reads a ledger up to the first mistake. at stays where that was found.
type ledgerReader struct {
	b   []byte
	at  int
	err error
}

func (r *ledgerReader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

func (r *ledgerReader) ledger() *Ledger {
	if len(r.b) < 2 {
		r.fail("cut short: %d bytes, want at least 2", len(r.b))
		return nil
	}
	if r.b[0] != ledgerFormat {
		r.fail("format %d, want %d", r.b[0], ledgerFormat)
		return nil
	}
	if r.at = 1; r.b[1] > MaxSlotBits {
		r.fail("slots of %d bits, want at most %d", r.b[1], MaxSlotBits)
		return nil
	}
	l := &Ledger{bits: int(r.b[1])}
	if r.at = 2; l.bits == 0 {
		return l
	}
	l.members = r.members(1 << l.bits)
	tenures := r.tenures(1<<l.bits, len(l.members))
	l.rows = r.slots(1<<l.bits, tenures)
	return l
}

// number reads an unsigned LEB128 of at most most.
func (r *ledgerReader) number(what string, most uint64) uint64 {
	if r.err != nil {
		return 0
	}
	v, n := binary.Uvarint(r.b[r.at:])
	switch {
	case n == 0:
		r.fail("%s is cut short", what)
	case n < 0:
		r.fail("%s is beyond 64 bits", what)
	case n > 1 && r.b[r.at+n-1] == 0:
		r.fail("%s is not in its shortest form", what)
	case v > most:
		r.fail("%s is %d, want at most %d", what, v, most)
	default:
		r.at += n
		return v
	}
	return 0
}

// members reads the members, which are fewer than there are bytes.
func (r *ledgerReader) members(most int) (ms []Member) {
	count := int(r.number("the number of members", uint64(min(most, len(r.b)/3))))
	for i := 0; i < count && r.err == nil; i++ {
		start := r.at
		size := int(r.number("the size of an id", maxIDBytes))
		if r.err != nil {
			return nil
		}
		if size == 0 || size > len(r.b)-r.at {
			r.fail("an id of %d bytes, want 1 to %d", size, len(r.b)-r.at)
			return nil
		}
		m := Member{ID: string(r.b[r.at : r.at+size]), Weight: 1}
		r.at += size
		m.Incarnation = r.number("an incarnation", 1<<64-1)
		if r.err == nil && i > 0 && strings.Compare(ms[i-1].ID, m.ID) >= 0 {
			r.at = start
			r.fail("id %q stands behind %q, want them in order", m.ID, ms[i-1].ID)
		}
		ms = append(ms, m)
	}
	return ms
}

// tenures reads the pairs of owner and epoch, in their order. Each member must have one.
func (r *ledgerReader) tenures(most, members int) (ts []row) {
	count := int(r.number("the number of tenures", uint64(min(most, len(r.b)/2))))
	if r.err == nil && count == 0 {
		r.fail("no tenures, want at least 1")
	}
	last := int32(-1)
	for i := 0; i < count && r.err == nil; i++ {
		start := r.at
		t := row{owner: int32(r.number("an owner", uint64(members))) - 1}
		t.since = r.number("an epoch", 1<<64-1)
		switch {
		case r.err != nil:
			return nil
		case i > 0 && ts[i-1].compare(t) >= 0:
			r.at = start
			r.fail("a tenure stands behind a later one")
		case t.owner > last+1:
			r.at = start
			r.fail("member %d has no tenure", last+1)
		}
		last = t.owner
		ts = append(ts, t)
	}
	if r.err == nil && int(last) != members-1 {
		r.fail("member %d has no tenure", last+1)
	}
	return ts
}

// slots reads the tenure of each slot. Each tenure must have one.
func (r *ledgerReader) slots(count int, tenures []row) []row {
	if r.err != nil {
		return nil
	}
	width := bits.Len(uint(len(tenures) - 1))
	size := packedSize(count, width)
	if size > len(r.b)-r.at {
		r.fail("%d bytes are left for the slots, want %d", len(r.b)-r.at, size)
		return nil
	}
	rows, used := make([]row, count), make([]bool, len(tenures))
	at, pending, have := r.at, uint64(0), 0
	for i := range rows {
		for ; have < width; have += 8 {
			pending |= uint64(r.b[at]) << have
			at++
		}
		n := int(pending & (1<<width - 1))
		pending >>= width
		have -= width
		if n >= len(tenures) {
			r.fail("slot %d has tenure %d, there are %d", i, n, len(tenures))
			return nil
		}
		rows[i], used[n] = tenures[n], true
	}
	if pending != 0 {
		r.fail("the last byte of the slots is not filled with zeros")
	}
	if i := slices.Index(used, false); i >= 0 {
		r.fail("tenure %d has no slot", i)
	}
	r.at += size
	return rows
}
