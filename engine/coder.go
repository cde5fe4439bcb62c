package engine

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/leverrpc/lever/pool"
	"github.com/leverrpc/lever/wire"
)

// None is the result of a method that returns none. It goes as null, and takes whatever comes.
type None = struct{}

// form is how a Go type travels when it is the sole thing in a payload.
type form uint8

const (
	asValue   form = iota
	asBytes        // []byte: raw bytes
	asPayload      // Payload: either kind
	asArgs         // Args: a whole argument list of either kind
	asNone         // None: null
)

// coder turns a T into payloads and back. Safe for concurrent use.
type coder[T any] struct {
	form   form
	codec  *wire.Codec[T] // set for asValue and asBytes
	memory sync.Pool      // of *T: what codec is shown must live on the heap
}

// coders holds the *coder[T] of every T that was asked for, by its reflect.Type.
var coders sync.Map

// known finds most of coders faster: each at a place that follows from the address of its type,
// where the first one that comes stays.
var known [1 << knownBits]atomic.Pointer[anyCoder]

const knownBits = 8

// anyCoder is a coder with the type that it is for. Immutable.
type anyCoder struct {
	key   reflect.Type
	coder any // a *coder
}

// coderFor gives the coder for T, or says why T has no wire form.
func coderFor[T any]() (*coder[T], error) {
	key := reflect.TypeFor[T]()
	address := uint64(reflect.ValueOf(key).Pointer())
	place := &known[address*0x9E3779B97F4A7C15>>(64-knownBits)]
	k := place.Load()
	if k != nil && k.key == key {
		return k.coder.(*coder[T]), nil
	}
	c, err := makeCoder[T](key)
	if k == nil && err == nil {
		place.CompareAndSwap(nil, &anyCoder{key, c})
	}
	return c, err
}

// makeCoder is coderFor, slower.
func makeCoder[T any](key reflect.Type) (*coder[T], error) {
	if c, ok := coders.Load(key); ok {
		return c.(*coder[T]), nil
	}
	c := new(coder[T])
	switch any((*T)(nil)).(type) {
	case *Payload:
		c.form = asPayload
	case *Args:
		c.form = asArgs
	case *None:
		c.form = asNone
	case *[]byte:
		c.form = asBytes
	}
	if c.form == asValue || c.form == asBytes {
		var err error
		if c.codec, err = wire.CodecFor[T](); err != nil {
			return c, err
		}
	}
	first, _ := coders.LoadOrStore(key, c)
	return first.(*coder[T]), nil
}

// take gives memory for a T, which is zero.
func (c *coder[T]) take() *T {
	if v, ok := c.memory.Get().(*T); ok {
		return v
	}
	return new(T)
}

// give takes memory back.
func (c *coder[T]) give(v *T) {
	var zero T
	*v = zero
	c.memory.Put(v)
}

// read decodes a payload that holds nothing but a T. What the codec is shown is memory of the
// coder's, or dst would have to live on the heap.
func (c *coder[T]) read(p []byte, isBytes bool, dst *T) error {
	v := c.take()
	err := c.decode(p, isBytes, v)
	if err == nil {
		*dst = *v
	}
	c.give(v)
	return err
}

var errRawBytes = errors.New("raw bytes came, a value was expected")

// decode reads a payload that holds nothing but a T. p is lent.
func (c *coder[T]) decode(p []byte, isBytes bool, dst *T) error {
	switch c.form {
	case asNone:
		if isBytes {
			return nil
		}
		return wire.Validate(p)
	case asBytes:
		if isBytes {
			*any(dst).(*[]byte) = append([]byte{}, p...)
			return nil
		}
	case asPayload, asArgs:
		return c.keep(p, isBytes, dst)
	}
	if isBytes {
		return errRawBytes
	}
	return c.codec.Unmarshal(p, dst)
}

// decodeItem reads an item of an argument list. p is lent.
func (c *coder[T]) decodeItem(p []byte, dst *T) error {
	if c.form == asValue {
		return c.codec.UnmarshalItem(p, dst)
	}
	if err := wire.ValidateItem(p); err != nil {
		return err
	}
	return c.decode(p, false, dst)
}

// keep copies a payload that stays encoded. A value is checked now, so that views of it are safe.
func (c *coder[T]) keep(p []byte, isBytes bool, dst *T) error {
	if !isBytes {
		if err := wire.Validate(p); err != nil {
			return err
		}
		if c.form == asArgs {
			if _, err := wire.ReadList(p); err != nil {
				return err
			}
		}
	}
	kept := Payload{data: bytes.Clone(p), bytes: isBytes}
	if c.form == asArgs {
		*any(dst).(*Args) = Args{kept}
	} else {
		*any(dst).(*Payload) = kept
	}
	return nil
}

// encode gives the payload that holds nothing but v: in scratch, or in the memory of v itself.
func (c *coder[T]) encode(scratch *pool.Bytes, v *T) (p []byte, isBytes bool, err error) {
	switch c.form {
	case asNone:
		return nullValue, false, nil
	case asBytes:
		return *any(v).(*[]byte), true, nil
	case asPayload:
		p := any(v).(*Payload)
		return p.encoded(), p.bytes, nil
	case asArgs:
		p := any(v).(*Args)
		return p.encoded(), p.bytes, nil
	}
	scratch.B, err = c.codec.Append(scratch.B[:0], v)
	return scratch.B, false, err
}

// nullValue is the encoding of null. Nobody writes to it.
var nullValue = wire.AppendNull(nil)

// encoded is the payload as it travels.
func (p *Payload) encoded() []byte {
	if p.IsZero() {
		return nullValue
	}
	return p.data
}

// encodings is the scratch memory for values on their way out.
var encodings pool.Scratch

// encodeArgs gives the payload of an argument list: raw bytes for a sole []byte, exactly what a
// sole Args holds, one wire array for anything else. It is in scratch or in the memory of the
// argument.
func encodeArgs(scratch *pool.Bytes, args []any) (p []byte, isBytes bool, err error) {
	if len(args) == 1 {
		switch v := args[0].(type) {
		case []byte:
			return v, true, nil
		case *[]byte:
			if v != nil {
				return *v, true, nil
			}
		case Args:
			return wholeList(v)
		case *Args:
			return wholeList(*v)
		}
		if p, ok := payloadIn(args[0]); ok && p.bytes {
			return p.data, true, nil
		}
	}
	for i, v := range args {
		if _, ok := payloadIn(v); ok {
			args = withRaw(args, i)
			break
		}
	}
	scratch.B, err = wire.AppendList(scratch.B[:0], args...)
	return scratch.B, false, err
}

// appendArgs is encodeArgs into memory that the caller keeps.
func appendArgs(args []any) (p []byte, isBytes bool, err error) {
	var scratch pool.Bytes
	p, isBytes, err = encodeArgs(&scratch, args)
	return p, isBytes, err
}

// wholeList checks that a is raw bytes or an array, which is what a CALL may carry.
func wholeList(a Args) (p []byte, isBytes bool, err error) {
	if a.bytes {
		return a.data, true, nil
	}
	if _, err := wire.ReadList(a.encoded()); err != nil {
		return nil, false, fmt.Errorf("argument list: %w", err)
	}
	return a.data, false, nil
}

// withRaw gives a copy of args in which Payloads, the first of them at i, are what wire takes.
func withRaw(args []any, i int) []any {
	args = append([]any(nil), args...)
	for ; i < len(args); i++ {
		if p, ok := payloadIn(args[i]); ok {
			if p.bytes {
				args[i] = p.data
			} else {
				args[i] = wire.Raw(p.encoded())
			}
		}
	}
	return args
}

// payloadIn finds a Payload in an argument. Args among other arguments is a value like any other.
func payloadIn(v any) (Payload, bool) {
	switch v := v.(type) {
	case Payload:
		return v, true
	case *Payload:
		if v != nil {
			return *v, true
		}
	case Args:
		return v.Payload, true
	}
	return Payload{}, false
}
