package wire

import (
	"encoding/binary"
	"unsafe"
)

// The functions of this file read and write at p+n and look at no bounds: whoever calls them has
// compared n with what there is. Builds with -race see to it that p+n is in the memory of p.

func get8(p unsafe.Pointer, n int) byte { return *(*byte)(unsafe.Add(p, n)) }

func get32(p unsafe.Pointer, n int) uint32 {
	return binary.LittleEndian.Uint32((*[4]byte)(unsafe.Add(p, n))[:])
}

func get64(p unsafe.Pointer, n int) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(p, n))[:])
}

func put8(p unsafe.Pointer, n int, v byte) { *(*byte)(unsafe.Add(p, n)) = v }

func put16(p unsafe.Pointer, n int, v uint16) {
	binary.LittleEndian.PutUint16((*[2]byte)(unsafe.Add(p, n))[:], v)
}

func put32(p unsafe.Pointer, n int, v uint32) {
	binary.LittleEndian.PutUint32((*[4]byte)(unsafe.Add(p, n))[:], v)
}

func put64(p unsafe.Pointer, n int, v uint64) {
	binary.LittleEndian.PutUint64((*[8]byte)(unsafe.Add(p, n))[:], v)
}
