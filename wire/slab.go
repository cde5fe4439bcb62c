package wire

import "unsafe"

// slabs give the values inside interfaces their memory, many at a time. The first pieces of a
// message are small, because many messages are; each is used up before the next is made.
type slabs struct {
	strings  slab[string]
	floats   slab[float64]
	integers slab[int64]
	lists    slab[[]any]
	items    slab[any]
	size     int // of the message
}

// slab is a piece of memory for values of one type: 0 ≤ used ≤ len(piece).
type slab[T any] struct {
	piece []T
	used  int
	made  int // values of all pieces of the message
}

// slabMax is how many values one piece has at most.
const slabMax = 128

// reset prepares for the next message. Pieces with pointers are forgotten: they would keep what one
// message had alive as long as what another had.
func (s *slabs) reset() {
	s.floats.made, s.integers.made = 0, 0
	if s.strings.made+s.lists.made+s.items.made > 0 {
		s.strings, s.lists, s.items = slab[string]{}, slab[[]any]{}, slab[any]{}
	}
}

// one returns the place of a value. The first piece of a message has the given length, the later
// ones have as many values as all before them.
func (s *slab[T]) one(first int) *T {
	if s.used == len(s.piece) {
		n := min(max(first, s.made), slabMax)
		s.piece, s.used = make([]T, n), 0
		s.made += n
	}
	s.used++
	return &s.piece[s.used-1]
}

// first is how many values of a kind a message of that size may well have: so many strings, and
// half as many numbers or lists.
func (s *slabs) first() int { return min(max(2, s.size/20), 32) }

// list returns n values of an array. The first of a message gets exactly what it needs.
func (s *slabs) list(n int) []any {
	if n > slabMax/4 {
		return make([]any, n)
	}
	l := &s.items
	if n > len(l.piece)-l.used {
		size := max(n, min(l.made, slabMax))
		l.made += size
		l.piece, l.used = make([]any, size), 0
	}
	l.used += n
	return l.piece[l.used-n : l.used : l.used]
}

// iface is how an interface lies in memory.
type iface struct {
	typ, data unsafe.Pointer
}

func typeWord(v any) unsafe.Pointer { return (*iface)(unsafe.Pointer(&v)).typ }

var (
	stringWord  = typeWord("")
	float64Word = typeWord(float64(0))
	int64Word   = typeWord(int64(0))
	listWord    = typeWord([]any(nil))
)

// box makes an interface of a type and where its value is.
func box(typ, data unsafe.Pointer) (v any) {
	*(*iface)(unsafe.Pointer(&v)) = iface{typ, data}
	return v
}

// emptyList is every empty array: nothing can be written into it.
var emptyList any = []any{}

// boxed returns a list as an interface.
func (s *slabs) boxed(l []any) any {
	to := s.lists.one((s.first() + 1) / 2)
	*to = l
	return box(listWord, unsafe.Pointer(to))
}

func (s *slabs) string(v string) any {
	to := s.strings.one(s.first())
	*to = v
	return box(stringWord, unsafe.Pointer(to))
}

func (s *slabs) float(v float64) any {
	to := s.floats.one((s.first() + 1) / 2)
	*to = v
	return box(float64Word, unsafe.Pointer(to))
}

// smallIntegers are those that need no memory of their own.
var smallIntegers = func() (t [256]int64) {
	for i := range t {
		t[i] = int64(i)
	}
	return t
}()

func (s *slabs) integer(v int64) any {
	if uint64(v) < uint64(len(smallIntegers)) {
		return box(int64Word, unsafe.Pointer(&smallIntegers[v]))
	}
	to := s.integers.one((s.first() + 1) / 2)
	*to = v
	return box(int64Word, unsafe.Pointer(to))
}
