package wire

import (
	"math"
	"math/bits"
	"unsafe"
)

// vectorMin is the fewest numbers for which a vector is considered.
const vectorMin = 2

// numbers writes count numbers of one Go type as the vector of the narrowest fitting elements, or
// as an array where that is smaller.
func (e *encoder) numbers(n int, o op, ptr unsafe.Pointer, count int) int {
	switch o {
	case opFloat32:
		return e.floats32(n, unsafe.Slice((*float32)(ptr), count))
	case opFloat64:
		return e.floats(n, unsafe.Slice((*float64)(ptr), count))
	case opInt8:
		return integers(e, n, unsafe.Slice((*int8)(ptr), count))
	case opInt16:
		return integers(e, n, unsafe.Slice((*int16)(ptr), count))
	case opInt32:
		return integers(e, n, unsafe.Slice((*int32)(ptr), count))
	case opInt64:
		return integers(e, n, unsafe.Slice((*int64)(ptr), count))
	case opUint8:
		return integers(e, n, unsafe.Slice((*uint8)(ptr), count))
	case opUint16:
		return integers(e, n, unsafe.Slice((*uint16)(ptr), count))
	case opUint32:
		return integers(e, n, unsafe.Slice((*uint32)(ptr), count))
	}
	return integers(e, n, unsafe.Slice((*uint64)(ptr), count))
}

// floats writes a vector of float64, and then one of float32 in its place if that loses nothing.
func (e *encoder) floats(n int, s []float64) int {
	e.reserve(n, 8*len(s)+headRoom)
	p, short := e.top, true
	for i, v := range s {
		bits := math.Float64bits(v)
		if !finite(bits) {
			return e.fail(notFinite)
		}
		short = short && fitsFloat32(v)
		put64(p, n+8*(i-len(s)), bits)
	}
	if !short {
		return backVector(p, n, vectorF64, len(s))
	}
	for i, v := range s {
		put32(p, n+4*(i-len(s)), math.Float32bits(float32(v)))
	}
	return backVector(p, n, vectorF32, len(s))
}

func (e *encoder) floats32(n int, s []float32) int {
	e.reserve(n, 4*len(s)+headRoom)
	for i, v := range s {
		if v-v != 0 {
			return e.fail(notFinite)
		}
		put32(e.top, n+4*(i-len(s)), math.Float32bits(v))
	}
	return backVector(e.top, n, vectorF32, len(s))
}

type integer interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64
}

// integers writes a vector, or an array if that is smaller. Neither can fail.
func integers[T integer](e *encoder, n int, s []T) int {
	lo, hi, size := s[0], s[0], 0
	for _, v := range s {
		lo, hi = min(lo, v), max(hi, v)
		size += integerSize(int64(v), v > 0)
	}
	kind := vectorFor(int64(lo), uint64(max(hi, 0)))
	if kind < 0 || len(s)<<vectorShifts[kind] > size {
		return integerArray(e, n, s)
	}
	e.reserve(n, len(s)<<vectorShifts[kind]+headRoom)
	start := backVector(e.top, n, kind, len(s))
	for i := len(s) - 1; i >= 0; i-- {
		switch v := s[i]; kind {
		case vectorU8:
			n--
			put8(e.top, n, byte(v))
		case vectorI16:
			n -= 2
			put16(e.top, n, uint16(v))
		case vectorI32:
			n -= 4
			put32(e.top, n, uint32(v))
		default:
			n -= 8
			put64(e.top, n, uint64(v))
		}
	}
	return start
}

func integerArray[T integer](e *encoder, n int, s []T) int {
	e.reserve(n, len(s)*numberRoom+headRoom)
	end := n
	for i := len(s) - 1; i >= 0; i-- {
		if v := s[i]; v > 0 {
			n = backUint(e.top, n, uint64(v))
		} else {
			n = backInt(e.top, n, int64(v))
		}
	}
	return backHead(e.top, n, end, tagArray, len(s))
}

// integerSize is what an integer takes in an array.
func integerSize(v int64, positive bool) int {
	switch {
	case uint64(v) < tagText:
		return 1
	case positive:
		return 1 + (bits.Len64(uint64(v))+7)>>3
	case v >= -16:
		return 1
	}
	return 1 + (bits.Len64(uint64(^v))+7)>>3
}

// vectorFor is the narrowest element kind for integers within lo and hi; -1 if there is none.
func vectorFor(lo int64, hi uint64) int {
	switch {
	case lo >= 0 && hi <= math.MaxUint8:
		return vectorU8
	case lo >= math.MinInt16 && hi <= math.MaxInt16:
		return vectorI16
	case lo >= math.MinInt32 && hi <= math.MaxInt32:
		return vectorI32
	case hi <= math.MaxInt64:
		return vectorI64
	}
	return -1
}
