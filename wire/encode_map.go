package wire

import (
	"reflect"
	"strconv"
	"unsafe"
)

// dictionary writes a map, in the order of Go's iteration.
func (e *encoder) dictionary(n int, p *plan, ptr unsafe.Pointer) int {
	v := reflect.NewAt(p.typ, ptr).Elem()
	if v.IsNil() {
		return e.tag(n, tagNull)
	}
	count := v.Len()
	if count == 0 {
		return e.empty(n, tagObject)
	}
	if p.typ.Elem() == anyType && p.key.op == opString {
		return e.tree(n, *(*map[string]any)(ptr), nil)
	}
	if !e.enter() {
		return fault
	}
	end := n
	if p.key.op == opString && p.elem.op == opString {
		n = e.texts(n, *(*map[string]string)(ptr))
	} else {
		n = e.members(n, p, v)
	}
	if n == fault {
		return fault
	}
	return e.leave(n, end, tagObject, count)
}

// texts writes a map of strings.
func (e *encoder) texts(n int, m map[string]string) int {
	for k, s := range m {
		if n = e.string(n, s); n == fault {
			e.err.within(keyStep(k))
			return fault
		}
		if n = e.key(n, k); n == fault {
			return fault
		}
	}
	return n
}

// walk is the memory that an iteration over a map of one type needs.
type walk struct {
	it        reflect.MapIter
	key, elem reflect.Value // to be set
}

func (p *plan) walk() *walk {
	if w, ok := p.walks.Get().(*walk); ok {
		return w
	}
	return &walk{key: reflect.New(p.key.typ), elem: reflect.New(p.elem.typ)}
}

// members writes a map of any types.
func (e *encoder) members(n int, p *plan, v reflect.Value) int {
	w := p.walk()
	key, elem := w.key.Elem(), w.elem.Elem()
	var seen map[string]bool
	if p.key.op >= opTime { // different keys of these types may be equal as text
		seen = make(map[string]bool, v.Len())
	}
	for w.it.Reset(v); w.it.Next(); {
		key.SetIterKey(&w.it)
		elem.SetIterValue(&w.it)
		text, ok := e.keyText(p.key, w.key)
		if !ok {
			return fault
		}
		if seen[text] {
			return e.fail("found the key " + strconv.Quote(clip(text)) + " twice in one map")
		}
		if seen != nil {
			seen[text] = true
		}
		if n = e.value(n, p.elem, w.elem.UnsafePointer()); n == fault {
			e.err.within(keyStep(text))
			return fault
		}
		if n = e.key(n, text); n == fault {
			return fault
		}
	}
	// The next walk must not keep alive what this one found.
	w.it.Reset(reflect.Value{})
	key.SetZero()
	elem.SetZero()
	p.walks.Put(w)
	return n
}
