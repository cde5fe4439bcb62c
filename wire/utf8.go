package wire

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
	"unsafe"
)

// highBits is set in the top bit of each of eight bytes: no ASCII byte has it.
const highBits = 0x8080808080808080

// validText reports whether s is UTF-8. Texts of one script are mostly runs of characters of one
// length, so runs of one, two and three bytes are checked eight bytes at a time; what does not fit
// is left to package utf8, character by character.
func validText(s []byte) bool {
	i := 0
	for len(s)-i >= 8 {
		w := binary.LittleEndian.Uint64(s[i : i+8])
		high := w & highBits
		switch {
		case high == 0:
			i += 8
		case high&-high > 1<<7:
			i += bits.TrailingZeros64(high) >> 3
		case w&0xC0C0F0C0C0F0 == 0x8080E08080E0 && plainLead(w) && plainLead(w>>24):
			i += 6
		case w&0xC0E0C0E0C0E0C0E0 == 0x80C080C080C080C0 && noneOverlong(w):
			i += 8
		default:
			r, n := utf8.DecodeRune(s[i:])
			if r == utf8.RuneError && n == 1 {
				return false
			}
			i += n
		}
	}
	return shortValid(s[i:])
}

// plainLead reports whether the low byte of w is the lead of three bytes and is one after which
// any two continuation bytes are valid: E0 begins overlong forms too, ED surrogates.
func plainLead(w uint64) bool { return 0b1101_1111_1111_1110>>(w&15)&1 != 0 }

// noneOverlong reports whether none of the four leads of two bytes in w is C0 or C1.
func noneOverlong(w uint64) bool {
	return w&0x1E != 0 && w&0x1E_0000 != 0 && w&0x1E_0000_0000 != 0 && w&0x1E_0000_0000_0000 != 0
}

// shortValid is validText for what is left: less than eight bytes.
func shortValid(s []byte) bool {
	var high byte
	for _, c := range s {
		high |= c
	}
	return high < utf8.RuneSelf || utf8.Valid(s)
}

func validString(s string) bool {
	return validText(unsafe.Slice(unsafe.StringData(s), len(s)))
}

// validAt is validText(b[start:end]) for the short ASCII texts that most texts are: it looks at the
// bytes behind the text too, where there are enough, to load eight at once.
func validAt(b []byte, start, end int) bool {
	n := uint(end - start)
	if n > 16 || cap(b)-start < 16 {
		return validText(b[start:end])
	}
	p := b[start : start+16 : cap(b)]
	lo, hi := binary.LittleEndian.Uint64(p), binary.LittleEndian.Uint64(p[8:])
	// A shift by 64 is zero in Go, so that each mask is all or nothing at its ends.
	lo &= 1<<(8*n) - 1
	hi &= 1<<(8*max(n, 8)-64) - 1
	return (lo|hi)&highBits == 0 || validText(b[start:end])
}

// copyText copies s to the start of dst, which is at least eight bytes longer, and reports whether
// s is UTF-8.
func copyText(dst []byte, s string) bool {
	src := unsafe.Slice(unsafe.StringData(s), len(s))
	n := len(src)
	var high uint64
	switch {
	case n >= 8:
		_ = dst[n+7]
		last := binary.LittleEndian.Uint64(src[n-8:])
		high = last
		for i := 0; i < n-8; i += 8 {
			w := binary.LittleEndian.Uint64(src[i : i+8])
			high |= w
			binary.LittleEndian.PutUint64(dst[i:i+8], w)
		}
		binary.LittleEndian.PutUint64(dst[n-8:n], last)
	case n >= 4:
		// Two words that overlap make one of up to eight bytes.
		lo, hi := binary.LittleEndian.Uint32(src), binary.LittleEndian.Uint32(src[n-4:])
		high = uint64(lo) | uint64(hi)<<(8*(n-4)&63)
		binary.LittleEndian.PutUint64(dst[:8], high)
	case n > 0:
		// So do the first, the middle and the last of up to three bytes.
		high = uint64(src[0]) | uint64(src[n>>1])<<(8*(n>>1)&63) | uint64(src[n-1])<<(8*(n-1)&63)
		binary.LittleEndian.PutUint64(dst[:8], high)
	}
	return high&highBits == 0 || validText(src)
}
