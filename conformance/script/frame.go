package script

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// HeaderSize is the number of bytes in front of each payload. SPEC 5.1.
const HeaderSize = 16

// Magic is the id of a HELLO: the bytes LEVR.
const Magic = 0x5256454C

// The frame types of SPEC 5.1.
const (
	Hello  = 0x01
	Call   = 0x02
	Result = 0x03
	Msg    = 0x04
	Finish = 0x05
	Cancel = 0x06
	Credit = 0x07
	Ping   = 0x08
	GoAway = 0x09
	Bind   = 0x0A

	FirstIgnorable = 0x80
)

// The flags of SPEC 5.2. Two bits mean one thing on a CALL and another on a RESULT.
const (
	More        = 0x01
	Bytes       = 0x02
	Stream      = 0x04
	Oneway      = 0x08
	Idempotent  = 0x10
	Ext         = 0x20
	Urgent      = 0x40
	Bulk        = 0x80
	Unprocessed = 0x08
	NoRetry     = 0x10
)

// Frame is one frame, allowed or not: Length is what the header says, whatever Payload holds.
type Frame struct {
	Length  uint32
	Type    uint8
	Flags   uint8
	Code    uint16
	ID      uint32
	Aux     uint32
	Payload []byte
}

// Append writes the header and the payload to the end of dst.
func (f Frame) Append(dst []byte) []byte {
	le := binary.LittleEndian
	dst = le.AppendUint32(dst, f.Length)
	dst = append(dst, f.Type, f.Flags)
	dst = le.AppendUint16(dst, f.Code)
	dst = le.AppendUint32(dst, f.ID)
	dst = le.AppendUint32(dst, f.Aux)
	return append(dst, f.Payload...)
}

// Cut reads the first frame of b. n is its size, or 0 if b ends inside it. Payload is lent.
func Cut(b []byte) (f Frame, n int) {
	if len(b) < HeaderSize {
		return Frame{}, 0
	}
	le := binary.LittleEndian
	f = Frame{
		Length: le.Uint32(b), Type: b[4], Flags: b[5], Code: le.Uint16(b[6:]),
		ID: le.Uint32(b[8:]), Aux: le.Uint32(b[12:]),
	}
	if uint64(len(b)) < HeaderSize+uint64(f.Length) {
		return Frame{}, 0
	}
	n = HeaderSize + int(f.Length)
	f.Payload = b[HeaderSize:n:n]
	return f, n
}

// Carries reports whether the frame's payload counts against byte credit. SPEC 8.1.
func (f Frame) Carries() bool { return f.Type == Call || f.Type == Result || f.Type == Msg }

// String tells the frame in one line, as scripts write it.
func (f Frame) String() string {
	var b strings.Builder
	b.WriteString(TypeName(f.Type))
	if f.ID != 0 && f.Type != Hello {
		fmt.Fprintf(&b, " #%d", f.ID)
	}
	switch {
	case f.Type == Result:
		b.WriteString(" status=" + statusNames.of(uint32(f.Code)))
	case f.Type == GoAway:
		b.WriteString(" reason=" + reasonNames.of(uint32(f.Code)))
	case f.Code != 0:
		fmt.Fprintf(&b, " code=%d", f.Code)
	}
	if f.Flags != 0 {
		b.WriteString(" flags=" + flagNames(f.Type, f.Flags))
	}
	if f.Aux != 0 {
		fmt.Fprintf(&b, " aux=%d", f.Aux)
	}
	if f.Length != 0 {
		fmt.Fprintf(&b, " length=%d", f.Length)
	}
	return b.String()
}
