// Package utf8scan reports whether bytes are UTF-8, faster than package utf8 does.
//
// Short texts are checked eight bytes at a time. On amd64 with AVX2, which is looked for once, longer
// ones are checked 16 or 32 bytes at a time, whatever script they are in; the build tag purego leaves
// that out. Nothing outside of a text is ever read, and no input makes it slow.
//
// It agrees with package utf8 on every input and allocates nothing.
package utf8scan

// Valid reports whether s is UTF-8.
func Valid(s []byte) bool {
	if len(s) >= vectorMin && vectors {
		return validVectors(s)
	}
	return validWords(s)
}
