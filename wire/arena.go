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
	made  [arenaSlots]int32 // elements of all pieces of one message, at most arenaBytes
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
	k := p.slot % arenaSlots
	if a.slots[k].elem != p.elem {
		k = a.place(p)
	}
	s := &a.slots[k]
	size := uintptr(n) * p.elem.size
	if size > s.room-s.used || size == 0 {
		return a.grow(k, p, t, n)
	}
	taken := unsafe.Add(s.piece, s.used)
	s.used += size
	return taken
}

// place finds the slot of p when another type has the one that it should have: the one that it was
// given before, or one that this message has not used. If there is none of either, the rest of the
// other's piece is lost.
func (a *arenas) place(p *plan) uint32 {
	home := p.slot % arenaSlots
	free := home
	for i := range uint32(arenaSlots) {
		k := (home + i) % arenaSlots
		if a.slots[k].elem == p.elem {
			return k
		}
		if a.made[k] == 0 && a.made[free] != 0 {
			free = k
		}
	}
	a.slots[free], a.made[free] = arena{elem: p.elem}, 0
	return free
}

// grow makes a piece, at most half as large as all before it, and cuts n elements from it. What
// would take much of a piece gets its own memory.
func (a *arenas) grow(k uint32, p *plan, t reflect.Type, n int) unsafe.Pointer {
	s, made := &a.slots[k], &a.made[k]
	size := min(int(*made)/2, arenaBytes/int(max(p.elem.size, 1)))
	if size < 4*n {
		*made += int32(min(n, arenaBytes-int(*made)))
		return p.elem.makeMany(t, n)
	}
	*made += int32(min(size, arenaBytes-int(*made)))
	if p.elem.op > opFloat64 {
		a.used |= 1 << k
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
