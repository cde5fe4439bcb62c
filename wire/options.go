package wire

import (
	"reflect"
	"unsafe"
)

// UnmarshalOptions are choices of the reader. The zero value reads as [Unmarshal] does.
type UnmarshalOptions struct {
	// RefuseUnknown makes an object member that the Go struct does not have an error, anywhere in
	// the value. Maps and interfaces take every member.
	RefuseUnknown bool
	// OneText copies the bytes of the message once, when its first string is read, and makes all
	// of its strings and map keys parts of that copy. Many short strings are read a tenth to a
	// fifth slower so, texts of some hundred bytes a little faster and with few allocations. A
	// string that lives on keeps as much memory alive as the whole message has bytes, instead of
	// 4 KiB at most.
	OneText bool
}

// Unmarshal reads b, which is exactly one value, into what dst points to, see [Unmarshal].
func (o UnmarshalOptions) Unmarshal(b []byte, dst any) error {
	if v, ok := dst.(*any); ok && v != nil {
		return unmarshal(b, 0, anyPlan, unsafe.Pointer(v), o)
	}
	v := reflect.ValueOf(dst)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return &Error{Offset: -1, Text: "found no pointer to decode into, want one that is not nil"}
	}
	p, err := planOf(v.Type().Elem())
	if err != nil {
		return err
	}
	return unmarshal(b, 0, p, v.UnsafePointer(), o)
}

// With returns a codec of the same type that reads with other options.
func (c *Codec[T]) With(o UnmarshalOptions) *Codec[T] {
	return &Codec[T]{plan: c.plan, options: o}
}
