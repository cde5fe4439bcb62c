package wire

import (
	"encoding/binary"
	"reflect"
	"unsafe"
)

// object reads a struct. Members stand in the order of the Go fields when a Go program wrote them,
// so the key after the last one found is tried first, by its first eight bytes; and the commonest
// values are read in the same loop, because a call costs as much as they do. Whatever is rarer or
// wrong, and all of a message shorter than eight bytes, is left to find and item.
func (d *decoder) object(b []byte, i int, p *plan, ptr unsafe.Pointer, from *progress) int {
	if b[i]&0xF0 != tagObject {
		return d.mismatch(b, i, p)
	}
	if from == nil && p.object.own != nil && cap(b) >= 8 {
		return d.generated(b, i, p, ptr)
	}
	count, at, end := containerAt(b, i, 2)
	if end < 0 {
		return d.mismatch(b, i, p)
	}
	if !d.enter(i) {
		return -1
	}
	b = b[:end]
	base, last := unsafe.Pointer(unsafe.SliceData(b)), cap(b)-8
	limit := end
	if last < 0 {
		limit = 0
	}
	var m members
	fields, next := p.object.fields, 0
	if from != nil && from.at != 0 {
		next, at, count = from.next, from.at, from.left
		m.resume(from)
	}
	for ; count > 0; count-- {
		var f *field
		if next < len(fields) && at < limit {
			f = &fields[next]
			if n := int(f.keySize); !f.begins(wordAt(base, at, last)) || n > 8 &&
				(n > end-at || word(base, at+n-8) != f.tail || n > 16 && !f.middle(b, at)) {
				f = nil
			}
		}
		if f == nil {
			k, stop, after := d.seek(b, at, next, p, &m)
			if k < 0 {
				if at = after; at < 0 {
					return -1
				}
				continue
			}
			next, fields = k, p.object.fields[:stop]
			f = &fields[k]
		}
		next++
		at += int(f.keySize)
		to := unsafe.Add(ptr, f.offset)
		if f.rare && f.hops != nil {
			to = f.reach(ptr)
		}
		if at < limit {
			n := 0
			switch t := b[at]; f.op {
			case opInt64, opUint64:
				if t < tagText {
					*(*uint64)(to) = uint64(t)
					at++
					continue
				}
				n = storeWide(t, wordAt(base, at+1, last), f.op, to)
			case opString:
				if n = 1 + int(t-tagText); n <= 1+shortTextMax && n <= end-at {
					if text, ok := d.texts.take(b, at+1, at+n); ok {
						*(*string)(to) = text
						at += n
						continue
					}
				}
				n = 0
			case opBool:
				n = storeBool(t, to)
			case opFloat64:
				n = storeFloat(t, wordAt(base, at+1, last), to)
			case opPointer:
				n = storeNull(t, to)
			case opSlice:
				n = d.storeEmpty(t, to)
			}
			if n > 0 && n <= end-at {
				at += n
				continue
			}
		}
		if at > end {
			return d.fail(badKey(b, at-int(f.keySize)))
		}
		if at = d.item(b, at, f.plan, to); at < 0 {
			d.scan.err.within(keyStep(f.name))
			return -1
		}
	}
	if at != end {
		total, _, _ := containerAt(b, i, 2)
		return d.fail(unfilled(at, end, total))
	}
	if m.rare != nil {
		d.closeRare(&m)
	}
	d.depth--
	return end
}

// guessMax is how many fields are compared before the index is asked.
const guessMax = 8

// find returns which field has the key at b[i:], or -1. The fields behind next are tried first.
func (o *objectPlan) find(b []byte, i, next int) int {
	_, end := keyAt(b, i)
	if end < 0 {
		return -1
	}
	if last := cap(b) - 8; last >= 0 {
		key := wordAt(unsafe.Pointer(unsafe.SliceData(b)), i, last)
		for k := next + 1; k < len(o.fields) && k < next+guessMax; k++ {
			if f := &o.fields[k]; f.begins(key) && (f.keySize <= 8 || f.ends(b, i)) {
				return k
			}
		}
	}
	if k, ok := o.index[string(b[i:end])]; ok {
		return int(k)
	}
	return -1
}

// begins reports whether the key that begins with these eight bytes may be that of f. It is, if it
// has no more.
func (f *field) begins(word uint64) bool { return word&f.mask == f.word }

// ends compares the rest of a key of more than eight bytes, of which begins has compared eight.
func (f *field) ends(b []byte, i int) bool {
	n := int(f.keySize)
	if n > len(b)-i || binary.LittleEndian.Uint64(b[i+n-8:i+n]) != f.tail {
		return false
	}
	return n <= 16 || f.middle(b, i)
}

// middle compares what ends leaves of a key of more than sixteen bytes.
func (f *field) middle(b []byte, i int) bool {
	n := int(f.keySize)
	if binary.LittleEndian.Uint64(b[i+8:i+16]) != f.more[0] {
		return false
	}
	if n > 24 && binary.LittleEndian.Uint64(b[i+16:i+24]) != f.more[1] {
		return false
	}
	return n <= 32 || string(b[i+24:i+n-8]) == f.encoded[24:n-8]
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
