package wire

import (
	"reflect"
	"slices"
)

// any appends a value whose type is known at run time only.
func (e *encoder) any(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, tagNull)
	case string:
		return e.string(b, v)
	case map[string]any:
		return e.anyObject(b, v)
	case []any:
		return e.anyArray(b, v)
	case float64:
		if v-v != 0 {
			return e.fail(notFinite)
		}
		full := spare(b, numberRoom)
		return full[:putFloat(full, len(b), v)]
	case bool:
		return AppendBool(b, v)
	case int64:
		full := spare(b, numberRoom)
		return full[:putInt(full, len(b), v)]
	case int:
		return AppendInt(b, int64(v))
	case uint64:
		return AppendUint(b, v)
	case Number:
		return e.number(b, string(v))
	case []byte:
		if v == nil {
			return append(b, tagNull)
		}
		return AppendBytes(b, v)
	case Raw:
		return e.raw(b, v)
	case Value:
		return e.raw(b, v.Raw())
	}
	return e.dynamic(b, reflect.ValueOf(v))
}

// dynamic appends what v holds by the plan of its type.
func (e *encoder) dynamic(b []byte, v reflect.Value) []byte {
	if !v.IsValid() {
		return append(b, tagNull)
	}
	// Pointers in interfaces that lead back to themselves pass here on every round.
	if e.hops++; e.hops > MaxDepth {
		return e.fail("found a value that contains itself")
	}
	p, err := planOf(v.Type())
	if err != nil {
		e.err = err.(*Error)
		return nil
	}
	if v.Kind() == reflect.Pointer && v.IsNil() {
		b = append(b, tagNull)
	} else if v.Kind() == reflect.Pointer {
		b = e.value(b, p.elem, v.UnsafePointer())
	} else {
		// A value in an interface cannot be addressed: give the plan a copy that can.
		held := reflect.New(v.Type())
		held.Elem().Set(v)
		b = e.value(b, p, held.UnsafePointer())
	}
	e.hops--
	return b
}

// guess is the width that the last size at this depth took, and not less than the children need.
func (e *encoder) guess(least int) int {
	return max(int(e.widths[e.depth-1]), varintSize(least))
}

func (e *encoder) anyObject(b []byte, m map[string]any) []byte {
	if m == nil {
		return append(b, tagNull)
	}
	if len(m) == 0 {
		return append(b, tagObject)
	}
	if !e.enter() {
		return nil
	}
	width := e.guess(2 * len(m))
	b, at := open(b, tagObject, len(m), width)
	for k, v := range m {
		if b = e.key(b, k); b == nil {
			return nil
		}
		if text, ok := v.(string); ok {
			b = e.string(b, text)
		} else {
			b = e.any(b, v)
		}
		if b == nil {
			e.err.within(keyStep(k))
			return nil
		}
	}
	return e.close(b, at, width)
}

func (e *encoder) anyArray(b []byte, s []any) []byte {
	if s == nil {
		return append(b, tagNull)
	}
	if len(s) == 0 {
		return append(b, tagArray)
	}
	if !e.enter() {
		return nil
	}
	width := e.guess(len(s))
	b, at := open(b, tagArray, len(s), width)
	for i, v := range s {
		if f, ok := v.(float64); ok && f-f == 0 {
			full := spare(b, numberRoom)
			b = full[:putFloat(full, len(b), f)]
			continue
		}
		if b = e.any(b, v); b == nil {
			e.err.within(indexStep(i))
			return nil
		}
	}
	return e.close(b, at, width)
}

// close seals the container opened last and remembers the width of its size.
func (e *encoder) close(b []byte, at, width int) []byte {
	b, need := seal(b, at, width)
	e.depth--
	e.widths[e.depth] = uint8(need)
	return b
}

// key appends the key of a member.
func (e *encoder) key(b []byte, k string) []byte {
	if cap(b)-len(b) < len(k)+textRoom {
		b = slices.Grow(b, len(k)+textRoom)
	}
	full := b[:cap(b)]
	n := len(b)
	if len(k) < varintTwo {
		full[n] = byte(len(k))
		n++
	} else {
		n = putVarint(full, n, len(k))
	}
	if !copyText(full[n:], k) {
		return e.fail("found a key that is not UTF-8")
	}
	return full[:n+len(k)]
}
