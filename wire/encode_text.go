package wire

import (
	"math/big"
	"reflect"
	"strconv"
	"time"
	"unsafe"
)

const (
	notUTF8    = "found a string that is not UTF-8, use []byte for raw bytes"
	notUTF8Key = "found a key that is not UTF-8"
)

// textRoom is what a string, a key or bytes take besides their content.
const textRoom = 6

// string writes a string.
func (e *encoder) string(n int, s string) int {
	e.reserve(n, len(s)+textRoom)
	if copyText(e.top, n, data(s), len(s))&highBits != 0 && !validString(s) {
		return e.fail(notUTF8)
	}
	n -= len(s)
	if len(s) <= shortTextMax {
		put8(e.top, n-1, tagText|byte(len(s)))
		return n - 1
	}
	n = backVarint(e.top, n, len(s))
	put8(e.top, n-1, tagLongText)
	return n - 1
}

// key writes the key of a member.
func (e *encoder) key(n int, k string) int {
	e.reserve(n, len(k)+textRoom)
	if copyText(e.top, n, data(k), len(k))&highBits != 0 && !validString(k) {
		return e.fail(notUTF8Key)
	}
	n -= len(k)
	if len(k) < varintTwo {
		put8(e.top, n-1, byte(len(k)))
		return n - 1
	}
	return backVarint(e.top, n, len(k))
}

func data(s string) unsafe.Pointer { return unsafe.Pointer(unsafe.StringData(s)) }

// bytes writes raw bytes; nil is null.
func (e *encoder) bytes(n int, v []byte) int {
	if v == nil {
		return e.tag(n, tagNull)
	}
	return e.block(n, tagBytes, v)
}

// block writes a value whose tag is followed by a varint length.
func (e *encoder) block(n int, tag byte, v []byte) int {
	e.reserve(n, len(v)+textRoom)
	n = backVarint(e.top, e.copy(n, v), len(v))
	put8(e.top, n-1, tag)
	return n - 1
}

func (e *encoder) number(n int, v string) int {
	if v == "" {
		return e.tag(n, 0) // the zero Number, as in encoding/json
	}
	text := unsafe.Slice(unsafe.StringData(v), len(v))
	switch f, u, x := classify(text); f {
	case formUint:
		return e.uint(n, u)
	case formNeg:
		return e.int(n, -1-int64(u))
	case formFloat:
		return e.float(n, x)
	case formLiteral:
		return e.block(n, tagNumber, text)
	}
	return e.fail(literalFault([]byte(v)))
}

// text writes the types that say themselves how they are written.
func (e *encoder) text(n int, p *plan, ptr unsafe.Pointer) int {
	switch p.op {
	case opBigInt:
		v := (*big.Int)(ptr)
		switch {
		case v.IsInt64():
			return e.int(n, v.Int64())
		case v.IsUint64():
			return e.uint(n, v.Uint64())
		}
		return e.number(n, v.String())
	case opTime:
		// The longest has 35 bytes, so that the length fits the tag.
		var buf [48]byte
		text, err := (*time.Time)(ptr).AppendText(buf[:0])
		if err != nil {
			return e.fail(err.Error())
		}
		return e.tag(e.copy(n, text), tagText|byte(len(text)))
	}
	text, err := p.marshalText(reflect.NewAt(p.typ, ptr))
	if err != nil {
		return e.fail(err.Error())
	}
	return e.string(n, text)
}

// keyText is the key that v points to, as text.
func (e *encoder) keyText(p *plan, v reflect.Value) (text string, ok bool) {
	k := v.Elem()
	switch kind := k.Kind(); {
	case kind == reflect.String && p.op != opText:
		return k.String(), true
	case p.op == opText, p.op == opTime, p.op == opBigInt:
		text, err := p.marshalText(v)
		if err != nil {
			e.fail(err.Error())
			return "", false
		}
		return text, true
	case kind >= reflect.Uint && kind <= reflect.Uintptr:
		return strconv.FormatUint(k.Uint(), 10), true
	case kind >= reflect.Int && kind <= reflect.Int64:
		return strconv.FormatInt(k.Int(), 10), true
	}
	e.fail("Go type " + p.typ.String() + " cannot be written as a key")
	return "", false
}

// quoted writes a number or bool as a string that holds its JSON text.
func (e *encoder) quoted(n int, p *plan, ptr unsafe.Pointer) int {
	start := e.value(n, p.elem, ptr)
	if start == fault {
		return fault
	}
	end := len(e.buf) - 1
	switch inner := e.buf[end+start : end+n]; inner[0] {
	case tagTrue:
		return e.string(n, "true")
	case tagFalse:
		return e.string(n, "false")
	default:
		var buf [64]byte
		text, _ := appendNumberText(buf[:0], inner, 0)
		return e.tag(e.copy(n, text), tagText|byte(len(text)))
	}
}
