package frame

import (
	"math"
	"testing"
)

const maxU32 = math.MaxUint32

func TestCheckAllows(t *testing.T) {
	for _, c := range []struct {
		name string
		h    Header
	}{
		{"a client's HELLO", Header{30, Hello, 0, 1, Magic, 1}},
		{"a HELLO without parameters", Header{0, Hello, 0, 1, Magic, 0}},
		{"the longest HELLO", Header{MaxHello, Hello, 0, 65535, Magic, 65535}},
		{"an inline CALL", Header{20, Call, 0, 0, 1, 0}},
		{"a bound CALL without arguments", Header{0, Call, 0, 7, 2, maxU32}},
		{"a CALL with all that goes together", Header{1024, Call, More | Bytes | Stream | Idempotent | Ext | Bulk, 9, maxU32, 1}},
		{"a ONEWAY CALL", Header{1, Call, Oneway | Urgent, 9, 3, 0}},
		{"the longest frame", Header{MaxLength, Call, 0, 0, 1, 0}},
		{"a RESULT", Header{1, Result, 0, 0, 1, 17}},
		{"a RESULT of a refused call", Header{0, Result, Unprocessed | NoRetry, 14, 1, 250}},
		{"a RESULT with a status of the application's", Header{9, Result, Bytes | Ext, 65535, 1, 0}},
		{"the least RESULT with MORE", Header{MinFragment, Result, More, 0, 1, 0}},
		{"an empty MSG", Header{0, Msg, 0, 0, 1, 0}},
		{"a MSG that carries credit", Header{5, Msg, Bytes, 0, 1, MaxIncrement}},
		{"FINISH", Header{0, Finish, 0, 0, 1, 0}},
		{"CANCEL", Header{0, Cancel, 0, 1, 1, 0}},
		{"CANCEL for a reason of a later version", Header{0, Cancel, 0, 999, 1, 0}},
		{"CREDIT of calls alone", Header{0, Credit, 0, 1, 0, 0}},
		{"CREDIT of bytes alone", Header{0, Credit, 0, 0, 0, 1}},
		{"CREDIT of both", Header{0, Credit, 0, 65535, 0, MaxIncrement}},
		{"CREDIT of one call", Header{0, Credit, 0, 0, 1, 1}},
		{"PING", Header{0, Ping, 0, 0, 0, 0}},
		{"the answer to PING", Header{0, Ping, 0, 1, 0, maxU32}},
		{"GOAWAY", Header{0, GoAway, 0, 0, 0, NoLastID}},
		{"the longest GOAWAY", Header{MaxGoAway, GoAway, 0, 65535, 0, 0}},
		{"the shortest BIND", Header{MinName, Bind, 0, 1, 0, 0}},
		{"the longest BIND", Header{MaxName, Bind, 0, 65535, 0, 0}},
		{"an ignorable type whatever it holds", Header{MaxLength, 0x80, 0xFF, 1, 1, 1}},
		{"grease", Header{0, 0x8A, 0xFF, 1, 1, 1}},
	} {
		if err := c.h.Check(); err != nil {
			t.Errorf("%s: got %v, want nil", c.name, err)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	for _, c := range []struct {
		h    Header
		want string
	}{
		{Header{0, 0x00, 0, 0, 0, 0}, "PROTOCOL: header: type is 0x00, which is reserved"},
		{Header{0, 0x0B, 0, 0, 0, 0}, "PROTOCOL: header: type is 0x0b, which is reserved"},
		{Header{0, 0x7F, 0, 0, 0, 0}, "PROTOCOL: header: type is 0x7f, which is reserved"},
		{Header{MaxLength + 1, 0x8A, 0, 0, 0, 0}, "FRAME_TOO_LARGE: GREASE(0x8a) header: length is 16777216, at most 16777215"},
		{Header{maxU32, Call, 0, 0, 1, 0}, "FRAME_TOO_LARGE: CALL header: length is 4294967295, at most 16777215"},
		{Header{0, Hello, 0, 1, Magic + 1, 1}, "PROTOCOL: HELLO header: id is 1381385549, expected 1381385548"},
		{Header{0, Hello, 0, 0, Magic, 1}, "PROTOCOL: HELLO header: code is 0, expected 1 to 65535"},
		{Header{0, Hello, 0, 1, Magic, 65536}, "PROTOCOL: HELLO header: aux is 65536, expected 0 to 65535"},
		{Header{MaxHello + 1, Hello, 0, 1, Magic, 1}, "PROTOCOL: HELLO header: length is 4097, expected 0 to 4096"},
		{Header{0, Hello, 1, 1, Magic, 1}, "PROTOCOL: HELLO header: flags are 0x01, of which 0x01 is reserved"},
		{Header{9, Call, 0, 0, 0, 0}, "PROTOCOL: CALL header: id is 0, expected at least 1"},
		{Header{9, Call, Urgent | Bulk, 0, 1, 0}, "PROTOCOL: CALL header: class is 3, which is reserved"},
		{Header{9, Call, Stream | Oneway, 0, 1, 0}, "PROTOCOL: CALL header: STREAM and ONEWAY exclude each other"},
		{Header{1023, Call, More, 0, 1, 0}, "PROTOCOL: CALL header: length is 1023 with MORE, expected at least 1024"},
		{Header{0, Result, 0, 0, 0, 0}, "PROTOCOL: RESULT header: id is 0, expected at least 1"},
		{Header{0, Result, 0x04, 0, 1, 0}, "PROTOCOL: RESULT header: flags are 0x04, of which 0x04 is reserved"},
		{Header{0, Result, Unprocessed, 0, 1, 0}, "PROTOCOL: RESULT header: status is OK with UNPROCESSED, expected neither UNPROCESSED nor NORETRY"},
		{Header{0, Result, NoRetry, 0, 1, 0}, "PROTOCOL: RESULT header: status is OK with NORETRY, expected neither UNPROCESSED nor NORETRY"},
		{Header{0, Result, More, 0, 1, 0}, "PROTOCOL: RESULT header: length is 0 with MORE, expected at least 1024"},
		{Header{0, Msg, 0, 0, 0, 0}, "PROTOCOL: MSG header: id is 0, expected at least 1"},
		{Header{0, Msg, 0, 1, 1, 0}, "PROTOCOL: MSG header: code is 1, expected 0"},
		{Header{0, Msg, Ext, 0, 1, 0}, "PROTOCOL: MSG header: flags are 0x20, of which 0x20 is reserved"},
		{Header{0, Msg, 0, 0, 1, 1 << 31}, "FLOW: MSG header: aux is 2147483648, expected 0 to 2147483647"},
		{Header{0, Msg, More, 0, 1, 0}, "PROTOCOL: MSG header: length is 0 with MORE, expected at least 1024"},
		{Header{1, Finish, 0, 0, 1, 0}, "PROTOCOL: FINISH header: length is 1, expected 0"},
		{Header{0, Finish, 0, 0, 1, 1}, "PROTOCOL: FINISH header: aux is 1, expected 0"},
		{Header{0, Finish, 0, 0, 0, 0}, "PROTOCOL: FINISH header: id is 0, expected at least 1"},
		{Header{0, Cancel, 0, 0, 0, 0}, "PROTOCOL: CANCEL header: id is 0, expected at least 1"},
		{Header{0, Cancel, 0, 0, 1, 5}, "PROTOCOL: CANCEL header: aux is 5, expected 0"},
		{Header{0, Credit, 0, 0, 0, 0}, "FLOW: CREDIT header: increment is 0, expected at least 1"},
		{Header{0, Credit, 0, 0, 1, 0}, "FLOW: CREDIT header: increment is 0, expected at least 1"},
		{Header{0, Credit, 0, 1, 1, 1}, "PROTOCOL: CREDIT header: code is 1 on call 1, expected 0 (calls belong to id 0)"},
		{Header{0, Credit, 0, 0, 1, 1 << 31}, "FLOW: CREDIT header: aux is 2147483648, expected 0 to 2147483647"},
		{Header{1, Credit, 0, 1, 0, 1}, "PROTOCOL: CREDIT header: length is 1, expected 0"},
		{Header{0, Ping, 0, 2, 0, 0}, "PROTOCOL: PING header: code is 2, expected 0 to 1"},
		{Header{0, Ping, 0, 0, 1, 0}, "PROTOCOL: PING header: id is 1, expected 0"},
		{Header{MaxGoAway + 1, GoAway, 0, 0, 0, 0}, "PROTOCOL: GOAWAY header: length is 1025, expected 0 to 1024"},
		{Header{0, GoAway, 0, 0, 1, 0}, "PROTOCOL: GOAWAY header: id is 1, expected 0"},
		{Header{5, Bind, 0, 0, 0, 0}, "PROTOCOL: BIND header: code is 0, expected 1 to 65535"},
		{Header{4, Bind, 0, 1, 0, 0}, "PROTOCOL: BIND header: length is 4, expected 5 to 511"},
		{Header{512, Bind, 0, 1, 0, 0}, "PROTOCOL: BIND header: length is 512, expected 5 to 511"},
		{Header{5, Bind, 0, 1, 3, 0}, "PROTOCOL: BIND header: id is 3, expected 0"},
		{Header{5, Bind, 0, 1, 0, 1}, "PROTOCOL: BIND header: aux is 1, expected 0"},
	} {
		if got, want := text(c.h.Check()), "frame: "+c.want; got != want {
			t.Errorf("%+v\n got %s\nwant %s", c.h, got, want)
		}
	}
}

// TestCheckAgreesWithItsWords runs every type with every flags byte and telling values of the other
// fields: a refusal always has a reason and words, and what is refused with one flag set stays
// refused with another reserved one.
func TestCheckAgreesWithItsWords(t *testing.T) {
	numbers := []uint32{0, 1, 511, 1023, 1025, 4096, MaxLength, 1 << 31, maxU32}
	ids := []uint32{0, 1, Magic}
	for typ := range 256 {
		if typ > 0x10 && typ < 0x7E || typ > 0x8B && typ < 0xF9 {
			continue // as their neighbours
		}
		for flags := range 256 {
			for _, length := range numbers {
				for _, id := range ids {
					h := Header{length, Type(typ), Flags(flags), 1, id, length}
					err := h.Check()
					if allowed := twinAllows(h); allowed != (err == nil) {
						t.Fatalf("%+v: got %v, want allowed=%v", h, err, allowed)
					}
					if err != nil && (err.Reason == ReasonNone || err.Text == "") {
						t.Fatalf("%+v: refused without a reason or words: %+v", h, err)
					}
				}
			}
		}
	}
}

// twinAllows is Check once more, written plainly from SPEC 5.
func twinAllows(h Header) bool {
	length, code, id, aux, f := h.Length, h.Code, h.ID, h.Aux, h.Flags
	if length >= 1<<24 {
		return false
	}
	if h.Type >= 0x80 {
		return true
	}
	if f&More != 0 && length < 1024 {
		return false
	}
	switch h.Type {
	case Hello:
		return f == 0 && id == 0x5256454C && code >= 1 && aux < 65536 && length <= 4096
	case Call:
		return id != 0 && f>>6 != 3 && f&12 != 12
	case Result:
		return id != 0 && f&0xC4 == 0 && (code != 0 || f&0x18 == 0)
	case Msg:
		return id != 0 && f&0xFC == 0 && code == 0 && aux < 1<<31
	case Finish:
		return id != 0 && f == 0 && code == 0 && aux == 0 && length == 0
	case Cancel:
		return id != 0 && f == 0 && aux == 0 && length == 0
	case Credit:
		if f != 0 || length != 0 || aux >= 1<<31 {
			return false
		}
		return id == 0 && (code != 0 || aux != 0) || id != 0 && code == 0 && aux != 0
	case Ping:
		return f == 0 && id == 0 && code <= 1 && length == 0
	case GoAway:
		return f == 0 && id == 0 && length <= 1024
	case Bind:
		return f == 0 && id == 0 && code != 0 && aux == 0 && length >= 5 && length <= 511
	}
	return false
}
