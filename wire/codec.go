package wire

import (
	"reflect"
	"unsafe"
)

// Raw is one encoded value that is passed on as it is. Encoding checks it; decoding checks and
// copies it. An empty Raw is encoded as null.
type Raw []byte

// Append appends v as one value. On an error dst is returned as it was.
func Append(dst []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case map[string]any:
		return appendTree(dst, v, nil)
	case []any:
		return appendTree(dst, nil, v)
	}
	var e encoder
	e.begin(dst)
	n := e.any(0, v)
	if n == fault && e.plainly(dst) {
		n = e.any(0, v)
	}
	return e.finish(dst, n)
}

// Unmarshal reads b, which is exactly one value, into what dst points to. Strings and bytes are
// copied. On an error dst may have been set in part.
//
// Null sets the zero value. Object members that a struct does not have are checked and dropped,
// members are matched by exact name, and what the object does not have stays as it is. An integer
// field takes every number that is a whole one; a float field takes every number, rounded.
func Unmarshal(b []byte, dst any) error {
	return UnmarshalOptions{}.Unmarshal(b, dst)
}

var anyPlan = &plan{op: opAny, typ: anyType}

// unmarshal reads a value that stands below depth containers.
func unmarshal(b []byte, depth int, p *plan, ptr unsafe.Pointer, o UnmarshalOptions) error {
	if err := checkSize(b); err != nil {
		return err
	}
	b = b[:len(b):len(b)]
	d := decoders.Get().(*decoder)
	d.begin(len(b), depth, o)
	n := d.value(b, 0, p, ptr)
	err := d.scan.err
	d.end()
	decoders.Put(d)
	switch {
	case n < 0:
		return err.finish()
	case n < len(b):
		return trailing(b, n)
	}
	return nil
}

// Codec encodes and decodes one Go type by a plan that is made once. It is immutable and safe for
// concurrent use.
type Codec[T any] struct {
	plan    *plan
	options UnmarshalOptions
}

// CodecFor makes the codec of T, or says which Go type and field in it has no wire form.
func CodecFor[T any]() (*Codec[T], error) {
	p, err := planOf(reflect.TypeFor[T]())
	if err != nil {
		return nil, err
	}
	return &Codec[T]{plan: p}, nil
}

// Append appends *v as one value. On an error dst is returned as it was.
func (c *Codec[T]) Append(dst []byte, v *T) ([]byte, error) {
	return encode(dst, c.plan, unsafe.Pointer(v))
}

// Unmarshal reads b, which is exactly one value, into *v, see [Unmarshal].
func (c *Codec[T]) Unmarshal(b []byte, v *T) error {
	return unmarshal(b, 0, c.plan, unsafe.Pointer(v), c.options)
}

// UnmarshalItem is Unmarshal for an item that a [ListReader] gave: it stands below one container,
// so it may hold one less inside each other.
func (c *Codec[T]) UnmarshalItem(b []byte, v *T) error {
	return unmarshal(b, 1, c.plan, unsafe.Pointer(v), c.options)
}
