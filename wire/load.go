package wire

import (
	"encoding/binary"
	"math"
	"unsafe"
)

// The readers of this file look at one header each. b is the whole message up to the end of the
// enclosing container, so that offsets are those of the message and len(b) is the limit; next or
// end is -1 if the header is malformed or cut off, and then diagnose(b, i) says how.

// textAt finds the text of the string at b[i].
func textAt(b []byte, i int) (start, end int) {
	t := b[i]
	if t >= tagText && t < tagArray {
		start, end = i+1, i+1+int(t-tagText)
		if end > len(b) {
			return 0, -1
		}
		return start, end
	}
	n, start := varint(b, i+1)
	if start < 0 || n <= shortTextMax || n > len(b)-start {
		return 0, -1
	}
	return start, start + n
}

// blockAt finds the content of a value whose tag at b[i] is followed by a varint length.
func blockAt(b []byte, i int) (start, end int) {
	n, start := varint(b, i+1)
	if start < 0 || n > len(b)-start {
		return 0, -1
	}
	return start, start + n
}

// keyAt finds the text of the key at b[i:].
func keyAt(b []byte, i int) (start, end int) {
	n, start := varint(b, i)
	if start < 0 || n > len(b)-start {
		return 0, -1
	}
	return start, start + n
}

// containerAt reads the header of an array (unit 1) or object (unit 2): unit is the least number
// of bytes that one child takes, so a count that the size cannot hold ends here.
func containerAt(b []byte, i, unit int) (count, start, end int) {
	count = int(b[i] & countFollows)
	switch count {
	case 0:
		return 0, i + 1, i + 1
	case countFollows:
		return containerMany(b, i, unit)
	}
	size, start := 0, i+2
	if i+1 < len(b) && b[i+1] < varintTwo {
		size = int(b[i+1])
	} else if size, start = varintLong(b, i+1); start < 0 {
		return 0, 0, -1
	}
	if size > len(b)-start || count*unit > size {
		return 0, 0, -1
	}
	return count, start, start + size
}

// containerMany is containerAt for a count that does not fit the tag.
func containerMany(b []byte, i, unit int) (count, start, end int) {
	if count, i = varint(b, i+1); i < 0 || count <= shortCountMax {
		return 0, 0, -1
	}
	size, start := varint(b, i)
	if start < 0 || size > len(b)-start || count > size/unit {
		return 0, 0, -1
	}
	return count, start, start + size
}

// wideAt reads an integer of tag B0-BF: its magnitude n, which stands for n or for -1-n.
func wideAt(b []byte, i int) (n uint64, next int) {
	t := b[i]
	width := int(t&7) + 1
	if width > len(b)-i-1 {
		return 0, -1
	}
	if cap(b)-i >= 9 {
		n = binary.LittleEndian.Uint64(b[i+1:i+9]) & (math.MaxUint64 >> (64 - 8*width))
	} else {
		for k := range width {
			n |= uint64(b[i+1+k]) << (8 * k)
		}
	}
	// The shortest form has a last byte that is not zero, and one byte is not enough for less
	// than what the tags below B0 and C0-CF hold.
	if n>>(8*width-8) == 0 {
		return 0, -1
	}
	if t < tagNegative {
		if n <= 63 {
			return 0, -1
		}
	} else if n <= 15 || n > math.MaxInt64 {
		return 0, -1
	}
	return n, i + 1 + width
}

// word loads eight bytes, which the caller knows to be in the message.
func word(base unsafe.Pointer, i int) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(base, i))[:])
}

// wordAt loads the eight bytes at i, with zeros for those behind the end of the message. The last
// eight that it has begin at last: 0 ≤ last, i ≤ last+8.
func wordAt(base unsafe.Pointer, i, last int) uint64 {
	if i <= last {
		return word(base, i)
	}
	return word(base, last) >> (8 * uint(i-last))
}

// widths are, for each number of bytes, the bits that count and what would be shorter.
var widths = [8]struct{ mask, below uint64 }{
	{1<<8 - 1, 63}, {1<<16 - 1, 1<<8 - 1}, {1<<24 - 1, 1<<16 - 1}, {1<<32 - 1, 1<<24 - 1},
	{1<<40 - 1, 1<<32 - 1}, {1<<48 - 1, 1<<40 - 1}, {1<<56 - 1, 1<<48 - 1}, {1<<64 - 1, 1<<56 - 1},
}

// floatAt reads a float of tag D4 or D5.
func floatAt(b []byte, i int) (f float64, next int) {
	if b[i] == tagFloat32 {
		if len(b)-i < 5 {
			return 0, -1
		}
		bits := binary.LittleEndian.Uint32(b[i+1:])
		if bits&0x7F800000 == 0x7F800000 {
			return 0, -1
		}
		return float64(math.Float32frombits(bits)), i + 5
	}
	if len(b)-i < 9 {
		return 0, -1
	}
	bits := binary.LittleEndian.Uint64(b[i+1:])
	f = math.Float64frombits(bits)
	if !finite(bits) || fitsFloat32(f) {
		return 0, -1
	}
	return f, i + 9
}

const floatExponent = 0x7FF0000000000000

func finite(bits uint64) bool { return bits&floatExponent != floatExponent }

// fitsFloat32 reports whether the four-byte form is the shortest one. f is finite.
func fitsFloat32(f float64) bool { return float64(float32(f)) == f }
