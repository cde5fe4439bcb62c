package wire

import (
	"encoding/binary"
	"math"
	"reflect"
	"unsafe"
)

// seenFields is the set of fields that an object had so far.
type seenFields struct {
	first uint64
	more  []uint64 // all of the set, if there are more than 64 fields
}

// add puts a field into the set; false means that it is there.
func (s *seenFields) add(k int) bool {
	if s.more != nil {
		word := &s.more[k/64]
		old := *word
		*word |= 1 << (k % 64)
		return *word != old
	}
	old := s.first
	s.first |= 1 << (k & 63)
	return s.first != old
}

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
	var seen seenFields
	if len(o.fields) > 64 {
		seen.more = make([]uint64, (len(o.fields)+63)/64)
	}
	strangers := d.scan.keys.Open()
	next := 0
	for range count {
		head := at
		k := next
		if k >= len(o.fields) || !o.fields[k].matches(b, at) {
			if k = o.find(b, at, next); k < 0 {
				if at = d.unknown(b, at, &strangers); at < 0 {
					return -1
				}
				continue
			}
		}
		next = k + 1
		if !seen.add(k) {
			return d.fail(duplicate(b, head))
		}
		f := &o.fields[k]
		at += int(f.keySize)
		to := unsafe.Add(ptr, f.offset)
		if f.rare && f.hops != nil {
			to = f.reach(ptr)
		}
		if f.op <= opString || f.op == opPointer {
			if n := d.common(b, at, f.op, to); n > 0 {
				at = n
				continue
			}
		}
		switch {
		case f.op == opStruct && at < end && b[at]&0xF0 == tagObject:
			at = d.object(b, at, f.plan, to)
		case f.op == opSlice && at < end && b[at]&0xF0 == tagArray:
			at = d.slice(b, at, f.plan, to)
		default:
			at = d.value(b, at, f.plan, to)
		}
		if at < 0 {
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

// common reads the short forms of the commonest types; 0 means that it is none of them, or that
// something is wrong with it: then value looks again.
func (d *decoder) common(b []byte, i int, o op, ptr unsafe.Pointer) int {
	if i >= len(b) {
		return 0
	}
	t := b[i]
	switch o {
	case opString:
		end := i + 1 + int(t&shortTextMax)
		if t-tagText > shortTextMax || end > len(b) {
			return 0
		}
		text, ok := d.texts.take(b, i+1, end)
		if !ok {
			return 0
		}
		*(*string)(ptr) = text
		return end
	case opInt64:
		if t < tagText {
			*(*int64)(ptr) = int64(t)
			return i + 1
		}
		if width := int(t-tagUint) + 1; t-tagUint < 7 && cap(b)-i >= 9 && len(b)-i > width {
			n := binary.LittleEndian.Uint64(b[i+1:i+9:cap(b)]) & (math.MaxUint64 >> (64 - 8*width))
			if n>>(8*width-8) != 0 && n > 63 {
				*(*int64)(ptr) = int64(n)
				return i + 1 + width
			}
		}
	case opUint64:
		if t < tagText {
			*(*uint64)(ptr) = uint64(t)
			return i + 1
		}
		if t-tagUint < 8 {
			if n, next := wideAt(b, i); next > 0 {
				*(*uint64)(ptr) = n
				return next
			}
		}
	case opFloat64:
		if t == tagFloat32 || t == tagFloat64 {
			if f, next := floatAt(b, i); next > 0 {
				*(*float64)(ptr) = f
				return next
			}
		}
	case opBool:
		if t-tagFalse <= 1 {
			*(*bool)(ptr) = t == tagTrue
			return i + 1
		}
	case opPointer:
		if t == tagNull {
			*(*unsafe.Pointer)(ptr) = nil
			return i + 1
		}
	}
	return 0
}

// guessMax is how many fields are compared before the index is asked.
const guessMax = 8

// find returns which field has the key at b[i:], or -1. The fields behind next are tried first.
func (o *objectPlan) find(b []byte, i, next int) int {
	for k := next + 1; k < len(o.fields) && k < next+guessMax; k++ {
		if o.fields[k].matches(b, i) {
			return k
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

// matches reports whether the key at b[i:] is that of f. It compares words of eight bytes, which
// may lie behind the key but not behind the message; at its end the answer is no, and find knows.
func (f *field) matches(b []byte, i int) bool {
	n := int(f.keySize)
	if cap(b)-i < 8 {
		return false
	}
	if binary.LittleEndian.Uint64(b[i:i+8:cap(b)])&f.mask != f.word {
		return false
	}
	if n <= 8 {
		return n <= len(b)-i
	}
	if n > len(b)-i || binary.LittleEndian.Uint64(b[i+n-8:i+n]) != f.tail {
		return false
	}
	return n <= 16 || string(b[i+8:i+n-8]) == f.encoded[8:n-8]
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
