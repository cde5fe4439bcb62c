package wire

import (
	"math/big"
	"reflect"
	"strconv"
	"time"
	"unsafe"

	"github.com/leverrpc/lever/wire/internal/utf8scan"
)

// number reads a number of any form into a Number or a big.Int.
func (d *decoder) number(b []byte, i int, p *plan, ptr unsafe.Pointer) int {
	if k := kindOf(b[i]); k != Integer && k != Float && k != Literal {
		return d.mismatch(b, i, p)
	}
	text, next := appendNumberText(nil, b, i)
	if next < 0 {
		return d.mismatch(b, i, p)
	}
	if p.op == opNumber {
		*(*string)(ptr) = string(text)
		return next
	}
	n := (*big.Int)(ptr)
	if l, _ := scanNumber(text); l.integral {
		if len(text) > bigDigits {
			return d.fail(&Error{Offset: i, Text: "found an integer of " +
				strconv.Itoa(len(text)) + " digits, want at most " + strconv.Itoa(bigDigits)})
		}
		n.SetString(string(text), 10)
		return next
	}
	if f, _ := floatAt(b, i); kindOf(b[i]) == Float && f == float64(int64(f)) ||
		kindOf(b[i]) == Float && (f >= exponentFrom || f <= -exponentFrom) {
		new(big.Float).SetFloat64(f).Int(n)
		return next
	}
	return d.fail(tooLarge(b, i, p))
}

// bigDigits bounds the integers that are read into a big.Int: the time for it is quadratic.
const bigDigits = 10_000

// text reads a string into a type that is made from text.
func (d *decoder) text(b []byte, i int, p *plan, ptr unsafe.Pointer) int {
	if kindOf(b[i]) != String {
		return d.mismatch(b, i, p)
	}
	start, end := textAt(b, i)
	if end < 0 {
		return d.mismatch(b, i, p)
	}
	if !utf8scan.Valid(b[start:end]) {
		return d.fail(notText(start, "string"))
	}
	var err error
	switch p.op {
	case opTime:
		err = (*time.Time)(ptr).UnmarshalText(b[start:end])
	case opQuoted:
		return d.quoted(b, i, p, ptr)
	default:
		if !p.reads {
			return d.fail(&Error{Offset: i, Text: "Go type " + p.typ.String() +
				" has no UnmarshalText"})
		}
		// The method gets a copy, because it may keep what it is given.
		err = p.unmarshalText(reflect.NewAt(p.typ, ptr), append([]byte{}, b[start:end]...))
	}
	if err != nil {
		return d.fail(&Error{Offset: i, Text: err.Error()})
	}
	return end
}

// quoted reads a number or bool from the string that holds its JSON text.
func (d *decoder) quoted(b []byte, i int, p *plan, ptr unsafe.Pointer) int {
	start, end := textAt(b, i)
	var inner []byte
	switch text := b[start:end]; string(text) {
	case "true":
		inner = AppendBool(nil, true)
	case "false":
		inner = AppendBool(nil, false)
	case "null":
		inner = AppendNull(nil)
	default:
		var ok bool
		if inner, ok = appendNumber(nil, text); !ok {
			return d.fail(&Error{Offset: i, Text: "found the string " +
				strconv.Quote(clip(string(text))) + ", want a number or bool inside it"})
		}
	}
	if d.value(inner[:len(inner):len(inner)], 0, p.elem, ptr) < 0 {
		d.scan.err.Offset = i
		return -1
	}
	return end
}

// parseKey reads the key of a map from its text into what k points to.
func parseKey(p *plan, k reflect.Value, text string) bool {
	v := k.Elem()
	switch kind := v.Kind(); {
	case kind == reflect.String && p.op != opText:
		v.SetString(text)
		return true
	case p.op == opText, p.op == opTime, p.op == opBigInt:
		return p.unmarshalText(k, []byte(text)) == nil
	case kind >= reflect.Uint && kind <= reflect.Uintptr:
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil || v.OverflowUint(n) || strconv.FormatUint(n, 10) != text {
			return false
		}
		v.SetUint(n)
		return true
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || v.OverflowInt(n) || strconv.FormatInt(n, 10) != text {
		return false
	}
	v.SetInt(n)
	return true
}
