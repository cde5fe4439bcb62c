package wire

import (
	"encoding/binary"
	"unsafe"

	"github.com/leverrpc/lever/wire/internal/utf8scan"
)

// highBits is set in the top bit of each of eight bytes: no ASCII byte has it.
const highBits = 0x8080808080808080

func validString(s string) bool {
	return utf8scan.Valid(unsafe.Slice(unsafe.StringData(s), len(s)))
}

// validAt is utf8scan.Valid(b[start:end]) for the short ASCII texts that most texts are: it looks
// at the bytes behind the text too, where there are enough, to load eight at once.
func validAt(b []byte, start, end int) bool {
	n := uint(end - start)
	if n > 16 || cap(b)-start < 16 {
		return utf8scan.Valid(b[start:end])
	}
	p := b[start : start+16 : cap(b)]
	lo, hi := binary.LittleEndian.Uint64(p), binary.LittleEndian.Uint64(p[8:])
	// A shift by 64 is zero in Go, so that each mask is all or nothing at its ends.
	lo &= 1<<(8*n) - 1
	hi &= 1<<(8*max(n, 8)-64) - 1
	return (lo|hi)&highBits == 0 || utf8scan.Valid(b[start:end])
}
