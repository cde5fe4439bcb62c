package wire

import (
	"encoding/binary"
	"reflect"
	"unsafe"
)

// seenWords is how many fields a struct may have before its bit set leaves the stack.
const seenWords = 4

// object reads a struct. Members stand in the order of the Go fields when a Go program wrote them,
// so the key after the last one found is tried first, with one comparison of eight bytes.
func (d *decoder) object(b []byte, i int, p *plan, ptr unsafe.Pointer) int {
	if b[i]&0xF0 != tagObject {
		return d.mismatch(b, i, p)
	}
	count, at, end := containerAt(b, i, 2)
	if end < 0 {
		return d.mismatch(b, i, p)
	}
	if !d.enter(i) {
		return -1
	}
	b = b[:end]
	o := p.object
	var bits [seenWords]uint64
	seen := bits[:]
	if len(o.fields) > 64*seenWords {
		seen = make([]uint64, (len(o.fields)+63)/64)
	}
	strangers := d.scan.keys.Open()
	next := 0
	for range count {
		head := at
		k := o.find(b, at, next)
		if k < 0 {
			if at = d.unknown(b, at, &strangers); at < 0 {
				return -1
			}
			continue
		}
		next = k + 1
		if seen[k/64]&(1<<(k%64)) != 0 {
			return d.fail(duplicate(b, head))
		}
		seen[k/64] |= 1 << (k % 64)
		f := &o.fields[k]
		at += int(f.keySize)
		to := unsafe.Add(ptr, f.offset)
		if f.hops != nil {
			to = f.reach(ptr)
		}
		if at = d.value(b, at, f.plan, to); at < 0 {
			d.scan.err.within(keyStep(f.name))
			return -1
		}
	}
	if at != end {
		return d.fail(unfilled(at, end, count))
	}
	d.scan.keys.Close(&strangers)
	d.depth--
	return end
}

// guessMax is how many fields are compared before the index is asked.
const guessMax = 8

// find returns which field has the key at b[i:], or -1. next is the field to try first.
func (o *objectPlan) find(b []byte, i, next int) int {
	if cap(b)-i >= 8 {
		word := binary.LittleEndian.Uint64(b[i : i+8 : cap(b)])
		for k := next; k < len(o.fields) && k < next+guessMax; k++ {
			if f := &o.fields[k]; word&f.mask == f.word && f.matches(b, i) {
				return k
			}
		}
	}
	_, end := keyAt(b, i)
	if end < 0 {
		return -1
	}
	if k, ok := o.index[string(b[i:end])]; ok {
		return int(k)
	}
	return -1
}

// matches compares what is behind the first eight bytes, which are equal.
func (f *field) matches(b []byte, i int) bool {
	n := int(f.keySize)
	if n > len(b)-i {
		return false
	}
	return n <= 8 || string(b[i+8:i+n]) == f.encoded[8:]
}

// reach returns where the field is, and makes the embedded structs on the way.
func (f *field) reach(ptr unsafe.Pointer) unsafe.Pointer {
	for i := range f.hops {
		h := &f.hops[i]
		to := (*unsafe.Pointer)(unsafe.Add(ptr, h.offset))
		if *to == nil {
			*to = reflect.New(h.typ).UnsafePointer()
		}
		ptr = *to
	}
	return unsafe.Add(ptr, f.offset)
}

// dictionary reads a map. It adds to one that is there, as encoding/json does; a key may be in it
// already, but not twice in the message.
func (d *decoder) dictionary(b []byte, i int, p *plan, ptr unsafe.Pointer) int {
	if b[i]&0xF0 != tagObject {
		return d.mismatch(b, i, p)
	}
	count, at, end := containerAt(b, i, 2)
	if end < 0 {
		return d.mismatch(b, i, p)
	}
	if !d.enter(i) {
		return -1
	}
	b = b[:end]
	m := reflect.NewAt(p.typ, ptr).Elem()
	if m.IsNil() {
		// At least the bytes of the children are there; the map grows to more by itself.
		m.Set(reflect.MakeMapWithSize(p.typ, min(count, 1024)))
	}
	keys := d.scan.keys.Open()
	var elem reflect.Value
	strings := p.key.op == opString && p.elem.op == opString
	if !strings {
		elem = reflect.New(p.elem.typ)
	}
	for range count {
		head := at
		var key string
		if key, at = d.key(b, head); at < 0 {
			return -1
		}
		if !d.scan.keys.Add(&keys, b, head, at) {
			return d.fail(duplicate(b, head))
		}
		if strings {
			var s string
			if at = d.value(b, at, p.elem, unsafe.Pointer(&s)); at >= 0 {
				(*(*map[string]string)(ptr))[key] = s
			}
		} else {
			elem.Elem().SetZero()
			at = d.member(b, at, p, m, key, elem)
		}
		if at < 0 {
			d.scan.err.within(keyStep(key))
			return -1
		}
	}
	if at != end {
		return d.fail(unfilled(at, end, count))
	}
	d.scan.keys.Close(&keys)
	d.depth--
	return end
}

// member reads one value into elem and sets it in m under the key.
func (d *decoder) member(b []byte, i int, p *plan, m reflect.Value, key string,
	elem reflect.Value) int {
	next := d.value(b, i, p.elem, elem.UnsafePointer())
	if next < 0 {
		return -1
	}
	k := reflect.New(p.key.typ)
	if !parseKey(p.key, k, key) {
		return d.fail(&Error{Offset: i, Text: "found a key that Go " + p.key.typ.String() +
			" does not hold"})
	}
	if m.MapIndex(k.Elem()).IsValid() && p.key.op != opString {
		// Two texts may mean one key: "1" and "01".
		return d.fail(&Error{Offset: i, Text: "found a key twice in one Go map"})
	}
	m.SetMapIndex(k.Elem(), elem.Elem())
	return next
}
