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
	full, at := o.begin(b, count)
	n := at + width
	for i := range o.fields {
		f := &o.fields[i]
		to := unsafe.Add(ptr, f.offset)
		if f.rare {
			if to = f.find(ptr); to == nil {
				continue
			}
		}
		f.putKey(full[n : n+keyWords*8])
		if int(f.keySize) > keyWords*8 {
			copy(full[n+keyWords*8:], f.encoded[keyWords*8:])
		}
		n += int(f.keySize)
		switch f.op {
		case opString:
			s := *(*string)(to)
			if len(full)-n < len(s)+o.room {
				full = spare(full[:n], len(s)+o.room)
			}
			if len(s) > shortTextMax {
				n = putText(full, n, s)
				break
			}
			full[n] = tagText | byte(len(s))
			if !copyText(full[n+1:], s) {
				return e.refuse(f)
			}
			n += 1 + len(s)
		case opInt64:
			n = putInt(full, n, *(*int64)(to))
		case opBool:
			full[n] = tagFalse
			if *(*bool)(to) {
				full[n] = tagTrue
			}
			n++
		case opInt8, opInt16, opInt32, opUint8, opUint16, opUint32, opUint64, opFloat32, opFloat64:
			n = putScalar(full, n, f.op, to)
		default:
			if f.op == opPointer && *(*unsafe.Pointer)(to) == nil {
				full[n] = tagNull
				n++
				continue
			}
			if b = e.member(full[:n], f, to); b == nil {
				return nil
			}
			n, full = len(b), spare(b, o.room)
		}
		if n < 0 {
			return e.refuse(f)
		}
	}
	e.depth--
	return p.finish(full[:n], at, width)
}

// begin writes the tag and count of an object behind b. The rest of full has room for the size and
// for all keys and numbers.
func (o *objectPlan) begin(b []byte, count int) (full []byte, at int) {
	at, full = len(b), spare(b, o.room+headRoom)
	if count <= shortCountMax {
		full[at] = tagObject | byte(count)
		return full, at + 1
	}
	full[at] = tagObject | countFollows
	return full, putVarint(full, at+1, count)
}

// finish writes the size of the container whose content begins at b[at+width:], and remembers what
// it took for the next one of the type.
func (p *plan) finish(b []byte, at, width int) []byte {
	b, need := seal(b, at, width)
	if need != width {
		p.hint.Store(uint32(need))
	}
	return b
}

// member appends the value of a field that is no string and no number.
func (e *encoder) member(b []byte, f *field, ptr unsafe.Pointer) []byte {
	switch f.op {
	case opStruct:
		b = e.object(b, f.plan, ptr)
	case opSlice:
		b = e.slice(b, f.plan, ptr)
	default:
		b = e.value(b, f.plan, ptr)
	}
	if b == nil {
		e.err.within(keyStep(f.name))
	}
	return b
}

// headRoom is what the header of a container takes at most.
const headRoom = 1 + 5 + 5

// refuse is the fault of a string or number that has no wire form.
func (e *encoder) refuse(f *field) []byte {
	if f.op == opString {
		e.fail(notUTF8)
	} else {
		e.fail(notFinite)
	}
	e.err.within(keyStep(f.name))
	return nil
}

// keyWords is how many words of eight bytes a field keeps of its key: most keys fit, and what is
// written behind a shorter one is overwritten next.
const keyWords = 1 + len(field{}.more)

// putKey writes the beginning of the key at the start of b, which has keyWords words.
func (f *field) putKey(b []byte) {
	binary.LittleEndian.PutUint64(b[:8], f.word)
	if f.keySize > 8 {
		binary.LittleEndian.PutUint64(b[8:16], f.more[0])
		if f.keySize > 16 {
			binary.LittleEndian.PutUint64(b[16:24], f.more[1])
		}
	}
}

// spare returns b with all of its capacity, of which at least n bytes are behind len(b).
func spare(b []byte, n int) []byte {
	if cap(b)-len(b) < n {
		b = slices.Grow(b, n)
	}
	return b[:cap(b)]
}

// present counts the fields that are not left out.
func (o *objectPlan) present(ptr unsafe.Pointer) (count int) {
	for i := range o.fields {
		if f := &o.fields[i]; !f.rare || f.find(ptr) != nil {
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
