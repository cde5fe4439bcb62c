package wirejson

import (
	"encoding/binary"
	"slices"
	"strconv"

	"github.com/leverrpc/lever/wire"
	"github.com/leverrpc/lever/wire/internal/keyset"
)

// reader goes over JSON text once and appends wire to out. Its methods return out, or nil after a
// fault. A container's count and size stand before its content, so a few bytes are kept free for
// them and the content moves if the guess was wrong.
type reader struct {
	in    []byte // lent
	i     int    // 0 ≤ i ≤ len(in)
	depth int
	keys  keyset.Stack
	err   *SyntaxError
	heads [wire.MaxDepth]uint8 // bytes that the last header at each depth took
}

// AppendWire appends the value that json is as a whole. On an error, which is a *SyntaxError, dst
// is returned as it was.
func AppendWire(dst, json []byte) ([]byte, error) {
	if len(json) > wire.MaxSize {
		return dst, &SyntaxError{Line: 1, Text: "found " + strconv.Itoa(len(json)) +
			" bytes, want at most 2^31-1"}
	}
	r := reader{in: json}
	out := r.value(slices.Grow(dst, 16+len(json)*3/4))
	if out == nil {
		return dst, r.err
	}
	if r.space(); r.i < len(json) {
		r.unexpected(r.i, "the end of the text")
		return dst, r.err
	}
	if len(out)-len(dst) > wire.MaxSize {
		r.fail(0, "found a value of more than 2^31-1 encoded bytes")
		return dst, r.err
	}
	return out, nil
}

// space steps over white space and returns the byte behind it, or 0 at the end: JSON has no value
// that begins with 0.
func (r *reader) space() byte {
	for r.i < len(r.in) {
		c := r.in[r.i]
		if c > ' ' || c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return c
		}
		r.i++
	}
	return 0
}

// valueRoom is what a number or a container's header takes at most.
const valueRoom = 16

func (r *reader) value(out []byte) []byte {
	if cap(out)-len(out) < valueRoom {
		out = slices.Grow(out, valueRoom)
	}
	switch c := r.space(); c {
	case '"':
		return r.string(out)
	case '{':
		return r.object(out)
	case '[':
		return r.array(out)
	case 't':
		if r.word("true") {
			return wire.AppendBool(out, true)
		}
	case 'f':
		if r.word("false") {
			return wire.AppendBool(out, false)
		}
	case 'n':
		if r.word("null") {
			return wire.AppendNull(out)
		}
	default:
		if c == '-' || c-'0' <= 9 {
			return r.number(out)
		}
	}
	return r.unexpected(r.i, "a value")
}

func (r *reader) word(w string) bool {
	if len(r.in)-r.i < len(w) || string(r.in[r.i:r.i+len(w)]) != w {
		return false
	}
	r.i += len(w)
	return true
}

// Tags of containers, see the layout of package wire.
const (
	tagArray     = 0x80
	tagObject    = 0x90
	countFollows = 15
)

// open keeps room for the header of a container: as much as the last one at this depth took. The
// first one in a long text may well be most of it.
func (r *reader) open(out []byte) (open []byte, head int, ok bool) {
	if r.depth >= wire.MaxDepth {
		return r.fail(r.i, "found containers nested deeper than "+strconv.Itoa(wire.MaxDepth)),
			0, false
	}
	head = int(r.heads[r.depth])
	if head == 0 {
		if head = 2; r.depth < 3 && len(r.in)-r.i > 1<<17 {
			head = 6
		}
	}
	r.depth++
	r.i++
	return out[:len(out)+head], head, true
}

// close writes the header of the container whose content is out[at+head:].
func (r *reader) close(out []byte, at, head int, tag byte, count int) []byte {
	r.depth--
	size := len(out) - at - head
	if head == 2 && count <= 14 && size < 240 && count > 0 {
		out[at], out[at+1] = tag|byte(count), byte(size)
		r.heads[r.depth] = 2
		return out
	}
	var buf [valueRoom]byte
	h := append(buf[:0], tag|byte(min(count, countFollows)))
	if count >= countFollows {
		h = appendVarint(h, count)
	}
	if count > 0 {
		h = appendVarint(h, size)
		r.heads[r.depth] = uint8(len(h))
	}
	if len(h) > head {
		out = slices.Grow(out, len(h)-head)
	}
	if len(h) != head {
		content := out[at+head:]
		out = out[:at+len(h)+size]
		copy(out[at+len(h):], content)
	}
	copy(out[at:], h)
	return out
}

// appendVarint writes a size or count in its shortest form.
func appendVarint(b []byte, v int) []byte {
	switch {
	case v < 240:
		return append(b, byte(v))
	case v < 2288:
		v -= 240
		return append(b, 0xF0|byte(v>>8), byte(v))
	case v < 1<<16:
		return append(b, 0xF8, byte(v), byte(v>>8))
	}
	return binary.LittleEndian.AppendUint32(append(b, 0xF9), uint32(v))
}

func (r *reader) array(out []byte) []byte {
	at := len(out)
	out, head, ok := r.open(out)
	if !ok {
		return nil
	}
	if r.space() == ']' {
		r.i++
		return r.close(out, at, head, tagArray, 0)
	}
	for count := 1; ; count++ {
		if out = r.value(out); out == nil {
			return nil
		}
		switch r.space() {
		case ',':
			r.i++
		case ']':
			r.i++
			return r.close(out, at, head, tagArray, count)
		default:
			return r.unexpected(r.i, "a comma or ]")
		}
	}
}

func (r *reader) object(out []byte) []byte {
	at, from := len(out), r.i
	out, head, ok := r.open(out)
	if !ok {
		return nil
	}
	if r.space() == '}' {
		r.i++
		return r.close(out, at, head, tagObject, 0)
	}
	keys := r.keys.Open()
	for count := 1; ; count++ {
		if r.space() != '"' {
			return r.unexpected(r.i, "a key in quotes")
		}
		start, first := len(out), r.i
		if out = r.key(out); out == nil {
			return nil
		}
		if !r.keys.Add(&keys, out, start, len(out)) {
			return r.fail(first, "found the key "+strconv.Quote(clip(r.in[first+1:r.i-1]))+
				" twice in one object")
		}
		if r.space() != ':' {
			return r.unexpected(r.i, "a colon")
		}
		r.i++
		if out = r.value(out); out == nil {
			return nil
		}
		switch r.space() {
		case ',':
			r.i++
		case '}':
			r.i++
			r.keys.Close(&keys)
			if count == 1 && string(out[at+head:min(len(out), at+head+len(bytesKey))]) == bytesKey {
				return r.bytes(out, at, head, from)
			}
			return r.close(out, at, head, tagObject, count)
		default:
			return r.unexpected(r.i, "a comma or }")
		}
	}
}

func clip(s []byte) string {
	if len(s) > 64 {
		return string(s[:64]) + "…"
	}
	return string(s)
}
