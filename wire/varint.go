package wire

import (
	"encoding/binary"
	"math"
)

// The boundaries of the varint forms: below, one byte; up to twoMax, two; up to 65,535, three.
const (
	varintTwo   = 240
	varintThree = 2288
	varintFive  = 1 << 16
)

// varintSize is the number of bytes that v takes.
func varintSize(v int) int {
	switch {
	case v < varintTwo:
		return 1
	case v < varintThree:
		return 2
	case v < varintFive:
		return 3
	}
	return 5
}

// putVarint writes v at b[n:], which has five bytes of room, and returns the offset after it.
func putVarint(b []byte, n, v int) int {
	switch {
	case v < varintTwo:
		b[n] = byte(v)
		return n + 1
	case v < varintThree:
		v -= varintTwo
		b[n], b[n+1] = 0xF0|byte(v>>8), byte(v)
		return n + 2
	case v < varintFive:
		b[n] = 0xF8
		binary.LittleEndian.PutUint16(b[n+1:], uint16(v))
		return n + 3
	}
	b[n] = 0xF9
	binary.LittleEndian.PutUint32(b[n+1:], uint32(v))
	return n + 5
}

func appendVarint(b []byte, v int) []byte {
	if v < varintTwo {
		return append(b, byte(v))
	}
	var buf [8]byte
	return append(b, buf[:putVarint(buf[:], 0, v)]...)
}

// varint reads the varint at b[i:] and returns the offset after it, or -1 if it is cut off or not
// in its shortest form. diagnose tells the two apart when somebody wants to know.
func varint(b []byte, i int) (v, next int) {
	if i < len(b) && b[i] < varintTwo {
		return int(b[i]), i + 1
	}
	return varintLong(b, i)
}

func varintLong(b []byte, i int) (v, next int) {
	if i >= len(b) {
		return 0, -1
	}
	rest := len(b) - i
	switch t := b[i]; {
	case t < 0xF8:
		if rest < 2 {
			return 0, -1
		}
		return varintTwo + int(t&7)<<8 + int(b[i+1]), i + 2
	case t == 0xF8:
		if rest < 3 {
			return 0, -1
		}
		v = int(binary.LittleEndian.Uint16(b[i+1:]))
		if v < varintThree {
			return 0, -1
		}
		return v, i + 3
	case t == 0xF9:
		if rest < 5 {
			return 0, -1
		}
		u := binary.LittleEndian.Uint32(b[i+1:])
		if u < varintFive {
			return 0, -1
		}
		// Where int has 32 bits the excess is larger than any input all the same.
		return int(min(uint64(u), math.MaxInt)), i + 5
	}
	return 0, -1
}
