// Package keyset finds duplicate keys in objects that are read or written in one pass.
//
// A key is named by where its encoded form (varint length, text) begins in the bytes at hand, so a
// set holds no text. The sets of nested objects lie on one stack; small ones need no allocation
// once the stack has grown, large ones take at most 32 bytes a key. Keys chosen by an attacker
// cannot make it slow: a small set is compared at most 32 times, a large one is hashed with a
// secret seed.
//
// A Stack belongs to one goroutine. It never allocates from a claimed number of keys.
package keyset

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"math/bits"
)

// listMax is how many keys of one object are kept as a list, behind a filter of 64 bits.
const listMax = 32

// listsLen is how many keys the lists of all open objects may hold together; further keys go into
// tables. It is the memory of a Stack, which lies on the goroutine's own stack.
const listsLen = 64

var seed = maphash.MakeSeed()

// Stack holds the keys of all objects that are open: 0 ≤ len ≤ listsLen. A key is its hash in the
// high half and its offset in the low half. The zero value is ready.
type Stack struct {
	lists [listsLen]uint64
	len   int
	spare []uint64 // a table that is used by no set
}

// Set is the keys of one object: a part of the stack's lists, or an own table once there are many.
type Set struct {
	mark   int      // where the list begins
	filter uint64   // bits of the hashes in the list
	table  []uint64 // open addressing, 0 is free; its length is a power of two
	used   int      // keys in the table
}

// Open begins the set of an object inside those that are open.
func (s *Stack) Open() Set { return Set{mark: s.len} }

// Close ends the set opened last.
func (s *Stack) Close(set *Set) {
	s.len = set.mark
	if len(set.table) > len(s.spare) {
		s.spare = set.table
	}
}

// Reset forgets all sets, and tables too large to be kept.
func (s *Stack) Reset() {
	s.len = 0
	if len(s.spare) > spareMax {
		s.spare = nil
	}
}

// spareMax is the largest table that is kept for further messages.
const spareMax = 1 << 10

// Add puts the key that is encoded as b[start:end] into the set opened last; false means that the
// set has it. All keys of a set are in the same b, below 4 GiB, at an offset above 0.
func (s *Stack) Add(set *Set, b []byte, start, end int) bool {
	if set.table != nil {
		return s.addToTable(set, b, start, end)
	}
	h := quickHash(b[start:end])
	bit := uint64(1) << (h >> 26)
	if set.filter&bit != 0 {
		for _, old := range s.lists[set.mark:s.len] {
			if uint32(old>>32) == h && same(b, uint32(old), start, end) {
				return false
			}
		}
	}
	if s.len == listsLen || s.len-set.mark == listMax {
		s.rehash(set, b, 4*listMax)
		return s.addToTable(set, b, start, end)
	}
	set.filter |= bit
	s.lists[s.len] = slot(h, start)
	s.len++
	return true
}

func (s *Stack) addToTable(set *Set, b []byte, start, end int) bool {
	mask := uint32(len(set.table) - 1)
	h := secretHash(b[start:end])
	i := h & mask
	for ; set.table[i] != 0; i = (i + 1) & mask {
		if old := set.table[i]; uint32(old>>32) == h && same(b, uint32(old), start, end) {
			return false
		}
	}
	set.table[i] = slot(h, start)
	if set.used++; set.used > len(set.table)/2 {
		s.rehash(set, b, 4*len(set.table))
	}
	return true
}

// rehash moves the keys of set, list or table, into a table of at least the given size.
func (s *Stack) rehash(set *Set, b []byte, size int) {
	old := set.table
	if old == nil {
		old = s.lists[set.mark:s.len]
		s.len = set.mark
	}
	table := s.spare
	if s.spare = nil; len(table) < size || len(table) > 4*size {
		table = make([]uint64, size) // a much larger one would take longer to clear
	}
	clear(table)
	mask := uint32(len(table) - 1)
	set.table, set.used = table, 0
	for _, key := range old {
		if key == 0 {
			continue
		}
		start := int(uint32(key))
		h := secretHash(b[start:extent(b, start)])
		i := h & mask
		for table[i] != 0 {
			i = (i + 1) & mask
		}
		table[i] = slot(h, start)
		set.used++
	}
}

func slot(hash uint32, start int) uint64 { return uint64(hash)<<32 | uint64(uint32(start)) }

func secretHash(key []byte) uint32 { return uint32(maphash.Bytes(seed, key)) }

// same compares whole encoded keys. A key's own length stands first, so that no key is the
// beginning of another.
func same(b []byte, old uint32, start, end int) bool {
	first := int(old)
	return bytes.Equal(b[first:first+end-start], b[start:end])
}

// extent is the end of the encoded key at b[start:], which was read before.
func extent(b []byte, start int) int {
	switch t := b[start]; {
	case t < 0xF0:
		return start + 1 + int(t)
	case t < 0xF8:
		return start + 2 + 240 + int(t&7)<<8 + int(b[start+1])
	case t == 0xF8:
		return start + 3 + int(binary.LittleEndian.Uint16(b[start+1:]))
	}
	return start + 5 + int(binary.LittleEndian.Uint32(b[start+1:]))
}

// quickHash mixes the length with the first and the last bytes of a key.
func quickHash(key []byte) uint32 {
	n := len(key)
	var x, y uint64
	switch {
	case n >= 8:
		x = binary.LittleEndian.Uint64(key)
		y = binary.LittleEndian.Uint64(key[n-8:])
	case n >= 4:
		x = uint64(binary.LittleEndian.Uint32(key))
		y = uint64(binary.LittleEndian.Uint32(key[n-4:]))
	default:
		for _, c := range key {
			x = x<<8 | uint64(c)
		}
	}
	x = (x ^ bits.RotateLeft64(y, 29) ^ uint64(n)) * 0x9E3779B97F4A7C15
	return uint32(x >> 32)
}
