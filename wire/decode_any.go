package wire

import "math"

// any reads the value at b[i:] as the Go value that stands for it by itself: nil, bool, int64,
// uint64 above MaxInt64, float64, Number, string, []byte, []any or map[string]any.
func (d *decoder) any(b []byte, i int) (v any, next int) {
	if i >= len(b) {
		return nil, d.fail(diagnose(b, i, ""))
	}
	switch t := b[i]; {
	case t < tagText:
		return d.slabs.integer(int64(t)), i + 1
	case t < tagArray, t == tagLongText:
		start, end := textAt(b, i)
		if end < 0 {
			break
		}
		text, ok := d.texts.take(b, start, end)
		if !ok {
			return nil, d.fail(notText(start, "string"))
		}
		return d.slabs.string(text), end
	case t < tagObject:
		return d.anyArray(b, i)
	case t < tagShaped:
		return d.anyObject(b, i)
	case t < tagUint:
	case t < tagNull:
		n, negative, next := integerAt(b, i)
		switch {
		case next < 0:
		case negative:
			return d.slabs.integer(^int64(n)), next
		case n > math.MaxInt64:
			return n, next
		default:
			return d.slabs.integer(int64(n)), next
		}
	case t == tagNull:
		return nil, i + 1
	case t <= tagTrue:
		return t == tagTrue, i + 1
	case t == tagFloat32, t == tagFloat64:
		if f, next := floatAt(b, i); next >= 0 {
			return d.slabs.float(f), next
		}
	case t == tagNumber:
		if text, next := appendNumberText(nil, b, i); next >= 0 {
			return Number(text), next
		}
	case t == tagBytes:
		if start, end := blockAt(b, i); end >= 0 {
			return append([]byte{}, b[start:end]...), end
		}
	case t == tagVector:
		return d.anyVector(b, i)
	}
	return nil, d.fail(diagnose(b, i, ""))
}

func (d *decoder) anyArray(b []byte, i int) (v any, next int) {
	count, at, end := containerAt(b, i, 1)
	if end < 0 {
		return nil, d.fail(diagnose(b, i, ""))
	}
	if !d.enter(i) {
		return nil, -1
	}
	if count == 0 {
		d.depth--
		return emptyList, end
	}
	b = b[:end]
	s := d.slabs.list(count)
	for k := range s {
		if s[k], at = d.any(b, at); at < 0 {
			d.scan.err.within(indexStep(k))
			return nil, -1
		}
	}
	if at != end {
		return nil, d.fail(unfilled(at, end, count))
	}
	d.depth--
	return d.slabs.boxed(s), end
}

func (d *decoder) anyObject(b []byte, i int) (v any, next int) {
	count, at, end := containerAt(b, i, 2)
	if end < 0 {
		return nil, d.fail(diagnose(b, i, ""))
	}
	if !d.enter(i) {
		return nil, -1
	}
	var m map[string]any
	if at = d.anyMap(b[:end], at, count, &m); at < 0 {
		return nil, -1
	}
	if at != end {
		return nil, d.fail(unfilled(at, end, count))
	}
	d.depth--
	return m, end
}

// key reads a member's key as a string of the decoder's own.
func (d *decoder) key(b []byte, i int) (key string, next int) {
	start, end := keyAt(b, i)
	if end < 0 {
		return "", d.fail(badKey(b, i))
	}
	key, ok := d.texts.key(b, start, end)
	if !ok {
		return "", d.fail(notText(start, "key"))
	}
	return key, end
}

func (d *decoder) anyVector(b []byte, i int) (out any, next int) {
	v, _, end := vectorAt(b, i)
	if end < 0 {
		return nil, d.fail(diagnose(b, i, ""))
	}
	if !d.enter(i) {
		return nil, -1
	}
	s := d.slabs.list(v.count)
	for k := range s {
		if v.IsFloat() {
			s[k] = d.slabs.float(v.Float(k))
		} else {
			s[k] = d.slabs.integer(v.Int(k))
		}
	}
	d.depth--
	return d.slabs.boxed(s), end
}
