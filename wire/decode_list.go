package wire

import (
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
	if b[i]&0xF0 != tagArray {
		return d.vector(b, i, p, ptr)
	}
	count, at, end := containerAt(b, i, 1)
	if end < 0 {
		return d.mismatch(b, i, p)
	}
	if !d.enter(i) {
		return -1
	}
	h := (*sliceHeader)(ptr)
	if count == 0 {
		h.empty()
		d.depth--
		return end
	}
	first, room := count, firstBytes*(end-at)
	if uintptr(count)*p.elem.size > uintptr(room) {
		first = min(count, max(4, room/int(p.elem.size)))
	}
	d.resize(h, p, first)
	if at = d.items(b[:end], at, count, p, h, h.data); at < 0 {
		h.len = 0
		return -1
	}
	if at != end {
		h.len = 0
		return d.fail(unfilled(at, end, count))
	}
	d.depth--
	return end
}

// items reads the elements of an array, or of a slice that has room for some of them: then h is it.
func (d *decoder) items(b []byte, at, count int, p *plan, h *sliceHeader, to unsafe.Pointer) int {
	elem, k := p.elem, 0
	if elem.op == opSlice && elem.elem.op == opFloat64 {
		room := count
		if h != nil {
			room = h.len
		}
		k, at = d.floatLists(b, at, room, elem, to)
	}
	for ; k < count; k++ {
		if h != nil && k == h.len {
			d.extend(h, p, min(count, 2*k))
			to = h.data
		}
		item := unsafe.Add(to, uintptr(k)*elem.size)
		if elem.op == opStruct && at < len(b) && b[at]&0xF0 == tagObject {
			at = d.object(b, at, elem, item, nil)
		} else {
			at = d.item(b, at, elem, item)
		}
		if at < 0 {
			d.scan.err.within(indexStep(k))
			return -1
		}
	}
	return at
}

// item is value, with the commonest elements first.
func (d *decoder) item(b []byte, at int, elem *plan, to unsafe.Pointer) int {
	if at < len(b) {
		switch t := b[at]; {
		case elem.op == opStruct:
			if t&0xF0 == tagObject {
				return d.object(b, at, elem, to, nil)
			}
		case elem.op == opSlice:
			if t&0xF0 == tagArray || t == tagVector {
				return d.slice(b, at, elem, to)
			}
		case elem.op <= opString:
			if n := d.common(b, at, elem.op, to); n > 0 {
				return at + n
			}
		}
	}
	return d.value(b, at, elem, to)
}

// nothing is where empty slices that are not nil point to.
var nothing [8]byte

// empty makes a slice that is not nil and has no elements.
func (h *sliceHeader) empty() {
	if h.len = 0; h.data == nil {
		h.data, h.cap = unsafe.Pointer(&nothing), 0
	}
}

// resize gives a slice n zero elements, n > 0, in the memory that it has if that is enough.
func (d *decoder) resize(h *sliceHeader, p *plan, n int) {
	if n <= h.cap && h.data != nil {
		h.len = n
		reflect.NewAt(p.typ, unsafe.Pointer(h)).Elem().Clear()
		return
	}
	h.data = d.memory.take(p, p.typ, n)
	h.len, h.cap = n, n
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
	if at = d.items(b[:end], at, count, p, nil, ptr); at < 0 {
		return -1
	}
	if at != end {
		return d.fail(unfilled(at, end, count))
	}
	d.depth--
	return end
}
