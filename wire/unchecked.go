package wire

import "unsafe"

// Unchecked is where generated code writes keys and short values without asking for room: whoever
// gave it has made so much. It is of no use to anybody else, as it writes over whatever is there if
// there is less. Its methods take and return n as those of [BackWriter] do.
type Unchecked struct{ top unsafe.Pointer }

// Key8 writes a key that has a size of up to eight bytes, its length included. They are the upper
// bytes of a word, of which the others are zero.
func (u Unchecked) Key8(n, size int, word uint64) int {
	put64(u.top, n-8, word)
	return n - size
}

// Key16 writes a key of up to sixteen bytes, in two words.
func (u Unchecked) Key16(n, size int, head, tail uint64) int {
	put64(u.top, n-8, tail)
	put64(u.top, n-16, head)
	return n - size
}

// Key32 writes a key of up to 32 bytes, in four words.
func (u Unchecked) Key32(n, size int, a, b, c, d uint64) int {
	put64(u.top, n-8, d)
	put64(u.top, n-16, c)
	put64(u.top, n-24, b)
	put64(u.top, n-32, a)
	return n - size
}

// KeyText writes a key of any size, its length included.
func (u Unchecked) KeyText(n int, key string) int {
	copy(unsafe.Slice((*byte)(unsafe.Add(u.top, n-len(key))), len(key)), key)
	return n - len(key)
}

// Null writes null.
func (u Unchecked) Null(n int) int {
	put8(u.top, n-1, tagNull)
	return n - 1
}

// NoItems writes a list without elements, which is null if it is nil.
func (u Unchecked) NoItems(n int, isNil bool) int {
	if isNil {
		return u.Null(n)
	}
	put8(u.top, n-1, tagArray)
	return n - 1
}

// Bool writes a bool.
func (u Unchecked) Bool(n int, v bool) int {
	put8(u.top, n-1, tagFalse+*(*byte)(unsafe.Pointer(&v)))
	return n - 1
}

// Small writes an integer below 64.
func (u Unchecked) Small(n int, v uint64) int {
	put8(u.top, n-1, byte(v))
	return n - 1
}

// Wide writes an integer of 64 or more.
func (u Unchecked) Wide(n int, v uint64) int { return backWide(u.top, n, tagUint, v) }

// Negative writes an integer below 0, of which v has the bits.
func (u Unchecked) Negative(n int, v uint64) int { return backInt(u.top, n, int64(v)) }

// ShortHead writes the header of a struct of 1 to 14 members with a size below 240.
func (u Unchecked) ShortHead(n, size, count int) int {
	put16(u.top, n-2, uint16(tagObject+count+size<<8))
	return n - 2
}

// Head writes the header of any struct, with count members from n to end.
func (u Unchecked) Head(n, end, count int) int {
	if count == 0 {
		put8(u.top, n-1, tagObject)
		return n - 1
	}
	return backHead(u.top, n, end, tagObject, count)
}
