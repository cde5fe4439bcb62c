package wire

import (
	"math"
	"unsafe"
)

// The store functions set a Go value from the tag of an encoded one and the eight bytes behind it,
// and return how many bytes it takes, of which the caller sees whether they are there. 0 means that
// it is of another kind, or not in its shortest form.

func storeWide(t byte, word uint64, o op, to unsafe.Pointer) int {
	w := &widths[t&7]
	word &= w.mask
	if t-tagUint >= 8 || word <= w.below || word > math.MaxInt64 && o == opInt64 {
		return 0
	}
	*(*uint64)(to) = word
	return 2 + int(t&7)
}

func storeBool(t byte, to unsafe.Pointer) int {
	if t -= tagFalse; t > 1 {
		return 0
	}
	*(*byte)(to) = t
	return 1
}

func storeFloat(t byte, word uint64, to unsafe.Pointer) int {
	if t != tagFloat64 || !finite(word) || fitsFloat32(math.Float64frombits(word)) {
		return 0
	}
	*(*uint64)(to) = word
	return 9
}

func storeShortFloat(t byte, word uint64, to unsafe.Pointer) int {
	if t != tagFloat32 || word&0x7F800000 == 0x7F800000 {
		return 0
	}
	*(*float64)(to) = float64(math.Float32frombits(uint32(word)))
	return 5
}

func storeNull(t byte, to unsafe.Pointer) int {
	if t != tagNull {
		return 0
	}
	*(*unsafe.Pointer)(to) = nil
	return 1
}

// storeEmpty makes a slice that is not nil and has no elements.
func (d *decoder) storeEmpty(t byte, to unsafe.Pointer) int {
	if t != tagArray || d.depth >= MaxDepth {
		return 0
	}
	(*sliceHeader)(to).empty()
	return 1
}

// common reads the commonest forms of numbers, bools and strings, for what stands in no struct. It
// returns the bytes that the value takes, or 0 if it is to be looked at again.
func (d *decoder) common(b []byte, i int, o op, to unsafe.Pointer) int {
	last := cap(b) - 8
	if last < 0 {
		return 0
	}
	t, word, n := b[i], wordAt(unsafe.Pointer(unsafe.SliceData(b)), i+1, last), 0
	switch o {
	case opString:
		n = 1 + int(t-tagText)
		if n > 1+shortTextMax || n > len(b)-i {
			return 0
		}
		text, ok := d.texts.take(b, i+1, i+n)
		if !ok {
			return 0
		}
		*(*string)(to) = text
	case opBool:
		n = storeBool(t, to)
	case opFloat64:
		if n = storeFloat(t, word, to); n == 0 {
			n = storeShortFloat(t, word, to)
		}
	case opFloat32:
	default:
		v := uint64(t)
		if n = 1; t >= tagText {
			n = storeWide(t, word, opUint64, unsafe.Pointer(&v))
		}
		if n == 0 || !storeInteger(o, v, false, to) {
			return 0
		}
	}
	if n > len(b)-i {
		return 0
	}
	return n
}
