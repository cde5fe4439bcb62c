//go:build !(386 || amd64 || arm || arm64 || loong64 || mips64le || mipsle || ppc64le || riscv64 || wasm)

package frame

import "encoding/binary"

// load reads a header on a machine of the other byte order.
func (h *Header) load(b []byte) {
	lo, hi := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
	*h = Header{
		Length: uint32(lo), Type: Type(lo >> 32), Flags: Flags(lo >> 40), Code: uint16(lo >> 48),
		ID: uint32(hi), Aux: uint32(hi >> 32),
	}
}
