package wirejson

import (
	"encoding/binary"
	"math/bits"
)

const digits = "0123456789abcdef"

// text appends a string in quotes. Its text is valid UTF-8.
func (w *writer) text(out, s []byte) []byte {
	if len(s) > w.end-len(out) {
		return w.stop(out)
	}
	out = append(out, '"')
	if !w.options.EscapeHTML && len(s) < 8 && cap(s) >= 8 && cap(out)-len(out) > 8 {
		// So few bytes are looked at and copied together with what stands behind them.
		text := binary.LittleEndian.Uint64(s[:8])
		if special(text)<<(64-8*len(s)) == 0 {
			n := len(out) + len(s)
			binary.LittleEndian.PutUint64(out[len(out):len(out)+8], text)
			out = out[:n+1]
			out[n] = '"'
			return out
		}
	} else if !w.options.EscapeHTML && len(s) >= 8 && len(s) <= plainMax {
		if n := copyPlain(out, s); n == len(s) && cap(out)-len(out) > n {
			out = out[:len(out)+n+1]
			out[len(out)-1] = '"'
			return out
		}
	}
	for {
		n := w.stretch(s)
		out = append(out, s[:n]...)
		if n == len(s) {
			return append(out, '"')
		}
		c := s[n]
		switch c {
		case '"', '\\':
			out = append(out, '\\', c)
		case '\n':
			out = append(out, '\\', 'n')
		case '\t':
			out = append(out, '\\', 't')
		case '\r':
			out = append(out, '\\', 'r')
		case '\b':
			out = append(out, '\\', 'b')
		case '\f':
			out = append(out, '\\', 'f')
		case 0xE2: // a line separator, U+2028 or U+2029
			out = append(out, `\u202`...)
			out = append(out, digits[s[n+2]&15])
			n += 2
		default:
			out = append(out, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		}
		s = s[n+1:]
	}
}

// stretch is how many bytes at the start of s need no escape.
func (w *writer) stretch(s []byte) int {
	if w.options.EscapeHTML {
		return stretchHTML(s)
	}
	i := 0
	for ; len(s)-i >= 8; i += 8 {
		if m := special(binary.LittleEndian.Uint64(s[i : i+8])); m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c == '"' || c == '\\' || c < ' ' {
			break
		}
	}
	return i
}

func stretchHTML(s []byte) int {
	for i, c := range s {
		switch {
		case c == '"', c == '\\', c < ' ', c == '<', c == '>', c == '&':
			return i
		case c == 0xE2 && s[i+1] == 0x80 && s[i+2]&^1 == 0xA8:
			return i
		}
	}
	return len(s)
}

// plainMax is the longest text that is copied while it is being looked through.
const plainMax = 64

// copyPlain copies a text of at least eight bytes behind out, if nothing in it needs an escape and
// there is room for it, and returns its length; else something less.
func copyPlain(out, s []byte) int {
	n := len(s)
	if cap(out)-len(out) < n {
		return 0
	}
	dst := out[len(out) : len(out)+n]
	last := binary.LittleEndian.Uint64(s[n-8:])
	marks := special(last)
	for i := 0; i < n-8; i += 8 {
		w := binary.LittleEndian.Uint64(s[i : i+8])
		marks |= special(w)
		binary.LittleEndian.PutUint64(dst[i:i+8], w)
	}
	binary.LittleEndian.PutUint64(dst[n-8:n], last)
	if marks != 0 {
		return 0
	}
	return n
}
