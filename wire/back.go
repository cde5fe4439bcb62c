package wire

import (
	"math"
	"math/bits"
	"unsafe"
)

// The functions of this file write one value, or a part of one, that ends at p+n, and return where
// it begins. They look at no bounds: there is room for the value, and frontRoom bytes in front of
// it may be written over, as what belongs there is written later.

// frontRoom is what may be written over in front of what is written: the longest key of a step.
const frontRoom = 32

// numberRoom is what a number takes at most.
const numberRoom = 9

// backInt writes an integer.
func backInt(p unsafe.Pointer, n int, v int64) int {
	switch {
	case uint64(v) < tagText:
		put8(p, n-1, byte(v))
		return n - 1
	case v >= 0:
		return backWide(p, n, tagUint, uint64(v))
	case v >= -16:
		put8(p, n-1, tagSmallNeg|byte(^v))
		return n - 1
	}
	return backWide(p, n, tagNegative, uint64(^v))
}

// backUint writes an integer that is not negative.
func backUint(p unsafe.Pointer, n int, v uint64) int {
	if v < tagText {
		put8(p, n-1, byte(v))
		return n - 1
	}
	return backWide(p, n, tagUint, v)
}

// backWide writes an integer with a tag and the fewest bytes.
func backWide(p unsafe.Pointer, n int, tag byte, v uint64) int {
	width := (bits.Len64(v) + 7) >> 3
	put64(p, n-8, v<<(-8*width&63))
	n -= width + 1
	put8(p, n, tag-1+byte(width))
	return n
}

// backFloat writes a float, which is finite.
func backFloat(p unsafe.Pointer, n int, v float64) int {
	if short := float32(v); float64(short) == v {
		put32(p, n-4, math.Float32bits(short))
		put8(p, n-5, tagFloat32)
		return n - 5
	}
	put64(p, n-8, math.Float64bits(v))
	put8(p, n-9, tagFloat64)
	return n - 9
}

// backVarint writes a size, a count or a length.
func backVarint(p unsafe.Pointer, n, v int) int {
	if v >= varintTwo {
		return backVarintLong(p, n, v)
	}
	n--
	put8(p, n, byte(v))
	return n
}

func backVarintLong(p unsafe.Pointer, n, v int) int {
	switch {
	case v < varintThree:
		v -= varintTwo
		put16(p, n-2, 0xF0|uint16(v>>8)|uint16(v)<<8)
		return n - 2
	case v < varintFive:
		put16(p, n-2, uint16(v))
		put8(p, n-3, 0xF8)
		return n - 3
	}
	put32(p, n-4, uint32(v))
	put8(p, n-5, 0xF9)
	return n - 5
}

// headRoom is what the header of a container takes at most.
const headRoom = 1 + 5 + 5

// backHead writes the header of a container with children, whose content goes from n to end.
func backHead(p unsafe.Pointer, n, end int, tag byte, count int) int {
	if size := end - n; size < varintTwo && count <= shortCountMax {
		put16(p, n-2, uint16(tag)|uint16(count)|uint16(size)<<8)
		return n - 2
	}
	n = backVarint(p, n, end-n)
	if count <= shortCountMax {
		put8(p, n-1, tag|byte(count))
		return n - 1
	}
	n = backVarint(p, n, count)
	put8(p, n-1, tag|countFollows)
	return n - 1
}

// backVector writes the head of a vector of count elements that end at p+n.
func backVector(p unsafe.Pointer, n, kind, count int) int {
	n = backVarint(p, n-count<<vectorShifts[kind], count)
	put16(p, n-2, tagVector|uint16(kind)<<8)
	return n - 2
}

// copyText copies a text to where it ends at p+n. The high bits of what it returns are zero if all
// of it is ASCII.
func copyText(p unsafe.Pointer, n int, src unsafe.Pointer, size int) (high uint64) {
	switch {
	case size > 32:
		// The last 32 bytes may overlap what is before them.
		for i := 0; i < size-32; i += 32 {
			high |= copy16(p, n-size+i, src, i) | copy16(p, n-size+i+16, src, i+16)
		}
		return high | copy16(p, n-32, src, size-32) | copy16(p, n-16, src, size-16)
	case size > 16:
		return copy16(p, n-size, src, 0) | copy16(p, n-16, src, size-16)
	case size >= 8:
		return copyTwice(p, n, src, size)
	case size >= 4:
		high = fewBytes(src, size)
	case size > 0:
		high = threeBytes(src, size)
	}
	put64(p, n-8, high)
	return high
}

// copy16 copies 16 bytes from src+i to p+n.
func copy16(p unsafe.Pointer, n int, src unsafe.Pointer, i int) uint64 {
	a, b := get64(src, i), get64(src, i+8)
	put64(p, n, a)
	put64(p, n+8, b)
	return a | b
}

// copyTwice copies 8 to 16 bytes to where they end at p+n: two words that overlap.
func copyTwice(p unsafe.Pointer, n int, src unsafe.Pointer, size int) uint64 {
	a, b := get64(src, 0), get64(src, size-8)
	put64(p, n-size, a)
	put64(p, n-8, b)
	return a | b
}

// fewBytes is a text of four to seven bytes in the upper bytes of a word: two halves that overlap.
func fewBytes(src unsafe.Pointer, size int) uint64 {
	return uint64(get32(src, size-4))<<32 | uint64(get32(src, 0))<<(-8*size&63)
}

// threeBytes is a text of one to three bytes in the upper bytes of a word: the first, the middle
// and the last one.
func threeBytes(src unsafe.Pointer, size int) uint64 {
	return uint64(get8(src, size-1))<<56 | uint64(get8(src, size>>1))<<(8*(size>>1-size)&63) |
		uint64(get8(src, 0))<<(-8*size&63)
}
