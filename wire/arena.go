package wire

import (
	"math/bits"
	"reflect"
	"unsafe"
)

// arenas give decoded slices and pointers their memory. The first of a type gets exactly what it
// needs; when one message has many of them, the later ones are cut from larger pieces, so that a
// message of ten thousand small slices costs some hundred allocations. A slice that lives on keeps
// its piece alive, which is why no piece is larger than arenaBytes, but for one slice alone.
type arenas struct {
	slots [arenaSlots]arena
	made  [arenaSlots]int32 // elements of all pieces of one message
	used  uint8             // a bit for each slot that points to memory which in turn points to more
}

const (
	arenaSlots = 8
	// arenaBytes leaves room for the header that the runtime gives to memory with pointers: both
	// together fill one of its sizes.
	arenaBytes = 4<<10 - 8
)

// arena is the piece of one element type that is in use: 0 ≤ used ≤ room. It is given out by a
// number and not by moving a pointer, since to write pointers costs more while the collector runs.
type arena struct {
	elem       *plan
	piece      unsafe.Pointer
	used, room uintptr // bytes
}

// reset forgets the pieces whose elements have pointers: they would keep what one message had alive
// as long as what another had.
func (a *arenas) reset() {
	for used := a.used; used != 0; used &= used - 1 {
		a.slots[bits.TrailingZeros8(used)] = arena{}
	}
	a.used, a.made = 0, [arenaSlots]int32{}
}

// take returns zeroed memory for n elements, n > 0, for the slice or pointer type of p. t is a
// slice of the elements.
func (a *arenas) take(p *plan, t reflect.Type, n int) unsafe.Pointer {
	s := &a.slots[p.slot%arenaSlots]
	if s.elem != p.elem {
		// Another type had the place: the rest of its piece is lost.
		*s, a.made[p.slot%arenaSlots] = arena{elem: p.elem}, 0
	}
	size := uintptr(n) * p.elem.size
	if size > s.room-s.used || size == 0 {
		return a.grow(p, t, n)
	}
	taken := unsafe.Add(s.piece, s.used)
	s.used += size
	return taken
}

// grow makes a piece, at most half as large as all before it, and cuts n elements from it. What
// would take much of a piece gets its own memory.
func (a *arenas) grow(p *plan, t reflect.Type, n int) unsafe.Pointer {
	s, made := &a.slots[p.slot%arenaSlots], &a.made[p.slot%arenaSlots]
	size := min(int(*made)/2, arenaBytes/int(max(p.elem.size, 1)))
	if *made < arenaBytes {
		*made += int32(min(n, arenaBytes))
	}
	if size < 4*n {
		return p.elem.makeMany(t, n)
	}
	if p.elem.op > opFloat64 {
		a.used |= 1 << (p.slot % arenaSlots)
	}
	s.piece = p.elem.makeMany(t, size)
	s.used, s.room = uintptr(n)*p.elem.size, uintptr(size)*p.elem.size
	return s.piece
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
	case o == opSlice || o == opBytes || o == opRaw:
		return unsafe.Pointer(unsafe.SliceData(make([][]byte, n)))
	case o <= opFloat64:
		words := (uintptr(n)*p.size + 7) / 8
		return unsafe.Pointer(unsafe.SliceData(make([]uint64, words)))
	}
	return reflect.MakeSlice(t, n, n).UnsafePointer()
}
