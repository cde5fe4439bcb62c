package script

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Whole is a frame that arrived, with the bodies of its continuations joined: what expect sees.
type Whole struct {
	Frame         // the first frame; Payload is the whole payload
	Parts  int    // how many frames it came in
	Method string // of a CALL: the method's name, wherever it stood
}

// Head gives the extension block and what follows the head of a CALL or RESULT.
func (w Whole) Head() (ext, body []byte, err error) {
	body = w.Payload
	cut := func() (b []byte) {
		if len(body) < 2 || int(binary.LittleEndian.Uint16(body)) > len(body)-2 {
			err = errors.New("the head is cut short")
			return nil
		}
		n := 2 + int(binary.LittleEndian.Uint16(body))
		b, body = body[2:n], body[n:]
		return b
	}
	if w.Type == Call && w.Code == 0 {
		cut()
	}
	if (w.Type == Call || w.Type == Result) && w.Flags&Ext != 0 && err == nil {
		ext = cut()
	}
	return ext, body, err
}

// Match reports how w differs from what the pattern asks for; nil: it does not. A label that
// stands for nothing yet takes the id of a CALL.
func (p Pattern) Match(env *Env, w Whole) error {
	typ, err := p.typ(env)
	if err != nil {
		return err
	}
	if typ != w.Type {
		return fmt.Errorf("it is a %s", TypeName(w.Type))
	}
	if err := p.matchCall(env, w); err != nil {
		return err
	}
	for _, field := range p.Fields {
		if err := field.match(env, w); err != nil {
			return fmt.Errorf("%s: %w", field.Key, err)
		}
	}
	if isLabel(p.Call) && w.Type == Call {
		env.Labels[p.Call] = w.ID
	}
	return nil
}

func (p Pattern) matchCall(env *Env, w Whole) error {
	if p.Call == "" || p.Call == "*" {
		return nil
	}
	if _, known := env.Labels[p.Call]; isLabel(p.Call) && w.Type == Call && !known {
		return nil
	}
	id, err := env.ID(p.Call)
	if err == nil && id != w.ID {
		err = fmt.Errorf("it is of call %d, not %d", w.ID, id)
	}
	return err
}

// match compares one field.
func (f Field) match(env *Env, w Whole) error {
	within := func(n int64, names register) error {
		ok, err := env.spanned(f.Value, n, names)
		if err == nil && !ok {
			err = fmt.Errorf("it is %d, not %s", n, f.Value)
		}
		return err
	}
	ext, body, headErr := w.Head()
	switch f.Key {
	case "type":
		return within(int64(w.Type), nil)
	case "code", "version", "method", "calls":
		return within(int64(w.Code), nil)
	case "status":
		return nameFault(within(int64(w.Code), statusNames), statusNames, w.Code)
	case "reason":
		names := reasonNames
		if w.Type == Cancel {
			names = cancelNames
		}
		return nameFault(within(int64(w.Code), names), names, w.Code)
	case "ask", "answer":
		if (f.Key == "answer") != (w.Code == 1) {
			return fmt.Errorf("its code is %d", w.Code)
		}
		return nil
	case "id":
		return within(int64(w.ID), nil)
	case "aux", "deadline", "grant", "token", "last", "took", "retry":
		return within(int64(w.Aux), nil)
	case "parts":
		return within(int64(w.Parts), nil)
	case "size":
		return within(int64(len(body)), nil)
	case "flags", "with", "without":
		return f.matchFlags(env, w)
	case "name":
		if name := expand(f.Value); name != w.Method {
			return fmt.Errorf("it is %q, not %q", w.Method, name)
		}
		return nil
	case "ext":
		want, err := env.ext(f.Value)
		return errors.Join(headErr, err, differ(ext, want))
	}
	return errors.Join(headErr, f.matchBody(env, body))
}

// nameFault tells a number by its name.
func nameFault(err error, names register, n uint16) error {
	if err != nil {
		return fmt.Errorf("%w (it is %s)", err, names.of(uint32(n)))
	}
	return nil
}

func (f Field) matchFlags(env *Env, w Whole) error {
	want, err := parseFlags(w.Type, f.Value, env)
	if err != nil {
		return err
	}
	got := uint32(w.Flags) &^ More
	ok := got == want
	switch f.Key {
	case "with":
		ok = got&want == want
	case "without":
		ok = got&want == 0
	}
	if !ok {
		return fmt.Errorf("it has %s", flagNames(w.Type, w.Flags))
	}
	return nil
}

// matchBody compares what follows the head.
func (f Field) matchBody(env *Env, body []byte) error {
	switch f.Key {
	case "args", "value":
		return matchValue(body, env.value(f.Value))
	case "kind":
		return matchKind(body, f.Value)
	case "text":
		return differ(body, []byte(expand(f.Value)))
	case "hex":
		want, err := Hex(f.Value)
		return errors.Join(err, differ(body, want))
	case "fill":
		want, err := appendFill(nil, f.Value, 0, env)
		if env.Lenient {
			return err
		}
		return errors.Join(err, differ(body, want))
	}
	return fmt.Errorf("no frame has this field")
}

// matchKind compares the kind of a value: one or more of string, array, object, number, null,
// bool, and empty for no bytes at all, joined by |.
func matchKind(body []byte, want string) error {
	kind := "empty"
	if len(body) > 0 {
		text, err := Text(body)
		if err != nil {
			return err
		}
		switch text[0] {
		case '"':
			kind = "string"
		case '[':
			kind = "array"
		case '{':
			kind = "object"
		case 'n':
			kind = "null"
		case 't', 'f':
			kind = "bool"
		default:
			kind = "number"
		}
	}
	if !slices.Contains(strings.Split(want, "|"), kind) {
		return fmt.Errorf("it is of kind %s, not %s", kind, want)
	}
	return nil
}

// matchValue compares a value with JSON text.
func matchValue(body []byte, want string) error {
	got, err := Text(body)
	if err != nil {
		return err
	}
	encoded, err := AppendValue(nil, want)
	if err != nil {
		return err
	}
	if want, err = Text(encoded); err == nil && got != want {
		err = fmt.Errorf("it is %s, not %s", shorten(got), shorten(want))
	}
	return err
}

func shorten(s string) string {
	if len(s) > 200 {
		return s[:200] + "…"
	}
	return s
}

// differ says where two byte strings differ.
func differ(got, want []byte) error {
	if bytes.Equal(got, want) {
		return nil
	}
	i := 0
	for i < len(got) && i < len(want) && got[i] == want[i] {
		i++
	}
	return fmt.Errorf("got %d bytes, want %d, which differ from byte %d on (got %x…)",
		len(got), len(want), i, clip(got[i:]))
}
