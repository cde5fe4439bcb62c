package wire

// Value is a lazy view of one encoded value: it finds members and items by stepping over the
// others, one header each. It lends the bytes under it, which nobody may write to meanwhile.
//
// A Value looks only at what it passes. On bytes that [Validate] refuses it may find something or
// nothing, but it never panics and never reads outside. The zero Value is of kind Invalid, and so
// is whatever is not there, so that calls can be chained.
type Value struct {
	b []byte // exactly one value by its header
}

// Parse returns the view of b, which is one value as a whole; it is of kind Invalid if the header
// does not say so. It reads the header only.
func Parse(b []byte) Value {
	b = b[:len(b):len(b)]
	if end := skipAt(b, 0); end < 0 || end != len(b) {
		return Value{}
	}
	return Value{b}
}

// Kind is the type of the value.
func (v Value) Kind() Kind {
	if len(v.b) == 0 {
		return Invalid
	}
	return kindOf(v.b[0])
}

// IsNull reports whether the value is null.
func (v Value) IsNull() bool { return len(v.b) == 1 && v.b[0] == tagNull }

// Raw is the encoded value itself, lent; nil if the Value is invalid.
func (v Value) Raw() Raw { return Raw(v.b) }

// Bool is the value of a bool.
func (v Value) Bool() (x, ok bool) {
	if len(v.b) != 1 || v.b[0] != tagTrue && v.b[0] != tagFalse {
		return false, false
	}
	return v.b[0] == tagTrue, true
}

// Int is the value of an integer within int64.
func (v Value) Int() (x int64, ok bool) {
	x, n := ConsumeInt(v.b)
	return x, n > 0
}

// Uint is the value of an integer that is not negative.
func (v Value) Uint() (x uint64, ok bool) {
	x, n := ConsumeUint(v.b)
	return x, n > 0
}

// Float is the float64 nearest to a number of any form that is not beyond its range.
func (v Value) Float() (x float64, ok bool) {
	if len(v.b) == 0 {
		return 0, false
	}
	x, _, ok = nearest(v.b, 0)
	return x, ok
}

// Number is the text of a number of any form.
func (v Value) Number() (x Number, ok bool) {
	x, n := ConsumeNumber(v.b)
	return x, n > 0
}

// Str is the text of a string, lent. It has been checked to be UTF-8.
func (v Value) Str() (x []byte, ok bool) {
	x, n := ConsumeString(v.b)
	return x, n > 0
}

// Bytes are raw bytes, lent.
func (v Value) Bytes() (x []byte, ok bool) {
	x, n := ConsumeBytes(v.b)
	return x, n > 0
}

// Len is the number of items or members, or of bytes in a string or raw bytes; else 0.
func (v Value) Len() int {
	switch v.Kind() {
	case Array:
		return arrayLen(v.b, 0)
	case Object:
		count, _, _ := containerAt(v.b, 0, 2)
		return count
	case String:
		start, end := textAt(v.b, 0)
		return end - start
	case Bytes:
		start, end := blockAt(v.b, 0)
		return end - start
	}
	return 0
}

// Decode reads the value into what dst points to, with all checks, see [Unmarshal].
func (v Value) Decode(dst any) error { return Unmarshal(v.b, dst) }

// Get follows a path of object keys (string) and array indexes (int). It allocates nothing, unless
// it ends in an element of a vector.
func (v Value) Get(path ...any) Value {
	at, end := 0, len(v.b)
	for k, step := range path {
		switch step := step.(type) {
		case string:
			at, end = lookup(v.b[:end:end], at, step)
		case int:
			if at < end && v.b[at] == tagVector {
				if k == len(path)-1 {
					return Value{v.b[at:end:end]}.Index(step)
				}
				return Value{}
			}
			at, end = nth(v.b[:end:end], at, step)
		default:
			return Value{}
		}
		if end < 0 {
			return Value{}
		}
	}
	return Value{v.b[at:end:end]}
}

// Index is item i of an array.
func (v Value) Index(i int) Value {
	if len(v.b) > 0 && v.b[0] == tagVector {
		vec, _, end := vectorAt(v.b, 0)
		if end < 0 || i < 0 || i >= vec.count {
			return Value{}
		}
		return Value{vec.appendItem(nil, i)}
	}
	at, end := nth(v.b, 0, i)
	if end < 0 {
		return Value{}
	}
	return Value{v.b[at:end:end]}
}

// lookup finds the value under a key in the object at b[i:]; end is -1 if it is not there.
func lookup(b []byte, i int, key string) (start, end int) {
	if i >= len(b) || b[i]&0xF0 != tagObject {
		return 0, -1
	}
	count, at, end := containerAt(b, i, 2)
	if end < 0 {
		return 0, -1
	}
	b = b[:end]
	for ; count > 0 && at < end; count-- {
		first := at + 1
		last := first + int(b[at])
		if b[at] >= varintTwo {
			if first, last = keyAt(b, at); last < 0 {
				return 0, -1
			}
		}
		if last >= end {
			return 0, -1
		}
		// Where the tag alone tells the size, nothing else is looked at: a search is only this.
		if size := tagSizes[b[last]]; size > 0 {
			at = last + int(size)
		} else {
			at = skipAt(b, last)
		}
		if at < 0 || at > end {
			return 0, -1
		}
		if last-first == len(key) && (key == "" || b[first] == key[0]) &&
			string(b[first:last]) == key {
			return last, at
		}
	}
	return 0, -1
}

// tagSizes is how many bytes a value of each tag takes, or 0 if its header has to be read.
var tagSizes = func() (sizes [256]uint8) {
	for t := range sizes {
		switch {
		case t < tagText, t >= tagSmallNeg && t < tagAbsent:
			sizes[t] = 1
		case t < tagArray:
			sizes[t] = uint8(1 + t - tagText)
		case t >= tagUint && t < tagSmallNeg:
			sizes[t] = uint8(2 + t&7)
		}
	}
	sizes[tagFloat32], sizes[tagFloat64] = 5, 9
	return sizes
}()

// nth finds an item in the array at b[i:]; end is -1 if it is not there.
func nth(b []byte, i, index int) (start, end int) {
	if i >= len(b) || b[i]&0xF0 != tagArray {
		return 0, -1
	}
	count, at, end := containerAt(b, i, 1)
	if end < 0 || index < 0 || index >= count {
		return 0, -1
	}
	b = b[:end]
	for ; index > 0; index-- {
		if at = skipAt(b, at); at < 0 {
			return 0, -1
		}
	}
	next := skipAt(b, at)
	return at, next
}
