package main

import "encoding/hex"

// dumpWidth is how many bytes a line of a dump shows.
const dumpWidth = 16

// appendDump appends b the way parseHex reads it back: offset, bytes, and what is printable of
// them.
//
//	00000010: 05 00 00 00 01 00 00 00 45 6c 61 6e 61           ........Elana
func appendDump(dst, b []byte) []byte {
	for at := 0; at < len(b); at += dumpWidth {
		row := b[at:min(at+dumpWidth, len(b))]
		offset := [4]byte{byte(at >> 24), byte(at >> 16), byte(at >> 8), byte(at)}
		dst = hex.AppendEncode(dst, offset[:])
		dst = append(dst, ':')
		for _, c := range row {
			dst = hex.AppendEncode(append(dst, ' '), []byte{c})
		}
		for range dumpWidth - len(row) {
			dst = append(dst, "   "...)
		}
		dst = append(dst, "  "...)
		for _, c := range row {
			if c < ' ' || c > '~' {
				c = '.'
			}
			dst = append(dst, c)
		}
		dst = append(dst, '\n')
	}
	return dst
}
