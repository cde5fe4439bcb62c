package wire

import (
	"encoding/binary"
	"reflect"
	"slices"
	"unsafe"
)

// object appends a struct.
func (e *encoder) object(b []byte, p *plan, ptr unsafe.Pointer) []byte {
	o := p.object
	count := len(o.fields)
	if o.optional {
		count = o.present(ptr)
	}
	if count == 0 {
		return append(b, tagObject)
	}
	if !e.enter() {
		return nil
	}
	width := max(int(p.hint.Load()), varintSize(p.least))
	b, at := open(b, tagObject, count, width)
	for i := range o.fields {
		f := &o.fields[i]
		to := unsafe.Add(ptr, f.offset)
		if o.optional {
			if to = f.find(ptr); to == nil {
				continue
			}
		}
		if cap(b)-len(b) < int(f.room) {
			b = slices.Grow(b, int(f.room))
		}
		// Eight bytes at once: most keys fit, and what is behind them is written next.
		n := len(b)
		full := b[:cap(b)]
		binary.LittleEndian.PutUint64(full[n:n+8], f.word)
		if f.keySize > 8 {
			copy(full[n+8:], f.encoded[8:])
		}
		n += int(f.keySize)
		if f.op <= opFloat64 {
			if n = putScalar(full, n, f.op, to); n < 0 {
				b = e.fail("found a NaN or an infinity, which have no wire form")
			} else {
				b = b[:n]
			}
		} else if f.op == opString {
			b = e.string(b[:n], *(*string)(to))
		} else {
			b = e.value(b[:n], f.plan, to)
		}
		if b == nil {
			e.err.within(keyStep(f.name))
			return nil
		}
	}
	e.depth--
	b, need := seal(b, at, width)
	if need != width {
		p.hint.Store(uint32(need))
	}
	return b
}

// present counts the fields that are not left out.
func (o *objectPlan) present(ptr unsafe.Pointer) (count int) {
	for i := range o.fields {
		if o.fields[i].find(ptr) != nil {
			count++
		}
	}
	return count
}

// find returns where the field is in the struct at ptr; nil if it is to be left out.
func (f *field) find(ptr unsafe.Pointer) unsafe.Pointer {
	for i := range f.hops {
		if ptr = *(*unsafe.Pointer)(unsafe.Add(ptr, f.hops[i].offset)); ptr == nil {
			return nil
		}
	}
	ptr = unsafe.Add(ptr, f.offset)
	if f.omit == 0 {
		return ptr
	}
	if f.omit&omitEmpty != 0 && f.plan.empty(ptr) {
		return nil
	}
	if f.omit&omitIsZero != 0 {
		v := reflect.NewAt(f.plan.typ, ptr)
		if k := f.plan.typ.Kind(); (k == reflect.Pointer || k == reflect.Interface) && v.Elem().IsNil() {
			return nil
		}
		if z, ok := v.Elem().Interface().(interface{ IsZero() bool }); ok && z.IsZero() {
			return nil
		} else if z, ok := v.Interface().(interface{ IsZero() bool }); ok && z.IsZero() {
			return nil
		}
	} else if f.omit&omitZero != 0 && reflect.NewAt(f.plan.typ, ptr).Elem().IsZero() {
		return nil
	}
	return ptr
}

// empty is the rule of omitempty.
func (p *plan) empty(ptr unsafe.Pointer) bool {
	switch p.op {
	case opBool, opInt8, opUint8:
		return *(*uint8)(ptr) == 0
	case opInt16, opUint16:
		return *(*uint16)(ptr) == 0
	case opInt32, opUint32:
		return *(*uint32)(ptr) == 0
	case opInt64, opUint64:
		return *(*uint64)(ptr) == 0
	case opFloat32:
		return *(*float32)(ptr) == 0
	case opFloat64:
		return *(*float64)(ptr) == 0
	case opString, opNumber:
		return len(*(*string)(ptr)) == 0
	case opBytes, opRaw, opSlice:
		return len(*(*[]byte)(ptr)) == 0
	case opPointer:
		return *(*unsafe.Pointer)(ptr) == nil
	case opQuoted:
		return p.elem.empty(ptr)
	}
	switch v := reflect.NewAt(p.typ, ptr).Elem(); v.Kind() {
	case reflect.Map, reflect.Array, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Interface:
		return v.IsNil()
	case reflect.Struct:
		return false
	default:
		return v.IsZero()
	}
}
