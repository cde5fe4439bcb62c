package wire

import "reflect"

// any writes a value whose type is known at run time only.
func (e *encoder) any(n int, v any) int {
	e.reserve(n, numberRoom)
	switch v := v.(type) {
	case nil:
		put8(e.top, n-1, tagNull)
		return n - 1
	case string:
		return e.string(n, v)
	case map[string]any:
		return e.tree(n, v, nil)
	case []any:
		return e.tree(n, nil, v)
	case float64:
		if v-v != 0 {
			return e.fail(notFinite)
		}
		return backFloat(e.top, n, v)
	case bool:
		tag := byte(tagFalse)
		if v {
			tag = tagTrue
		}
		put8(e.top, n-1, tag)
		return n - 1
	case int64:
		return backInt(e.top, n, v)
	case int:
		return backInt(e.top, n, int64(v))
	case uint64:
		return backUint(e.top, n, v)
	case Number:
		return e.number(n, string(v))
	case []byte:
		return e.bytes(n, v)
	case Raw:
		return e.raw(n, v)
	case Value:
		return e.raw(n, v.Raw())
	}
	return e.dynamic(n, reflect.ValueOf(v))
}

// dynamic writes what v holds by the plan of its type.
func (e *encoder) dynamic(n int, v reflect.Value) int {
	if !v.IsValid() {
		return e.tag(n, tagNull)
	}
	// Pointers in interfaces that lead back to themselves pass here on every round.
	if e.hops++; e.hops > MaxDepth {
		return e.fail("found a value that contains itself")
	}
	p, err := planOf(v.Type())
	if err != nil {
		e.err = err.(*Error)
		return fault
	}
	if v.Kind() == reflect.Pointer && v.IsNil() {
		n = e.tag(n, tagNull)
	} else if v.Kind() == reflect.Pointer {
		n = e.value(n, p.elem, v.UnsafePointer())
	} else {
		// A value in an interface cannot be addressed: give the plan a copy that can.
		held := reflect.New(v.Type())
		held.Elem().Set(v)
		n = e.value(n, p, held.UnsafePointer())
	}
	e.hops--
	return n
}
