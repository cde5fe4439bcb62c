package engine

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/leverrpc/lever/wire"
)

// Payload is a value or raw bytes: an argument, a result, a message or an error's value whose kind
// is decided, or found out, at run time. The zero Payload is the value null.
//
// A Payload that this package hands out holds a copy of its own. One that a program makes keeps the
// slice it was made from, which must not change while the Payload is in use.
type Payload struct {
	data  []byte // the bytes, or one encoded value; nil is null
	bytes bool
}

// PayloadOf makes a Payload. A []byte becomes raw bytes, a wire.Raw is taken as a value that is
// already encoded, a Payload stays what it is, and anything else is encoded.
func PayloadOf(v any) (Payload, error) {
	switch v := v.(type) {
	case nil:
		return Payload{}, nil
	case []byte:
		return Payload{data: v, bytes: true}, nil
	case Payload:
		return v, nil
	case wire.Raw:
		if err := wire.Validate(v); err != nil {
			return Payload{}, err
		}
		return Payload{data: v}, nil
	}
	data, err := wire.Append(nil, v)
	if err != nil {
		return Payload{}, err
	}
	return Payload{data: data}, nil
}

// IsBytes reports whether the payload is raw bytes. Otherwise it is a value.
func (p Payload) IsBytes() bool { return p.bytes }

// IsZero reports whether p is the zero Payload, which is the value null.
func (p Payload) IsZero() bool { return !p.bytes && len(p.data) == 0 }

// Bytes gives the raw bytes, or nil if p is a value.
func (p Payload) Bytes() []byte {
	if !p.bytes {
		return nil
	}
	return p.data
}

// Raw gives the value as it is encoded, or nil if p is raw bytes.
func (p Payload) Raw() wire.Raw {
	if p.bytes {
		return nil
	}
	return p.encoded()
}

// Value gives a view of the value that decodes only what is asked for. The view of raw bytes is
// null. It is safe only on a value that was checked, which holds for every Payload that PayloadOf
// made or that Decode took once.
func (p Payload) Value() wire.Value { return wire.Parse(p.rawOrNull()) }

// Decode stores the payload in *dst. Raw bytes fit a *[]byte, a *Payload and a *any; a value fits
// what package wire can decode it into.
func (p Payload) Decode(dst any) error {
	if d, ok := dst.(*Payload); ok {
		*d = p
		return nil
	}
	if !p.bytes {
		return wire.Unmarshal(p.rawOrNull(), dst)
	}
	switch d := dst.(type) {
	case *[]byte:
		*d = bytes.Clone(p.data)
	case *any:
		*d = bytes.Clone(p.data)
	default:
		return fmt.Errorf("raw bytes do not fit %T", dst)
	}
	return nil
}

// String describes the payload for people, in one short line.
func (p Payload) String() string {
	if p.bytes {
		return fmt.Sprintf("%d raw bytes", len(p.data))
	}
	var v any
	if err := wire.Unmarshal(p.rawOrNull(), &v); err != nil {
		return "malformed value: " + err.Error()
	}
	return clip(fmt.Sprint(v))
}

// message finds the text for people in an error's value: the value itself, or its member "message".
func (p Payload) message() string {
	if p.bytes {
		return ""
	}
	var v any
	if wire.Unmarshal(p.rawOrNull(), &v) != nil {
		return ""
	}
	if m, ok := v.(map[string]any); ok {
		v = m["message"]
	}
	s, _ := v.(string)
	return s
}

// rawOrNull is Raw for a payload of either kind.
func (p Payload) rawOrNull() wire.Raw {
	if p.bytes {
		return nullValue
	}
	return p.encoded()
}

// Args is a whole argument list whose shape is decided at run time: raw bytes, or one wire array. A
// Dynamic handler is given one, and a call whose sole argument is Args sends exactly that.
type Args struct{ Payload }

// ArgsOf encodes a list of arguments by the rule of Call.
func ArgsOf(args ...any) (Args, error) {
	data, isBytes, err := appendArgs(args)
	if err != nil {
		return Args{}, err
	}
	return Args{Payload{data: data, bytes: isBytes}}, nil
}

// List decodes the values of the list.
func (a Args) List() ([]any, error) {
	if a.bytes {
		return nil, errors.New("the argument is raw bytes, not a list")
	}
	var list []any
	err := a.Decode(&list)
	return list, err
}
