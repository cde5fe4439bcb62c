package wire

import "iter"

// Items yields the items of an array in order; nothing if the value is none. It ends early where
// the bytes are malformed: [Validate] tells that apart.
func (v Value) Items() iter.Seq2[int, Value] {
	return func(yield func(int, Value) bool) {
		if v.Kind() != Array {
			return
		}
		if v.b[0] == tagVector {
			vec, _, _ := vectorAt(v.b, 0)
			for i := range vec.count {
				if !yield(i, Value{vec.appendItem(nil, i)}) {
					return
				}
			}
			return
		}
		count, at, end := containerAt(v.b, 0, 1)
		if end < 0 {
			return
		}
		for i := range count {
			next := skipAt(v.b, at)
			if next < 0 || !yield(i, Value{v.b[at:next:next]}) {
				return
			}
			at = next
		}
	}
}

// Members yields the members of an object in order, the keys lent; nothing if the value is none.
// It ends early where the bytes are malformed.
func (v Value) Members() iter.Seq2[[]byte, Value] {
	return func(yield func([]byte, Value) bool) {
		if v.Kind() != Object {
			return
		}
		count, at, end := containerAt(v.b, 0, 2)
		if end < 0 {
			return
		}
		for range count {
			first, last := keyAt(v.b, at)
			if last < 0 {
				return
			}
			next := skipAt(v.b, last)
			if next < 0 || !yield(v.b[first:last:last], Value{v.b[last:next:next]}) {
				return
			}
			at = next
		}
	}
}
