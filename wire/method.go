package wire

import (
	"encoding"
	"reflect"
	"runtime"
)

// The functions of this file call the methods by which a Go type says itself how it is written, on
// the value that v points to.

func (p *plan) marshalText(v reflect.Value) (text string, err error) {
	if p.embeds {
		defer refuseNil(v, &err)
	}
	var b []byte
	switch m := v.Interface().(type) {
	case encoding.TextAppender:
		b, err = m.AppendText(nil)
	case encoding.TextMarshaler:
		b, err = m.MarshalText()
	default:
		err = &Error{Offset: -1, Text: "Go type " + p.typ.String() +
			" is read from text but has no MarshalText"}
	}
	return string(b), err
}

func (p *plan) unmarshalText(v reflect.Value, text []byte) (err error) {
	if p.embeds {
		defer refuseNil(v, &err)
	}
	return v.Interface().(encoding.TextUnmarshaler).UnmarshalText(text)
}

// isZero is what IsZero says, which the type or the pointer to it has. A type that cannot be asked
// is not zero.
func (p *plan) isZero(v reflect.Value) bool {
	if k := p.typ.Kind(); (k == reflect.Pointer || k == reflect.Interface) && v.Elem().IsNil() {
		return true
	}
	if p.embeds {
		var err error
		defer refuseNil(v, &err)
	}
	z, ok := v.Elem().Interface().(interface{ IsZero() bool })
	if !ok {
		z = v.Interface().(interface{ IsZero() bool })
	}
	return z.IsZero()
}

// refuseNil is deferred around a call of a method. Go promotes the methods of what a struct embeds
// even if that is a nil pointer or interface, and then the call panics: an error of the value, not
// of the program. Other panics go on.
func refuseNil(v reflect.Value, err *error) {
	fault := recover()
	if fault == nil {
		return
	}
	if _, ok := fault.(runtime.Error); !ok || !embedsNil(v.Elem(), embedsMax) {
		panic(fault)
	}
	*err = &Error{Offset: -1, Text: "found Go type " + v.Type().Elem().String() +
		", whose text is that of a nil pointer embedded in it"}
}

// embeds reports whether t, or what it points to, embeds a pointer or an interface.
func embeds(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return false
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if k := f.Type.Kind(); f.Anonymous &&
			(k == reflect.Pointer || k == reflect.Interface || embeds(f.Type)) {
			return true
		}
	}
	return false
}

// embedsMax is how many levels are looked through: a struct may embed a pointer to itself.
const embedsMax = 16

// embedsNil reports whether v embeds a pointer or an interface that is nil, on one of so many levels.
func embedsNil(v reflect.Value, levels int) bool {
	if k := v.Kind(); k == reflect.Pointer || k == reflect.Interface {
		return v.IsNil() || embedsNil(v.Elem(), levels)
	}
	if v.Kind() != reflect.Struct || levels == 0 {
		return false
	}
	for i := range v.NumField() {
		if v.Type().Field(i).Anonymous && embedsNil(v.Field(i), levels-1) {
			return true
		}
	}
	return false
}
