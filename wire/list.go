package wire

import "slices"

// AppendList appends the values as one array, the form of a call's arguments. On an error dst is
// returned as it was.
func AppendList(dst []byte, vs ...any) ([]byte, error) {
	if len(vs) == 0 {
		return append(dst, tagArray), nil
	}
	if slices.ContainsFunc(vs, isTree) {
		return appendTree(dst, nil, vs)
	}
	var e encoder
	e.begin(dst)
	n := e.list(vs)
	if n == fault && e.plainly(dst) {
		n = e.list(vs)
	}
	return e.finish(dst, n)
}

// list writes values as the whole message.
func (e *encoder) list(vs []any) int {
	e.depth++
	n := 0
	for i := len(vs) - 1; i >= 0; i-- {
		if n = e.any(n, vs[i]); n == fault {
			e.err.within(indexStep(i))
			return fault
		}
	}
	return e.leave(n, 0, tagArray, len(vs))
}

// ListReader walks the items of one array in order. It reads headers only: what is inside an item
// is checked by whoever decodes it. It belongs to one goroutine, and lends parts of the bytes that
// it was given.
type ListReader struct {
	b      []byte
	at     int
	left   int
	vector Vector // set if the array is one
	item   [16]byte
	err    *Error
}

// ReadList begins with the array that b is as a whole.
func ReadList(b []byte) (ListReader, error) {
	r := ListReader{b: b[:len(b):len(b)]}
	if err := checkSize(b); err != nil {
		return r, err
	}
	end := -1
	switch {
	case len(b) == 0:
	case b[0]&0xF0 == tagArray:
		r.left, r.at, end = containerAt(r.b, 0, 1)
	case b[0] == tagVector:
		r.vector, _, end = vectorAt(r.b, 0)
		r.left = r.vector.count
	}
	if end < 0 {
		return ListReader{}, diagnose(b, 0, "an array")
	}
	if end != len(b) {
		return ListReader{}, trailing(b, end)
	}
	return r, nil
}

// Len is the number of items that are left.
func (r *ListReader) Len() int { return r.left }

// Next returns the next item, encoded and lent: it is valid as long as the bytes of the list, or
// until the next call of Next if the list is a vector. ok is false at the end and on a fault.
func (r *ListReader) Next() (item []byte, ok bool) {
	if r.left == 0 || r.err != nil {
		return nil, false
	}
	if r.vector.count > 0 {
		item = r.vector.appendItem(r.item[:0], r.vector.count-r.left)
		r.left--
		return item, true
	}
	next := skipAt(r.b, r.at)
	if next < 0 {
		r.err = diagnose(r.b, r.at, "")
		return nil, false
	}
	item = r.b[r.at:next:next]
	r.at = next
	if r.left--; r.left == 0 && next != len(r.b) {
		r.err = &Error{Offset: next, Text: unfilled(next, len(r.b), 0).Text}
		return nil, false
	}
	return item, true
}

// Err is the fault that ended the list early, if there is one.
func (r *ListReader) Err() error {
	if r.err == nil {
		return nil
	}
	return r.err
}
