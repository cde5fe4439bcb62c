package frame

import "encoding/binary"

// Sizes and numbers of the format. SPEC 16.
const (
	HeaderSize = 16         // bytes of a header
	MaxLength  = 1<<24 - 1  // payload bytes of one frame, whatever was announced
	Magic      = 0x5256454C // the id field of a HELLO: "LEVR" as bytes
	Version    = 1          // the version that this package speaks

	MinFragment  = 1024  // least payload of a frame with More
	FairFragment = 16384 // most payload of one message in a row while other calls wait

	MaxIncrement = 1<<31 - 1 // greatest byte credit, of one frame and in total
	NoLastID     = 1<<32 - 1 // aux of a GOAWAY that does not name the last call yet
	MaxHello     = 4096      // payload bytes of a HELLO
	MaxGoAway    = 1024      // payload bytes of a GOAWAY
)

// Header is the first 16 bytes of a frame. What Code, ID and Aux hold depends on Type.
type Header struct {
	Length uint32
	Type   Type
	Flags  Flags
	Code   uint16
	ID     uint32
	Aux    uint32
}

// AppendHeader writes h to the end of dst.
func AppendHeader(dst []byte, h Header) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, uint64(h.Length)|
		uint64(h.Type)<<32|uint64(h.Flags)<<40|uint64(h.Code)<<48)
	return binary.LittleEndian.AppendUint64(dst, uint64(h.ID)|uint64(h.Aux)<<32)
}

// PutHeader writes h to the first 16 bytes of b, which the caller reserved.
func PutHeader(b []byte, h Header) {
	_ = b[HeaderSize-1]
	binary.LittleEndian.PutUint64(b, uint64(h.Length)|
		uint64(h.Type)<<32|uint64(h.Flags)<<40|uint64(h.Code)<<48)
	binary.LittleEndian.PutUint64(b[8:], uint64(h.ID)|uint64(h.Aux)<<32)
}

// ConsumeHeader reads a header from the start of b. n is 16, or 0 if b is too short. Any 16 bytes
// are a header; Check says whether it is an allowed one.
func ConsumeHeader(b []byte) (h Header, n int) {
	if len(b) >= HeaderSize {
		h.load(b)
		n = HeaderSize
	}
	return h, n
}
