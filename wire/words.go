package wire

import "unsafe"

// Words is a message of at least eight bytes as generated code reads it, eight bytes at a time. It
// lends the message, and is of no use to anybody else.
type Words struct {
	base unsafe.Pointer
	last int // where the last eight bytes begin, 0 or more
}

// At loads the eight bytes at offset i, which is not negative, the first one lowest. Those behind the
// end of the message are zero.
func (in Words) At(i int) uint64 { return wordAt(in.base, i, in.last) }

// Wide reads an integer of 64 or more that takes at most seven bytes. word is its tag and what is
// behind that; size is all that it takes, or 0 if there is something else.
func (Words) Wide(word uint64) (v uint64, size int) {
	t := byte(word) - tagUint
	w := &widths[t&7]
	v = word >> 8 & w.mask
	if t >= 7 || v <= w.below {
		return 0, 0
	}
	return v, int(t) + 2
}

// size is that of the message.
func (in Words) size() int { return in.last + 8 }

// upTo is the message up to an offset, which is not behind its end.
func (in Words) upTo(end int) []byte {
	return unsafe.Slice((*byte)(in.base), in.last+8)[:end]
}
