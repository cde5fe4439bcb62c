package utf8scan

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// highBits is set in the top bit of each of eight bytes: no ASCII byte has it.
const highBits = 0x8080808080808080

// validWords is Valid without vectors. Texts of one script are mostly runs of characters of one
// length, so runs of one, two and three bytes are checked eight bytes or more at a time; what does
// not fit is left to package utf8, character by character.
func validWords(s []byte) bool {
	for i := 0; i < len(s); {
		w := textWord(s, i)
		high := w & highBits
		switch {
		case high == 0:
			i += 8
		case w&0xC0C0F0 == 0x8080E0 && plainLead(w):
			i += 3
			if w = w >> 24; w&0xC0C0F0 == 0x8080E0 && plainLead(w) {
				i += 3 + threes(s[i+3:])
			}
		case onesAndTwos(w):
			i += 8 - int(w&(w<<1)>>63) // without a lead that is the last byte
		case high&-high > 1<<7:
			i += bits.TrailingZeros64(high) >> 3
		default:
			r, n := utf8.DecodeRune(s[i:])
			if r == utf8.RuneError && n == 1 {
				return false
			}
			i += n
		}
	}
	return true
}

// textWord is the eight bytes from s[i] on, with zeros where s has fewer.
func textWord(s []byte, i int) uint64 {
	rest := len(s) - i
	switch {
	case rest >= 8:
		return word(s[i:])
	case len(s) >= 8:
		return word(s[len(s)-8:]) >> (64 - 8*rest)
	}
	var w uint64
	for k, c := range s[i:] {
		w |= uint64(c) << (8 * k)
	}
	return w
}

func word(s []byte) uint64 { return binary.LittleEndian.Uint64(s) }

// threes is how many bytes at the start of s are characters of three bytes, taken eight at a time.
// It may stop early, before a lead after which not any two continuation bytes are valid.
func threes(s []byte) (n int) {
	const (
		sevenBits = 0x7F7F7F7F7F7F7F7F
		surrogate = 0x0D0D0D0D0D0D0D0D // the low halves of leads ED
	)
	for ; len(s)-n >= 24; n += 24 {
		p := s[n : n+24]
		a, b, c := word(p), word(p[8:]), word(p[16:])
		if a&0xC0F0C0C0F0C0C0F0 != 0x80E08080E08080E0 || b&0xF0C0C0F0C0C0F0C0 != 0xE08080E08080E080 ||
			c&0xC0C0F0C0C0F0C0C0 != 0x8080E08080E08080 {
			break
		}
		// The leads are at different places in the three words: together they are one word.
		leads := a&0x000F00000F00000F | b&0x0F00000F00000F00 | c&0x00000F00000F0000
		if (leads+sevenBits)&(leads^surrogate+sevenBits)&highBits != highBits {
			break
		}
	}
	return n
}

// plainLead reports whether the low byte of w is the lead of three bytes and is one after which
// any two continuation bytes are valid: E0 begins overlong forms too, ED surrogates.
func plainLead(w uint64) bool { return 0b1101_1111_1111_1110>>(w&15)&1 != 0 }

// onesAndTwos reports whether w begins with a character and has only such of one and two bytes, of
// which the last one may be cut off.
func onesAndTwos(w uint64) bool {
	leads, followers := w&(w<<1)&highBits, w&^(w<<1)&highBits
	if leads<<8 != followers || leads&(w<<2) != 0 {
		return false
	}
	// C0 and C1 would begin overlong forms: the bits above the lowest are all zero.
	const bits, carry = 0x1E1E1E1E1E1E1E1E, 0x7E7E7E7E7E7E7E7E
	return (w&bits+carry)&leads == leads
}
