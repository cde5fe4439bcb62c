package wire

import (
	"reflect"
	"unsafe"
)

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
	switch {
	case p.key.op == opString && p.elem.op == opString:
		at = d.stringMap(b, at, count, p, (*map[string]string)(ptr))
	case p.key.op == opString && p.elem.op == opAny:
		at = d.anyMap(b, at, count, (*map[string]any)(ptr))
	default:
		at = d.reflectMap(b, at, count, p, reflect.NewAt(p.typ, ptr).Elem())
	}
	if at < 0 {
		return -1
	}
	if at != end {
		return d.fail(unfilled(at, end, count))
	}
	d.depth--
	return end
}

// mapHint bounds the room that a map is made with before its members have been read. A map grows
// by itself, while one that is too large stays so.
const mapHint = 1 << 10

// stringMap and the next two tell duplicate keys by the length of the map, if it was empty before;
// else they look for them among the keys of the message.
func (d *decoder) stringMap(b []byte, at, count int, p *plan, to *map[string]string) int {
	if *to == nil {
		*to = make(map[string]string, min(count, mapHint))
	}
	m, fresh := *to, len(*to) == 0
	keys := d.scan.keys.Open()
	for k := range count {
		head := at
		var key string
		if key, at = d.key(b, head); at < 0 {
			return -1
		}
		if !fresh && !d.scan.keys.Add(&keys, b, head, at) {
			return d.fail(duplicate(b, head))
		}
		var text string
		if text, at = d.memberText(b, at, p.elem); at < 0 {
			d.scan.err.within(keyStep(key))
			return -1
		}
		m[key] = text
		if fresh && len(m) != k+1 {
			return d.fail(duplicate(b, head))
		}
	}
	d.scan.keys.Close(&keys)
	return at
}

// memberText reads the value of a member, short strings first.
func (d *decoder) memberText(b []byte, i int, p *plan) (text string, next int) {
	if i < len(b) {
		if n := uint(b[i]) - tagText; n <= shortTextMax && n < uint(len(b)-i) {
			next = i + 1 + int(n)
			if text, ok := d.texts.take(b, i+1, next); ok {
				return text, next
			}
		}
	}
	next = d.item(b, i, p, unsafe.Pointer(&d.member))
	return d.member, next
}

func (d *decoder) anyMap(b []byte, at, count int, to *map[string]any) int {
	if *to == nil {
		*to = make(map[string]any, min(count, mapHint))
	}
	m, fresh := *to, len(*to) == 0
	keys := d.scan.keys.Open()
	for k := range count {
		head := at
		var key string
		if key, at = d.key(b, head); at < 0 {
			return -1
		}
		if !fresh && !d.scan.keys.Add(&keys, b, head, at) {
			return d.fail(duplicate(b, head))
		}
		var v any
		if v, at = d.any(b, at); at < 0 {
			d.scan.err.within(keyStep(key))
			return -1
		}
		m[key] = v
		if fresh && len(m) != k+1 {
			return d.fail(duplicate(b, head))
		}
	}
	d.scan.keys.Close(&keys)
	return at
}

// reflectMap reads the members of any other map.
func (d *decoder) reflectMap(b []byte, at, count int, p *plan, m reflect.Value) int {
	if m.IsNil() {
		m.Set(reflect.MakeMapWithSize(p.typ, min(count, mapHint)))
	}
	fresh := m.Len() == 0
	keys := d.scan.keys.Open()
	k, elem := reflect.New(p.key.typ), reflect.New(p.elem.typ)
	for n := range count {
		head := at
		var key string
		if key, at = d.key(b, head); at < 0 {
			return -1
		}
		if !fresh && !d.scan.keys.Add(&keys, b, head, at) {
			return d.fail(duplicate(b, head))
		}
		k.Elem().SetZero()
		if !parseKey(p.key, k, key) {
			return d.fail(&Error{Offset: head, Text: "found a key that Go " + p.key.typ.String() +
				" does not hold"})
		}
		elem.Elem().SetZero()
		if at = d.value(b, at, p.elem, elem.UnsafePointer()); at < 0 {
			d.scan.err.within(keyStep(key))
			return -1
		}
		m.SetMapIndex(k.Elem(), elem.Elem())
		if fresh && m.Len() != n+1 {
			// Different texts may mean one key, if the key's type reads them so.
			return d.fail(duplicate(b, head))
		}
	}
	d.scan.keys.Close(&keys)
	return at
}
