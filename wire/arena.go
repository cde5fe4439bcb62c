package wire

import (
	"reflect"
	"unsafe"
)

// arenas give decoded slices and pointers their memory. The first of a type gets exactly what it
// needs; when one message has many of them, the later ones are cut from larger pieces, so that a
// message of ten thousand small slices costs some hundred allocations. A slice that lives on keeps
// its piece alive, which is why no piece is larger than arenaBytes, but for one slice alone.
type arenas [arenaSlots]arena

const (
	arenaSlots = 8
	arenaBytes = 4 << 10
)

// arena is the piece of one element type that is in use: left elements are free at next.
type arena struct {
	elem *plan
	next unsafe.Pointer
	left int
	made int // elements of all pieces so far
}

// take returns zeroed memory for n elements, n > 0, for the slice or pointer type of p. t is a
// slice of the elements.
func (a *arenas) take(p *plan, t reflect.Type, n int) unsafe.Pointer {
	s := &a[p.slot%arenaSlots]
	if s.elem != p.elem {
		*s = arena{elem: p.elem} // another type had the place: the rest of its piece is lost
	}
	if s.left < n {
		return s.grow(t, n)
	}
	taken := s.next
	s.left -= n
	s.advance(n)
	return taken
}

// grow makes a piece, at most half as large as all before it, and cuts n elements from it.
func (s *arena) grow(t reflect.Type, n int) unsafe.Pointer {
	size := max(n, min(s.made/2, arenaBytes/int(max(s.elem.size, 1))))
	s.made += size
	p := s.elem.makeMany(t, size)
	s.next, s.left = p, size-n
	s.advance(n)
	return p
}

// advance steps over n elements. Behind the last one there is nothing to point to.
func (s *arena) advance(n int) {
	if s.left > 0 {
		s.next = unsafe.Add(s.next, uintptr(n)*s.elem.size)
	} else {
		s.next = nil
	}
}

// makeMany makes zeroed memory for n elements of p. The commonest types are made without package
// reflect, which allocates a header besides.
func (p *plan) makeMany(t reflect.Type, n int) unsafe.Pointer {
	switch o := p.op; {
	case o == opString || o == opNumber:
		return unsafe.Pointer(unsafe.SliceData(make([]string, n)))
	case o == opAny:
		return unsafe.Pointer(unsafe.SliceData(make([]any, n)))
	case o == opPointer:
		return unsafe.Pointer(unsafe.SliceData(make([]unsafe.Pointer, n)))
	case o <= opFloat64:
		words := (uintptr(n)*p.size + 7) / 8
		return unsafe.Pointer(unsafe.SliceData(make([]uint64, words)))
	}
	return reflect.MakeSlice(t, n, n).UnsafePointer()
}
