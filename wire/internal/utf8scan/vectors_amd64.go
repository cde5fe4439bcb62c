//go:build !purego

package utf8scan

// vectors is whether the processor and the system have AVX2.
var vectors = avx2()

const (
	// vectorMin is the shortest text that lookup16 takes: its last block of 16 bytes has three before
	// it, which may be the lead of a character that ends there.
	vectorMin = 16 + 3
	// wideMin is the shortest text that lookup32 is used for.
	wideMin = 64
)

// validVectors is Valid for at least vectorMin bytes.
func validVectors(s []byte) bool {
	// The lookup tells a fault by the byte behind it, so a character that is cut off by the end
	// is found here.
	n := len(s)
	if s[n-1] >= 0xC0 || s[n-2] >= 0xE0 || s[n-3] >= 0xF0 {
		return false
	}
	if n >= wideMin {
		return lookup32(&s[0], n)
	}
	return lookup16(&s[0], n)
}

// lookup16 reports whether no character that ends in the n bytes at p is malformed, n ≥ 19.
//
//go:noescape
func lookup16(p *byte, n int) bool

// lookup32 is lookup16 for n ≥ 35.
//
//go:noescape
func lookup32(p *byte, n int) bool

func avx2() bool
