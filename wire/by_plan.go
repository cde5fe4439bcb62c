package wire

import (
	"reflect"
	"sync/atomic"
	"unsafe"
)

// ByPlan writes what generated code leaves to a plan: values of a type that has methods of its own,
// that is known at run time only, or that no code was generated for. It makes the plan when it is
// used first. The zero value is ready, and safe for concurrent use.
type ByPlan[T any] struct {
	// Quoted puts numbers and bools into strings. It is set before the first use.
	Quoted bool
	made   atomic.Pointer[field] // one that omitzero may leave out
}

// field returns what is known of T, or nil if it has no wire form: then the struct around it has none.
func (b *ByPlan[T]) field() *field {
	if f := b.made.Load(); f != nil {
		return f
	}
	t := reflect.TypeFor[T]()
	p, err := planOf(t)
	if err != nil {
		return nil
	}
	if b.Quoted {
		p = quoted(p)
	}
	f := &field{plan: p, particulars: &particulars{omit: zeroRule(t)}}
	b.made.Store(f)
	return f
}

// Write writes *v.
func (b *ByPlan[T]) Write(w *BackWriter, n int, v *T, room int) (Unchecked, int) {
	e, at := (*encoder)(w), fault
	if f := b.field(); f != nil {
		at = e.value(n, f.plan, unsafe.Pointer(v))
	}
	if at == fault {
		e.abandon()
		at = n
	}
	return w.Room(at, room), at
}

// Empty is the rule of omitempty.
func (b *ByPlan[T]) Empty(v *T) bool {
	f := b.field()
	return f != nil && f.plan.empty(unsafe.Pointer(v))
}

// Zero is the rule of omitzero.
func (b *ByPlan[T]) Zero(v *T) bool {
	f := b.field()
	return f != nil && f.find(unsafe.Pointer(v)) == nil
}
