package wire

import (
	"math"
	"reflect"
	"unsafe"
)

// sliceHeader is how a slice lies in memory.
type sliceHeader struct {
	data     unsafe.Pointer
	len, cap int
}

// firstBytes bounds the memory that a slice takes before its first element has been read: this
// much for each byte of the encoded array.
const firstBytes = 32

// slice reads an array or vector into a slice, and reuses the memory that it has.
func (d *decoder) slice(b []byte, i int, p *plan, ptr unsafe.Pointer) int {
	if b[i] == tagVector {
		return d.vector(b, i, p, ptr)
	}
	if b[i]&0xF0 != tagArray {
		return d.mismatch(b, i, p)
	}
	count, at, end := containerAt(b, i, 1)
	if end < 0 {
		return d.mismatch(b, i, p)
	}
	if !d.enter(i) {
		return -1
	}
	b = b[:end]
	elem := p.elem
	h := (*sliceHeader)(ptr)
	first := count
	if room := firstBytes * (end - at); uintptr(count)*elem.size > uintptr(room) {
		first = min(count, max(4, room/int(elem.size)))
	}
	d.resize(h, p, first)
	for k := range count {
		if k == h.len {
			d.extend(h, p, min(count, 2*k))
		}
		to := unsafe.Add(h.data, uintptr(k)*elem.size)
		if elem.op <= opString {
			if next := d.common(b, at, elem.op, to); next > 0 {
				at = next
				continue
			}
		}
		if elem.op == opStruct && at < end && b[at] != tagNull {
			at = d.object(b, at, elem, to)
		} else {
			at = d.value(b, at, elem, to)
		}
		if at < 0 {
			h.len = 0
			d.scan.err.within(indexStep(k))
			return -1
		}
	}
	if at != end {
		h.len = 0
		return d.fail(unfilled(at, end, count))
	}
	d.depth--
	return end
}

// nothing is where empty slices that are not nil point to.
var nothing [8]byte

// resize gives a slice n zero elements, in the memory that it has if that is enough.
func (d *decoder) resize(h *sliceHeader, p *plan, n int) {
	switch {
	case n <= h.cap && h.data != nil:
		h.len = n
		if n > 0 {
			reflect.NewAt(p.typ, unsafe.Pointer(h)).Elem().Clear()
		}
	case n == 0:
		h.data, h.len, h.cap = unsafe.Pointer(&nothing), 0, 0
	default:
		h.data = d.memory.take(p, p.typ, n)
		h.len, h.cap = n, n
	}
}

// extend makes a slice longer, with zero elements behind the old ones.
func (d *decoder) extend(h *sliceHeader, p *plan, n int) {
	v := reflect.NewAt(p.typ, unsafe.Pointer(h)).Elem()
	old := h.len
	v.Grow(n - old)
	v.SetLen(n)
	v.Slice(old, n).Clear()
}

// array reads an array or vector of exactly the length of the Go array.
func (d *decoder) array(b []byte, i int, p *plan, ptr unsafe.Pointer) int {
	if b[i] == tagVector {
		return d.vector(b, i, p, ptr)
	}
	if b[i]&0xF0 != tagArray {
		return d.mismatch(b, i, p)
	}
	count, at, end := containerAt(b, i, 1)
	if end < 0 || count != p.length {
		return d.mismatch(b, i, p)
	}
	if !d.enter(i) {
		return -1
	}
	b = b[:end]
	for k := range count {
		to := unsafe.Add(ptr, uintptr(k)*p.elem.size)
		if at = d.value(b, at, p.elem, to); at < 0 {
			d.scan.err.within(indexStep(k))
			return -1
		}
	}
	if at != end {
		return d.fail(unfilled(at, end, count))
	}
	d.depth--
	return end
}

// vector reads a vector into a slice or an array.
func (d *decoder) vector(b []byte, i int, p *plan, ptr unsafe.Pointer) int {
	v, _, end := vectorHead(b, i)
	if end < 0 || p.op == opArray && v.count != p.length {
		return d.mismatch(b, i, p)
	}
	if !d.enter(i) {
		return -1
	}
	to := ptr
	if p.op == opSlice {
		h := (*sliceHeader)(ptr)
		d.resize(h, p, v.count)
		to = h.data
	}
	if v.kind == vectorF64 && p.elem.op == opFloat64 {
		if !copyFloats(unsafe.Slice((*uint64)(to), v.count), v.data) {
			return d.mismatch(b, i, p)
		}
		d.depth--
		return end
	}
	if !v.finite() {
		return d.mismatch(b, i, p)
	}
	var item [16]byte
	for k := range v.count {
		at := unsafe.Add(to, uintptr(k)*p.elem.size)
		switch {
		case p.elem.op == opFloat64 && v.IsFloat():
			*(*float64)(at) = v.Float(k)
		case p.elem.op >= opInt8 && p.elem.op <= opUint64 && !v.IsFloat() &&
			storeInteger(p.elem.op, magnitude(v.Int(k)), v.Int(k) < 0, at):
		default:
			one := v.appendItem(item[:0], k)
			if d.value(one[:len(one):len(one)], 0, p.elem, at) < 0 {
				d.scan.err.Offset = i
				d.scan.err.within(indexStep(k))
				return -1
			}
		}
	}
	d.depth--
	return end
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
