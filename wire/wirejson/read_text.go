package wirejson

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/leverrpc/lever/wire/internal/utf8scan"
)

// Eight bytes at once: each constant is one byte eight times.
const (
	ones      = 0x0101010101010101
	highBits  = 0x8080808080808080
	quotes    = 0x2222222222222222
	slashes   = 0x5C5C5C5C5C5C5C5C
	lowSpaces = 0x2020202020202020
)

// special marks the high bit of each byte of w that ends a plain run: a quote, a backslash or a
// control character. The lowest mark is exact; those above it may be too many.
func special(w uint64) uint64 {
	q, s := w^quotes, w^slashes
	return ((q-ones)&^q | (s-ones)&^s | (w-lowSpaces)&^w) & highBits
}

// run returns the offset of the first byte from i on that is a quote, a backslash or a control
// character, or len(in); ascii tells whether no byte before it has the high bit.
func run(in []byte, i int) (end int, ascii bool) {
	var high uint64
	for ; len(in)-i >= 8; i += 8 {
		w := binary.LittleEndian.Uint64(in[i : i+8])
		if m := special(w); m != 0 {
			n := bits.TrailingZeros64(m)
			return i + n>>3, (high|w&(1<<(n&^7)-1))&highBits == 0
		}
		high |= w
	}
	for ; i < len(in); i++ {
		c := in[i]
		if c == '"' || c == '\\' || c < ' ' {
			break
		}
		high |= uint64(c)
	}
	return i, high&highBits == 0
}

// shortMax is the longest string whose length fits the tag.
const shortMax = 63

// shortRoom is what short touches of its output at most: a tag, the text, and what is copied
// behind it.
const shortRoom = 1 + shortMax + 16

// short copies a plain ASCII text of at most shortMax bytes from the quote at in[i] on, and keeps
// the byte before it free for its tag. Looking for the end and copying are one pass. n is -1 if
// the text is another one, or is near the end of in; nothing has been consumed then.
func (r *reader) short(out []byte) (n int) {
	start := r.i + 1
	if len(r.in)-start < shortMax+8 {
		return -1
	}
	src := r.in[start : start+shortMax+8]
	dst := out[len(out)+1 : len(out)+1+shortMax+8]
	for i := 0; i <= shortMax; i += 8 {
		w := binary.LittleEndian.Uint64(src[i : i+8])
		binary.LittleEndian.PutUint64(dst[i:i+8], w)
		if m := special(w) | w&highBits; m != 0 {
			n = i + bits.TrailingZeros64(m)>>3
			if src[n] != '"' || n > shortMax {
				return -1
			}
			r.i = start + n + 1
			return n
		}
	}
	return -1
}

// string appends the string that begins at the quote in[i].
func (r *reader) string(out []byte) []byte {
	if cap(out)-len(out) < shortRoom {
		out = slices.Grow(out, shortRoom)
	}
	if n := r.short(out); n >= 0 {
		at := len(out)
		out = out[:at+1+n]
		out[at] = 0x40 | byte(n)
		return out
	}
	start := r.i + 1
	end, ascii := run(r.in, start)
	if end < len(r.in) && r.in[end] == '"' {
		text := r.in[start:end]
		if !ascii && !utf8scan.Valid(text) {
			return r.fail(start, "found a string that is not UTF-8")
		}
		r.i = end + 1
		if len(text) <= shortMax {
			out = append(out, 0x40|byte(len(text)))
		} else {
			out = appendVarint(append(out, 0xD7), len(text))
		}
		return append(out, text...)
	}
	at := len(out)
	if out = r.unescape(append(out, 0), start, end); out == nil {
		return nil
	}
	n := len(out) - at - 1
	if n <= shortMax {
		out[at] = 0x40 | byte(n)
		return out
	}
	return prefix(out, at, 0xD7, n)
}

// key appends the key that begins at the quote in[i].
func (r *reader) key(out []byte) []byte {
	if cap(out)-len(out) < shortRoom {
		out = slices.Grow(out, shortRoom)
	}
	if n := r.short(out); n >= 0 {
		at := len(out)
		out = out[:at+1+n]
		out[at] = byte(n)
		return out
	}
	start := r.i + 1
	end, ascii := run(r.in, start)
	if end < len(r.in) && r.in[end] == '"' {
		text := r.in[start:end]
		if !ascii && !utf8scan.Valid(text) {
			return r.fail(start, "found a key that is not UTF-8")
		}
		r.i = end + 1
		return append(appendVarint(out, len(text)), text...)
	}
	at := len(out)
	if out = r.unescape(append(out, 0), start, end); out == nil {
		return nil
	}
	n := len(out) - at - 1
	if n < 240 {
		out[at] = byte(n)
		return out
	}
	var buf [valueRoom]byte
	return slices.Replace(out, at, at+1, appendVarint(buf[:0], n)...)
}

// prefix puts a tag and a length in front of the text out[at+1:].
func prefix(out []byte, at int, tag byte, n int) []byte {
	var buf [valueRoom]byte
	return slices.Replace(out, at, at+1, appendVarint(append(buf[:0], tag), n)...)
}

// unescape appends the text from start to the closing quote; in[end] is its first byte that is not
// plain.
func (r *reader) unescape(out []byte, start, end int) []byte {
	from, valid := len(out), true
	for {
		out = append(out, r.in[start:end]...)
		if end >= len(r.in) {
			return r.fail(len(r.in), "found the end of the text in a string, want a quote")
		}
		switch r.in[end] {
		case '"':
			r.i = end + 1
			if !valid && !utf8scan.Valid(out[from:]) {
				return r.fail(end, "found a string that is not UTF-8")
			}
			return out
		case '\\':
			if out, start = r.escape(out, end); out == nil {
				return nil
			}
		default:
			return r.fail(end, "found a raw control character in a string, want it escaped")
		}
		end, _ = run(r.in, start)
		valid = false
	}
}

// escapes maps the letter of a short escape to its meaning.
var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n',
	'r': '\r', 't': '\t'}

// escape appends what the escape at in[i] means and returns the offset after it.
func (r *reader) escape(out []byte, i int) (next []byte, after int) {
	if i+1 >= len(r.in) {
		return r.fail(len(r.in), "found the end of the text in an escape"), 0
	}
	if c := escapes[r.in[i+1]]; c != 0 {
		return append(out, c), i + 2
	}
	if r.in[i+1] != 'u' {
		return r.unexpected(i+1, "an escape of JSON"), 0
	}
	c, ok := r.hex(i + 2)
	if !ok {
		return r.fail(i, `found \u without four hexadecimal digits`), 0
	}
	i += 6
	if !utf16.IsSurrogate(c) {
		return utf8.AppendRune(out, c), i
	}
	if i+1 < len(r.in) && r.in[i] == '\\' && r.in[i+1] == 'u' {
		if low, ok := r.hex(i + 2); ok {
			if c = utf16.DecodeRune(c, low); c != utf8.RuneError {
				return utf8.AppendRune(out, c), i + 6
			}
		}
	}
	return r.fail(i-6, "found half of a surrogate pair"), 0
}

// hex reads four hexadecimal digits.
func (r *reader) hex(i int) (c rune, ok bool) {
	if len(r.in)-i < 4 {
		return 0, false
	}
	for _, d := range r.in[i : i+4] {
		switch {
		case d-'0' <= 9:
			d -= '0'
		case d|0x20-'a' <= 5:
			d = d | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		c = c<<4 | rune(d)
	}
	return c, true
}
