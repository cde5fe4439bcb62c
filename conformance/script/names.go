package script

import (
	"fmt"
	"strconv"
	"strings"
)

// register is a table of numbers with names, as SPEC prints them.
type register map[string]uint32

var typeNames = register{
	"HELLO": Hello, "CALL": Call, "RESULT": Result, "MSG": Msg, "FINISH": Finish,
	"CANCEL": Cancel, "CREDIT": Credit, "PING": Ping, "GOAWAY": GoAway, "BIND": Bind,
}

// SPEC 15.1.
var statusNames = register{
	"OK": 0, "APPLICATION": 1, "INVALID_ARGUMENT": 2, "CANCELLED": 3, "DEADLINE_EXCEEDED": 4,
	"NO_SERVICE": 5, "NO_METHOD": 6, "NO_RESOURCE": 7, "PRIVATE": 8, "WRONG_KIND": 9,
	"UNAUTHENTICATED": 10, "PERMISSION_DENIED": 11, "RESOURCE_EXHAUSTED": 12, "TOO_LARGE": 13,
	"UNAVAILABLE": 14, "INTERNAL": 15, "WRONG_OWNER": 16, "NOT_LEASED": 17, "MOVED": 18,
	"FORGOTTEN": 19,
}

// SPEC 15.2.
var reasonNames = register{
	"NONE": 0, "PROTOCOL": 1, "FLOW": 2, "FRAME_TOO_LARGE": 3, "CALM": 4, "TIMEOUT": 5,
	"BAD_VERSION": 6, "REFUSED": 7, "INTERNAL": 8, "IDS_EXHAUSTED": 9,
	"UNAVAILABLE": 10,
}

// SPEC 15.3.
var cancelNames = register{"CALLER": 0, "TIMEOUT": 1, "UNWANTED": 2}

// Params are the numbers of a HELLO, by name. SPEC 15.4.
var Params = map[string]uint16{
	"MAX_FRAME": 1, "MAX_MESSAGE": 2, "CALLS": 3, "CONN_BYTES": 4, "STREAM_BYTES": 5,
	"MAX_BINDINGS": 6, "IDLE_MS": 7, "KEEP_MS": 13,
}

// Minimum is what each side may rely on before it has read a HELLO. SPEC 16.
var Minimum = map[string]int64{
	"MAX_FRAME": 16384, "MAX_MESSAGE": 4194304, "CALLS": 64, "CONN_BYTES": 65536,
	"STREAM_BYTES": 65536, "MAX_BINDINGS": 0, "IDLE_MS": 0, "KEEP_MS": 0,
}

// flagBits are the flags by the name that they have on frames of a type.
func flagBits(typ uint8) register {
	bits := register{"MORE": More, "BYTES": Bytes}
	switch typ {
	case Call:
		for name, bit := range (register{
			"STREAM": Stream, "ONEWAY": Oneway, "IDEMPOTENT": Idempotent, "EXT": Ext,
			"URGENT": Urgent, "BULK": Bulk,
		}) {
			bits[name] = bit
		}
	case Result:
		bits["UNPROCESSED"], bits["NORETRY"], bits["EXT"] = Unprocessed, NoRetry, Ext
	}
	return bits
}

// of gives the name of n, or its digits.
func (r register) of(n uint32) string {
	for name, v := range r {
		if v == n {
			return name
		}
	}
	return strconv.FormatUint(uint64(n), 10)
}

// TypeName gives the name of a frame type, or for example "0x9a".
func TypeName(t uint8) string {
	for name, v := range typeNames {
		if v == uint32(t) {
			return name
		}
	}
	return fmt.Sprintf("0x%02x", t)
}

// StatusName gives the name of a status, or its digits.
func StatusName(s uint16) string { return statusNames.of(uint32(s)) }

// flagNames gives flags as in "MORE|BYTES"; bits without a name are a number at the end.
func flagNames(typ, flags uint8) string {
	bits := flagBits(typ)
	var names []string
	for bit := uint32(1); bit < 256; bit <<= 1 {
		if uint32(flags)&bit == 0 {
			continue
		}
		name := fmt.Sprintf("0x%02x", bit)
		for candidate, v := range bits {
			if v == bit {
				name = candidate
			}
		}
		names = append(names, name)
	}
	return strings.Join(names, "|")
}
