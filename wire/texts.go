package wire

import (
	"bytes"
	"encoding/binary"
	"unsafe"

	"github.com/leverrpc/lever/wire/internal/utf8scan"
)

// textBytes is how much memory for text is made at once. It is also the most that one short string
// can keep alive.
const textBytes = 4 << 10

// texts gives decoded strings their memory, many at a time. What is left of a piece serves the next
// message: text points to nothing, so that a string keeps no more alive than its own piece.
type texts struct {
	piece []byte // 0 ≤ used ≤ len(piece)
	used  int    // what is behind is zero or overwritten, never given out
	keys  *[keySlots]knownKey
	read  int    // bytes of all messages so far, at most keysFrom
	one   bool   // all strings are parts of whole
	whole []byte // the message, copied when its first string is read
}

const (
	// keySlots is how many keys of maps are remembered, by a hash that needs no more than to tell
	// the keys of one message apart.
	keySlots = 128
	// keysFrom is how much is read before that is worth while, and keyMax the longest such key.
	keysFrom = 1 << 10
	keyMax   = 64
)

// begin prepares for a message of so many bytes.
func (t *texts) begin(size int, one bool) {
	t.one = one
	if t.read < keysFrom {
		if t.read += min(size, keysFrom); t.read >= keysFrom {
			t.keys = new([keySlots]knownKey)
		}
	}
}

// knownKey is a key that was made before, with its first and last eight bytes.
type knownKey struct {
	head, tail uint64
	text       string
}

// key is take for a key. Objects mostly have the same keys: those are made once.
func (t *texts) key(b []byte, start, end int) (s string, ok bool) {
	n := end - start
	if t.keys == nil || t.one || uint(n-1) >= keyMax || cap(b)-start < 8 {
		return t.take(b, start, end)
	}
	head := binary.LittleEndian.Uint64(b[start : start+8 : cap(b)])
	tail := uint64(0)
	if n < 8 {
		head &= 1<<(8*n) - 1
	} else {
		tail = binary.LittleEndian.Uint64(b[end-8 : end])
	}
	known := &t.keys[((head^tail*31)*0x9E3779B97F4A7C15)>>57]
	if known.head == head && known.tail == tail && len(known.text) == n &&
		(n <= 16 || known.text == string(b[start:end])) {
		return known.text, true
	}
	if s, ok = t.take(b, start, end); ok {
		*known = knownKey{head, tail, s}
	}
	return s, ok
}

// textSlack is how far behind a text its copying may write.
const textSlack = 8

// take copies the text b[start:end] and reports whether it is UTF-8. Both are done in one pass of
// up to 32 bytes at a time, unless it is not ASCII.
func (t *texts) take(b []byte, start, end int) (s string, ok bool) {
	n := end - start
	if n == 0 {
		return "", true
	}
	if t.one {
		return t.part(b, start, end)
	}
	if n+textSlack > len(t.piece)-t.used {
		if n >= textBytes/4 {
			return string(b[start:end]), utf8scan.Valid(b[start:end])
		}
		t.grow(cap(b) - start)
	}
	dst, src := unsafe.Pointer(&t.piece[t.used]), unsafe.Pointer(&b[start])
	t.used += n
	s = unsafe.String((*byte)(dst), n)
	var high uint64
	switch {
	case n > 16:
		high = copyText(dst, n, src, n)
	case n >= 8:
		high = copyTwice(dst, n, src, n)
	case cap(b)-start >= 8:
		word := get64(src, 0)
		put64(dst, 0, word)
		high = word << (64 - 8*n)
	default:
		high = highBits
		copy(unsafe.Slice((*byte)(dst), n), b[start:end])
	}
	return s, high&highBits == 0 || utf8scan.Valid(b[start:end])
}

// part is take for a text that shares its memory with the others of the message.
func (t *texts) part(b []byte, start, end int) (s string, ok bool) {
	if t.whole == nil {
		t.whole = bytes.Clone(b[:cap(b)])
	}
	return unsafe.String(&t.whole[start], end-start), validAt(b, start, end)
}

// grow makes a piece: for the first message as much as the rest of it may hold in text, later more.
func (t *texts) grow(rest int) {
	t.piece = make([]byte, min(textBytes, max(rest, 2*len(t.piece))+textSlack))
	t.used = 0
}
