package wire

import (
	"encoding"
	"math/big"
	"reflect"
	"strconv"
	"time"
	"unsafe"
)

// text appends the types that say themselves how they are written.
func (e *encoder) text(b []byte, p *plan, ptr unsafe.Pointer) []byte {
	switch p.op {
	case opBigInt:
		v := (*big.Int)(ptr)
		switch {
		case v.IsInt64():
			return AppendInt(b, v.Int64())
		case v.IsUint64():
			return AppendUint(b, v.Uint64())
		}
		return e.number(b, v.String())
	case opTime:
		// The longest has 35 bytes, so that the length fits the tag.
		at := len(b)
		b = append(b, tagText)
		out, err := (*time.Time)(ptr).AppendText(b)
		if err != nil {
			return e.fail(err.Error())
		}
		out[at] = tagText + byte(len(out)-at-1)
		return out
	}
	text, err := e.textOf(p, reflect.NewAt(p.typ, ptr))
	if err != nil {
		return e.fail(err.Error())
	}
	return e.string(b, text)
}

// textOf calls the methods of the value that v points to.
func (e *encoder) textOf(p *plan, v reflect.Value) (string, error) {
	switch {
	case p.text.appender:
		text, err := v.Interface().(encoding.TextAppender).AppendText(nil)
		return string(text), err
	case p.text.marshaler:
		text, err := v.Interface().(encoding.TextMarshaler).MarshalText()
		return string(text), err
	}
	return "", &Error{Offset: -1, Text: "Go type " + p.typ.String() +
		" is read from text but has no MarshalText"}
}

// keyText is the key that v points to, as text.
func (e *encoder) keyText(p *plan, v reflect.Value) (text string, ok bool) {
	k := v.Elem()
	switch kind := k.Kind(); {
	case kind == reflect.String && p.op != opText:
		return k.String(), true
	case p.op == opText, p.op == opTime, p.op == opBigInt:
		m, ok := v.Interface().(encoding.TextMarshaler)
		if !ok {
			break
		}
		text, err := m.MarshalText()
		if err != nil {
			e.fail(err.Error())
			return "", false
		}
		return string(text), true
	case kind >= reflect.Uint && kind <= reflect.Uintptr:
		return strconv.FormatUint(k.Uint(), 10), true
	case kind >= reflect.Int && kind <= reflect.Int64:
		return strconv.FormatInt(k.Int(), 10), true
	}
	e.fail("Go type " + p.typ.String() + " cannot be written as a key")
	return "", false
}

// quoted appends a number or bool as a string that holds its JSON text.
func (e *encoder) quoted(b []byte, p *plan, ptr unsafe.Pointer) []byte {
	var scratch [64]byte
	inner := e.value(scratch[:0], p.elem, ptr)
	if inner == nil {
		return nil
	}
	switch inner[0] {
	case tagTrue:
		return AppendString(b, "true")
	case tagFalse:
		return AppendString(b, "false")
	}
	var text [64]byte
	out, _ := appendNumberText(text[:0], inner, 0)
	return AppendString(b, string(out))
}
