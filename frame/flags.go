package frame

import (
	"strconv"
	"strings"
)

// Flags are one byte of a header. A bit means what its frame type says. SPEC 5.2.
type Flags uint8

// The flags of version 1. A bit that a type does not use is reserved and must be zero.
const (
	More       Flags = 0x01 // CALL RESULT MSG: a continuation follows as MSG with the same id
	Bytes      Flags = 0x02 // CALL RESULT MSG: the payload is raw bytes, else a wire value
	Stream     Flags = 0x04 // CALL: both sides may send messages
	Oneway     Flags = 0x08 // CALL: no RESULT will come
	Idempotent Flags = 0x10 // CALL: running it twice does no harm
	Ext        Flags = 0x20 // CALL RESULT: an extension block precedes the arguments or value

	Urgent    Flags = 0x40 // CALL: class 1, goes first
	Bulk      Flags = 0x80 // CALL: class 2, goes last
	ClassMask Flags = 0xC0 // CALL: both bits set is reserved

	Unprocessed Flags = 0x08 // RESULT: the handler never ran
	NoRetry     Flags = 0x10 // RESULT: do not try again
)

// flagNames lists the flags of one type from the lowest bit up; "" is reserved.
var flagNames = [Bind + 1][8]string{
	Call:   {"MORE", "BYTES", "STREAM", "ONEWAY", "IDEMPOTENT", "EXT", "URGENT", "BULK"},
	Result: {"MORE", "BYTES", "", "UNPROCESSED", "NORETRY", "EXT"},
	Msg:    {"MORE", "BYTES"},
}

// Names gives the flags of a frame of type t as in "MORE|BYTES", or "" for none. A bit that is
// reserved shows as for example "0x40".
func (f Flags) Names(t Type) string {
	var b strings.Builder
	for bit := range 8 {
		if f&(1<<bit) == 0 {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('|')
		}
		if t.Known() && flagNames[t][bit] != "" {
			b.WriteString(flagNames[t][bit])
		} else {
			b.WriteString("0x" + strconv.FormatUint(1<<bit, 16))
		}
	}
	return b.String()
}

// definedFlags is the set of bits that a frame of type t may have.
func definedFlags(t Type) Flags {
	var f Flags
	for bit, name := range flagNames[t] {
		if name != "" {
			f |= 1 << bit
		}
	}
	return f
}
