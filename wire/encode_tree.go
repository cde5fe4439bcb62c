package wire

import (
	"slices"
	"unsafe"
)

// tree turns maps and lists of any into wire, front to back: that is how their parts mostly lie in
// memory, and trees that are larger than the caches take half as long again from the end.
//
// The size of a container stands before its content. When the container is opened, one byte is
// left for it and a mark is made; when it is closed and its size takes that one byte, the mark goes
// again, and it is the last one, as what is in the container is smaller still. Of the others the
// mark keeps the size, for which everything behind is moved once, when all is written.
//
//	  buf                written over at will
//	+--------+---------+-----------------+-------+
//	0        prefix    at                limit   len(buf)
//	          written    room              marks, the last one first
//
// Its methods take at, where what is written ends so far, write there and return the new end, or -1
// for a fault, which is in rest.err then. Each makes the room that it needs.
type tree struct {
	buf    []byte // all of its capacity
	base   unsafe.Pointer
	prefix int // bytes of buf that belong to the caller
	limit  int
	extra  int     // what the sizes in the marks take besides the bytes that were left for them
	rest   encoder // of what is no tree; it counts for both what is open
}

// markSize is the size of a mark: where the byte is that was left for a size, counted from
// prefix, and the size.
const markSize = 8

// isTree reports whether v is a map or list of any.
func isTree(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}

// appendTree appends map m to dst, or list s if m is nil.
func appendTree(dst []byte, m map[string]any, s []any) ([]byte, error) {
	var t tree
	at := t.begin(dst).root(m, s)
	if at < 0 && t.rest.plainly(nil) {
		at = t.begin(dst).root(m, s)
	}
	if at < 0 {
		return dst, t.rest.err.finish()
	}
	return t.buf[:at], nil
}

// tree writes map m, or list s if m is nil, in front of n.
func (e *encoder) tree(n int, m map[string]any, s []any) int {
	e.reserve(n, numberRoom)
	var t tree
	t.begin(e.buf[: e.prefix : len(e.buf)-1+n])
	t.rest.depth, t.rest.hops, t.rest.plain = e.depth, e.hops, e.plain
	at := t.root(m, s)
	if at < 0 {
		e.depth, e.err = t.rest.depth, t.rest.err
		return fault
	}
	if t.base != unsafe.Pointer(unsafe.SliceData(e.buf)) {
		e.reserve(n, len(t.buf)-t.prefix) // for the next tree
	}
	return e.copy(n, t.buf[t.prefix:at])
}

// begin makes t write behind dst.
func (t *tree) begin(dst []byte) *tree {
	t.prefix, t.extra, t.limit = len(dst), 0, cap(dst)
	t.aim(dst[:cap(dst)])
	return t
}

func (t *tree) aim(buf []byte) {
	t.buf, t.base = buf, unsafe.Pointer(unsafe.SliceData(buf))
}

// root writes map m, or list s if m is nil, as the whole tree.
func (t *tree) root(m map[string]any, s []any) int {
	at := t.prefix
	if m != nil {
		at = t.object(at, m)
	} else {
		at = t.list(at, s)
	}
	if at < 0 || t.extra == 0 {
		return at
	}
	return t.spread(at)
}

// spread makes way for the sizes in the marks, and returns the new end.
func (t *tree) spread(at int) int {
	end := at + t.extra
	if end-t.prefix > MaxSize {
		return t.fail("found a value of more than 2^31-1 encoded bytes")
	}
	t.reserve(at, t.extra)
	to := end
	for mark := t.limit; mark < len(t.buf); mark += markSize {
		place := t.prefix + int(get32(t.base, mark))
		to -= at - place - 1
		copy(t.buf[to:], t.buf[place+1:at])
		to = backVarint(t.base, to, int(get32(t.base, mark+4)))
		at = place
	}
	return end
}

// reserve makes room for size bytes behind at.
func (t *tree) reserve(at, size int) {
	if at+size > t.limit {
		t.grow(at, size)
	}
}

// grow gives buf at least twice its capacity.
func (t *tree) grow(at, size int) {
	was, marks := t.buf, t.buf[t.limit:]
	buf := slices.Grow([]byte(nil), max(2*len(was), at+size+len(marks)))
	buf = buf[:cap(buf)]
	copy(buf, was[:at])
	t.limit = len(buf) - copy(buf[len(buf)-len(marks):], marks)
	t.aim(buf)
}

func (t *tree) fail(text string) int {
	t.rest.fail(text)
	return -1
}

// open writes the header of a container with count > 0 children but for its size.
func (t *tree) open(at int, tag byte, count int) int {
	if !t.rest.enter() {
		return -1
	}
	t.reserve(at, headRoom+markSize)
	if count <= shortCountMax {
		put8(t.base, at, tag|byte(count))
		at++
	} else {
		put8(t.base, at, tag|countFollows)
		at = putVarint(t.buf, at+1, count)
	}
	t.limit -= markSize
	put32(t.base, t.limit, uint32(at-t.prefix))
	return at + 1
}

// close writes the size of the container whose content goes from start to at. Before it was opened,
// marks took so many bytes, and extra was what it was.
func (t *tree) close(at, start, marks, extra int) int {
	t.rest.depth--
	size := at - start + t.extra - extra
	if size < varintTwo {
		put8(t.base, start-1, byte(size))
		t.limit += markSize
		return at
	}
	put32(t.base, len(t.buf)-marks-markSize+4, uint32(size))
	t.extra += varintSize(size) - 1
	return at
}

// any writes a value whose type is known at run time only.
func (t *tree) any(at int, v any) int {
	t.reserve(at, numberRoom)
	switch v := v.(type) {
	case nil:
		put8(t.base, at, tagNull)
		return at + 1
	case string:
		return t.text(at, v, tagText, shortTextMax)
	case map[string]any:
		return t.object(at, v)
	case []any:
		return t.list(at, v)
	case float64:
		if v-v != 0 {
			return t.fail(notFinite)
		}
		return frontFloat(t.base, at, v)
	case bool:
		put8(t.base, at, tagFalse+*(*byte)(unsafe.Pointer(&v)))
		return at + 1
	case int64:
		return frontInt(t.base, at, v)
	case int:
		return frontInt(t.base, at, int64(v))
	}
	return t.other(at, v)
}

// other writes a value that is no tree: back to front, and then moves it.
func (t *tree) other(at int, v any) int {
	e := &t.rest
	e.begin(t.buf[:at:t.limit])
	n := e.any(0, v)
	if n == fault {
		return -1
	}
	if len(e.buf) > t.limit {
		t.reserve(at, len(e.buf)-at) // so that the next value finds it here
	}
	end := len(e.buf) - 1
	return at + copy(t.buf[at:t.limit], e.buf[end+n:end])
}

func (t *tree) object(at int, m map[string]any) int {
	if len(m) == 0 {
		return t.empty(at, tagObject, m == nil)
	}
	marks, extra := len(t.buf)-t.limit, t.extra
	start := t.open(at, tagObject, len(m))
	if start < 0 {
		return -1
	}
	at = start
	for k, v := range m {
		if at = t.text(at, k, 0, varintTwo-1); at < 0 {
			return -1
		}
		if at = t.any(at, v); at < 0 {
			t.rest.err.within(keyStep(k))
			return -1
		}
	}
	return t.close(at, start, marks, extra)
}

func (t *tree) list(at int, s []any) int {
	if len(s) == 0 {
		return t.empty(at, tagArray, s == nil)
	}
	marks, extra := len(t.buf)-t.limit, t.extra
	start := t.open(at, tagArray, len(s))
	if start < 0 {
		return -1
	}
	at = start
	for i, v := range s {
		if f, ok := v.(float64); ok && f-f == 0 {
			t.reserve(at, numberRoom)
			at = frontFloat(t.base, at, f)
			continue
		}
		if at = t.any(at, v); at < 0 {
			t.rest.err.within(indexStep(i))
			return -1
		}
	}
	return t.close(at, start, marks, extra)
}

// empty writes null, or a container without children, which counts as one that is open.
func (t *tree) empty(at int, tag byte, null bool) int {
	if null {
		tag = tagNull
	} else if t.rest.depth >= MaxDepth {
		t.rest.tooDeep()
		return -1
	}
	t.reserve(at, 1)
	put8(t.base, at, tag)
	return at + 1
}

// text writes a string, or a key, whose tag is 0: after the tag, which holds sizes up to most.
func (t *tree) text(at int, s string, tag byte, most int) int {
	src, size, high := data(s), len(s), uint64(0)
	t.reserve(at, textRoom+size+backRoom)
	if size <= most {
		put8(t.base, at, tag|byte(size))
		at++
	} else {
		at = t.longHead(at, size, tag)
	}
	// Short ones are copied here, as a call would cost more.
	switch {
	case size > 16:
		high = copyText(t.base, at+size, src, size)
	case size >= 8:
		high = copyTwice(t.base, at+size, src, size)
	case size >= 4:
		high = fewBytes(src, size)
		put64(t.base, at, high>>(-8*size&63))
	case size > 0:
		high = threeBytes(src, size)
		put64(t.base, at, high>>(-8*size&63))
	}
	if high&highBits == 0 || validString(s) {
		return at + size
	}
	if tag == 0 {
		return t.fail(notUTF8Key)
	}
	return t.fail(notUTF8)
}

func (t *tree) longHead(at, size int, tag byte) int {
	if tag != 0 {
		put8(t.base, at, tagLongText)
		at++
	}
	return putVarint(t.buf, at, size)
}
