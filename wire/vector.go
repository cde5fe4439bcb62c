package wire

import (
	"encoding/binary"
	"math"
)

// A vector is an array of numbers of one width, packed, little-endian:
//
//	D9  kind (1 byte)  count (varint, at least 1)  count * width bytes
//
// It means the same as the array of those numbers and may stand wherever an array may.
const (
	vectorU8 = iota
	vectorI16
	vectorI32
	vectorI64
	vectorF32
	vectorF64
)

var vectorWidths = [...]uint8{vectorU8: 1, vectorI16: 2, vectorI32: 4, vectorI64: 8,
	vectorF32: 4, vectorF64: 8}

// vectorShifts are the widths as powers of two.
var vectorShifts = [...]uint8{vectorU8: 0, vectorI16: 1, vectorI32: 2, vectorI64: 3,
	vectorF32: 2, vectorF64: 3}

// Vector is a view of the packed numbers of one vector. It lends the bytes under it.
type Vector struct {
	kind  uint8
	count int
	data  []byte // lent, count * width bytes
}

// vectorAt reads the vector at b[i]; end is -1 if it is malformed. Its floats are finite.
func vectorAt(b []byte, i int) (v Vector, start, end int) {
	v, start, end = vectorHead(b, i)
	if end >= 0 && !v.finite() {
		return v, 0, -1
	}
	return v, start, end
}

// vectorHead is vectorAt without a look at the elements.
func vectorHead(b []byte, i int) (v Vector, start, end int) {
	if len(b)-i < 3 || int(b[i+1]) >= len(vectorWidths) {
		return v, 0, -1
	}
	v.kind = b[i+1]
	v.count, start = varint(b, i+2)
	if start < 0 || v.count == 0 || v.count > (len(b)-start)>>vectorShifts[v.kind] {
		return v, 0, -1
	}
	end = start + v.count<<vectorShifts[v.kind]
	v.data = b[start:end]
	return v, start, end
}

func (v Vector) finite() bool {
	switch v.kind {
	case vectorF32:
		for p := v.data; len(p) >= 4; p = p[4:] {
			if binary.LittleEndian.Uint32(p)&0x7F800000 == 0x7F800000 {
				return false
			}
		}
	case vectorF64:
		for p := v.data; len(p) >= 8; p = p[8:] {
			if !finite(binary.LittleEndian.Uint64(p)) {
				return false
			}
		}
	}
	return true
}

// Len is the number of elements.
func (v Vector) Len() int { return v.count }

// IsFloat reports whether the elements are floats, and not integers.
func (v Vector) IsFloat() bool { return v.kind >= vectorF32 }

// Int is element k of a vector of integers.
func (v Vector) Int(k int) int64 {
	switch v.kind {
	case vectorU8:
		return int64(v.data[k])
	case vectorI16:
		return int64(int16(binary.LittleEndian.Uint16(v.data[2*k:])))
	case vectorI32:
		return int64(int32(binary.LittleEndian.Uint32(v.data[4*k:])))
	}
	return int64(binary.LittleEndian.Uint64(v.data[8*k:]))
}

// Float is element k of a vector of floats.
func (v Vector) Float(k int) float64 {
	if v.kind == vectorF32 {
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(v.data[4*k:])))
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(v.data[8*k:]))
}

// appendItem writes element k as a value of its own.
func (v Vector) appendItem(dst []byte, k int) []byte {
	if v.IsFloat() {
		return AppendFloat64(dst, v.Float(k))
	}
	return AppendInt(dst, v.Int(k))
}
