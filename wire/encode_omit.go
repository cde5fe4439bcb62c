package wire

import (
	"reflect"
	"unsafe"
)

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
		if f.plan.isZero(reflect.NewAt(f.plan.typ, ptr)) {
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
