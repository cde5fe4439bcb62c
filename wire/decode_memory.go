package wire

import "unsafe"

// windowBytes is how much of the message is copied at once for the strings that are cut from it.
// It is also the most that one short string can keep alive.
const windowBytes = 8 << 10

// texts cuts strings out of copies of the message: one copy serves all the strings in it, so that
// a message of a few KiB costs one allocation for all its text.
type texts struct {
	message []byte // lent
	window  string // the copy of message[from : from+len(window)]
	from    int
}

// cut returns message[start:end] as a string of the decoder's own.
func (t *texts) cut(start, end int) string {
	if start >= t.from && end <= t.from+len(t.window) {
		return t.window[start-t.from : end-t.from]
	}
	return t.copy(start, end)
}

func (t *texts) copy(start, end int) string {
	if start == end {
		return ""
	}
	if end-start >= windowBytes/4 {
		return string(t.message[start:end])
	}
	t.from = start
	t.window = string(t.message[start:min(start+windowBytes, len(t.message))])
	return t.window[:end-start]
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
