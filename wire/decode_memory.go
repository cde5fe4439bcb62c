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

// slab gives the values inside interfaces their memory, many at a time. The first slabs are small,
// because many messages are; each is used up before the next is made.
type slab struct {
	strings  []string
	floats   []float64
	integers []int64
	grown    int
}

const slabMax = 128

// room is how many values the next slab holds.
func (s *slab) room() int {
	s.grown = min(max(4, 2*s.grown), slabMax)
	return s.grown
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
)

func (s *slab) string(v string) (boxed any) {
	if len(s.strings) == 0 {
		s.strings = make([]string, s.room())
	}
	s.strings[0] = v
	*(*iface)(unsafe.Pointer(&boxed)) = iface{stringWord, unsafe.Pointer(&s.strings[0])}
	s.strings = s.strings[1:]
	return boxed
}

func (s *slab) float(v float64) (boxed any) {
	if len(s.floats) == 0 {
		s.floats = make([]float64, s.room())
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
		s.integers = make([]int64, s.room())
	}
	s.integers[0] = v
	*(*iface)(unsafe.Pointer(&boxed)) = iface{int64Word, unsafe.Pointer(&s.integers[0])}
	s.integers = s.integers[1:]
	return boxed
}
