package wire

import (
	"encoding/binary"
	"math"
	"unsafe"
)

// vector reads a vector into a slice or an array.
func (d *decoder) vector(b []byte, i int, p *plan, ptr unsafe.Pointer) int {
	if b[i] != tagVector {
		return d.mismatch(b, i, p)
	}
	v, _, end := vectorHead(b, i)
	if end < 0 || p.op == opArray && v.count != p.length {
		return d.mismatch(b, i, p)
	}
	if !d.enter(i) {
		return -1
	}
	to, room := ptr, v.count
	var h *sliceHeader
	if p.op == opSlice {
		if p.elem.size > 16 {
			room = 1 // only what has arrived may take more than that for each byte
		}
		h = (*sliceHeader)(ptr)
		d.resize(h, p, room)
		to = h.data
	}
	switch {
	case v.kind == vectorF64 && p.elem.op == opFloat64:
		if !copyFloats(unsafe.Slice((*uint64)(to), v.count), v.data) {
			return d.mismatch(b, i, p)
		}
	case !v.finite():
		return d.mismatch(b, i, p)
	case v.kind <= vectorI64 && p.elem.op == opInt64:
		v.copyInts(unsafe.Slice((*int64)(to), v.count))
	default:
		if !d.numbers(i, v, p, h, to) {
			return -1
		}
	}
	d.depth--
	return end
}

// floatLists reads points, rows of matrices and the like: elements of plan p that are short vectors
// of float64. It stops at the first that is anything else, or has memory already, and returns how
// many it has read.
func (d *decoder) floatLists(b []byte, at, count int, p *plan, to unsafe.Pointer) (k, next int) {
	if d.depth >= MaxDepth {
		return 0, at
	}
	for ; k < count && len(b)-at > 3 && b[at] == tagVector && b[at+1] == vectorF64; k++ {
		n := int(b[at+2])
		h := (*sliceHeader)(unsafe.Add(to, uintptr(k)*p.size))
		if n == 0 || n >= varintTwo || 8*n > len(b)-at-3 || h.data != nil {
			break
		}
		data := d.memory.take(p, p.typ, n)
		if !copyFloats(unsafe.Slice((*uint64)(data), n), b[at+3:]) {
			break
		}
		*h = sliceHeader{data, n, n}
		at += 3 + 8*n
	}
	return k, at
}

// numbers reads the elements of the vector at offset i one by one.
func (d *decoder) numbers(i int, v Vector, p *plan, h *sliceHeader, to unsafe.Pointer) bool {
	var item [16]byte
	elem := p.elem
	for k := range v.count {
		if h != nil && k == h.len {
			d.extend(h, p, min(v.count, 2*k))
			to = h.data
		}
		at := unsafe.Add(to, uintptr(k)*elem.size)
		switch {
		case elem.op == opFloat64 && v.IsFloat():
			*(*float64)(at) = v.Float(k)
		case elem.op >= opInt8 && elem.op <= opUint64 && !v.IsFloat() &&
			storeInteger(elem.op, magnitude(v.Int(k)), v.Int(k) < 0, at):
		default:
			one := v.appendItem(item[:0], k)
			if d.value(one[:len(one):len(one)], 0, elem, at) < 0 {
				d.scan.err.Offset = i
				d.scan.err.within(indexStep(k))
				return false
			}
		}
	}
	return true
}

// magnitude is n for a number that is n or -1-n.
func magnitude(v int64) uint64 {
	if v < 0 {
		return uint64(^v)
	}
	return uint64(v) & math.MaxInt64
}

// copyFloats reads the bits of packed float64 and reports whether all are finite.
func copyFloats(dst []uint64, data []byte) bool {
	data = data[:8*len(dst)]
	ok := true
	for i := range dst {
		bits := load64(data[8*i:])
		ok = ok && finite(bits)
		dst[i] = bits
	}
	return ok
}

// copyInts reads packed integers.
func (v Vector) copyInts(dst []int64) {
	data := v.data
	for i := range dst {
		switch v.kind {
		case vectorU8:
			dst[i] = int64(data[i])
		case vectorI16:
			dst[i] = int64(int16(binary.LittleEndian.Uint16(data[2*i:])))
		case vectorI32:
			dst[i] = int64(int32(binary.LittleEndian.Uint32(data[4*i:])))
		default:
			dst[i] = int64(binary.LittleEndian.Uint64(data[8*i:]))
		}
	}
}
