package wire

import (
	"encoding/binary"
	"math"
	"unsafe"
)

// textBytes is how much memory for text is made at once. It is also the most that one short string
// can keep alive.
const textBytes = 4 << 10

// texts gives decoded strings their memory, many at a time.
type texts struct {
	free []byte // zero or overwritten, never given out
	keys *[keySlots]string
}

const (
	// keySlots is how many keys of maps are remembered, by a hash that needs no more than to tell
	// the keys of one message apart.
	keySlots = 128
	// keysFrom is the size of a message for which that is worth while, and keyMax of a key.
	keysFrom = 1 << 10
	keyMax   = 64
)

// key is take for a key. Objects in one message mostly have the same keys: those are made once.
func (t *texts) key(b []byte, start, end int) (s string, ok bool) {
	n := end - start
	if cap(b) < keysFrom || n > keyMax || cap(b)-start < 8 {
		return t.take(b, start, end)
	}
	if t.keys == nil {
		t.keys = new([keySlots]string)
	}
	word := binary.LittleEndian.Uint64(b[start : start+8 : cap(b)])
	if n < 8 {
		word &= 1<<(8*n) - 1
	} else {
		word ^= binary.LittleEndian.Uint64(b[end-8:end]) * 31
	}
	slot := &t.keys[(word*0x9E3779B97F4A7C15)>>57]
	if *slot == string(b[start:end]) && n > 0 {
		return *slot, true
	}
	if s, ok = t.take(b, start, end); ok {
		*slot = s
	}
	return s, ok
}

// textSlack is how far behind a text its copying may write.
const textSlack = 16

// take copies the text b[start:end] and reports whether it is UTF-8. Both are done in one pass of
// eight bytes at a time, which looks and writes behind the text, but not behind the message.
func (t *texts) take(b []byte, start, end int) (s string, ok bool) {
	n := end - start
	if n == 0 {
		return "", true
	}
	if n+textSlack > len(t.free) {
		if n >= textBytes/4 {
			return string(b[start:end]), validText(b[start:end])
		}
		// All of the text of a small message fits into what is left of the message.
		t.free = make([]byte, min(textBytes, cap(b)-start+textSlack))
	}
	dst := t.free
	t.free = dst[n:]
	s = unsafe.String(&dst[0], n)
	if cap(b)-start < n+textSlack {
		copy(dst, b[start:end])
		return s, validText(b[start:end])
	}
	src := b[start : start+n+textSlack : cap(b)]
	dst = dst[:len(src)]
	var high, w uint64
	i := 0
	for ; i < n; i += 8 {
		high |= w
		w = binary.LittleEndian.Uint64(src[i : i+8])
		binary.LittleEndian.PutUint64(dst[i:i+8], w)
	}
	high |= w & (math.MaxUint64 >> (8 * uint(i-n)))
	return s, high&highBits == 0 || validText(src[:n])
}

// slab gives the values inside interfaces their memory, many at a time. The first pieces are small,
// because many messages are; each is used up before the next is made.
type slab struct {
	strings  []string
	floats   []float64
	integers []int64
	items    []any
	lists    [][]any
	size     int    // of the message
	made     [4]int // how many of each kind so far, but for items
	listed   int    // how many items so far
}

// slabMax is how many values one piece has at most.
const slabMax = 128

// room is how many values the next piece of a kind has: as many as all before it. The first holds
// the strings, or half of the numbers, that a message of that size may well have.
func (s *slab) room(kind int) int {
	first := min(max(2, s.size/20), 32)
	if kind > 0 {
		first = (first + 1) / 2
	}
	n := min(max(first, s.made[kind]), slabMax)
	s.made[kind] += n
	return n
}

// list returns n values of an array. The first of a message gets exactly what it needs.
func (s *slab) list(n int) []any {
	if n > slabMax/4 {
		return make([]any, n)
	}
	if n > len(s.items) {
		size := max(n, min(s.listed, slabMax))
		s.listed += size
		s.items = make([]any, size)
	}
	l := s.items[:n:n]
	s.items = s.items[n:]
	return l
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

// emptyList is every empty array: nothing can be written into it.
var emptyList any = []any{}

// boxed returns a list as an interface.
func (s *slab) boxed(l []any) (boxed any) {
	if len(s.lists) == 0 {
		s.lists = make([][]any, s.room(3))
	}
	s.lists[0] = l
	*(*iface)(unsafe.Pointer(&boxed)) = iface{listWord, unsafe.Pointer(&s.lists[0])}
	s.lists = s.lists[1:]
	return boxed
}

func (s *slab) string(v string) (boxed any) {
	if len(s.strings) == 0 {
		s.strings = make([]string, s.room(0))
	}
	s.strings[0] = v
	*(*iface)(unsafe.Pointer(&boxed)) = iface{stringWord, unsafe.Pointer(&s.strings[0])}
	s.strings = s.strings[1:]
	return boxed
}

func (s *slab) float(v float64) (boxed any) {
	if len(s.floats) == 0 {
		s.floats = make([]float64, s.room(1))
	}
	s.floats[0] = v
	*(*iface)(unsafe.Pointer(&boxed)) = iface{float64Word, unsafe.Pointer(&s.floats[0])}
	s.floats = s.floats[1:]
	return boxed
}

func (s *slab) integer(v int64) (boxed any) {
	if uint64(v) < 256 {
		return v // the runtime has these
	}
	if len(s.integers) == 0 {
		s.integers = make([]int64, s.room(2))
	}
	s.integers[0] = v
	*(*iface)(unsafe.Pointer(&boxed)) = iface{int64Word, unsafe.Pointer(&s.integers[0])}
	s.integers = s.integers[1:]
	return boxed
}
