package wire

import (
	"math"
	"math/bits"
	"unsafe"
)

// The functions of this file write one value that begins at p+n, and return where it ends. They
// look at no bounds: there is room for the value, and backRoom bytes behind it may be written over,
// as what belongs there is written later.

// backRoom is what may be written over behind what is written: a word.
const backRoom = 8

// frontInt writes an integer.
func frontInt(p unsafe.Pointer, n int, v int64) int {
	switch {
	case uint64(v) < tagText:
		put8(p, n, byte(v))
		return n + 1
	case v >= 0:
		return frontWide(p, n, tagUint, uint64(v))
	case v >= -16:
		put8(p, n, tagSmallNeg|byte(^v))
		return n + 1
	}
	return frontWide(p, n, tagNegative, uint64(^v))
}

// frontWide writes an integer with a tag and the fewest bytes.
func frontWide(p unsafe.Pointer, n int, tag byte, v uint64) int {
	width := (bits.Len64(v) + 7) >> 3
	put8(p, n, tag-1+byte(width))
	put64(p, n+1, v)
	return n + 1 + width
}

// frontFloat writes a float, which is finite.
func frontFloat(p unsafe.Pointer, n int, v float64) int {
	if short := float32(v); float64(short) == v {
		put8(p, n, tagFloat32)
		put32(p, n+1, math.Float32bits(short))
		return n + 5
	}
	put8(p, n, tagFloat64)
	put64(p, n+1, math.Float64bits(v))
	return n + 9
}
