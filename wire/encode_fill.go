package wire

import (
	"math"
	"unsafe"
)

// fill writes the key of step s, whose value is written, and then the fields of r from the next
// step on, as long as they are short and simple. It returns the step that it leaves to others.
// Text may go down to n = floor: below, there is room for all keys and numbers of a struct, and its
// header.
//
// It calls nothing, so that all that it needs stays in registers.
func fill(p unsafe.Pointer, n, floor int, s *step, r *run) (int, *step) {
	ptr := r.at()
	for {
		*(*[keyRoom]byte)(unsafe.Add(p, n-keyRoom)) = s.key
		n -= int(s.keySize)
		s = s.next()
	again:
		var v uint64
		switch to := unsafe.Add(ptr, s.offset); s.op {
		case opString:
			text := *(*string)(to)
			src, size := data(text), len(text)
			if size >= varintTwo || n-size < floor {
				return n, s
			}
			// This is copyText, for nothing may be called here.
			var high uint64
			switch {
			case size > 32:
				for i := 0; i < size-32; i += 32 {
					high |= copy16(p, n-size+i, src, i) | copy16(p, n-size+i+16, src, i+16)
				}
				high |= copy16(p, n-32, src, size-32) | copy16(p, n-16, src, size-16)
			case size > 16:
				high = copy16(p, n-size, src, 0) | copy16(p, n-16, src, size-16)
			case size >= 8:
				high = copyTwice(p, n, src, size)
			case size >= 4:
				high = fewBytes(src, size)
				put64(p, n-8, high)
			case size > 0:
				high = threeBytes(src, size)
				put64(p, n-8, high)
			}
			if high&highBits != 0 {
				return n, s
			}
			if size <= shortTextMax {
				n -= size + 1
				put8(p, n, tagText|byte(size))
				continue
			}
			n -= size + 2
			put16(p, n, tagLongText|uint16(size)<<8)
			continue
		case opInt32:
			v = uint64(*(*int32)(to))
		case opUint32:
			v = uint64(*(*uint32)(to))
		case opInt64, opUint64:
			v = *(*uint64)(to)
		case opBool:
			n--
			put8(p, n, tagFalse+*(*byte)(to))
			continue
		case opFloat64:
			v := *(*float64)(to)
			if !finite(math.Float64bits(v)) {
				return n, s
			}
			if short := float32(v); float64(short) == v {
				n -= 5
				put8(p, n, tagFloat32)
				put32(p, n+1, math.Float32bits(short))
				continue
			}
			n -= 9
			put8(p, n, tagFloat64)
			put64(p, n+1, math.Float64bits(v))
			continue
		case opPointer:
			if *(*unsafe.Pointer)(to) != nil {
				return n, s
			}
			n--
			put8(p, n, tagNull)
			continue
		case opSlice:
			list := *(*[]byte)(to) // the header of any slice
			if len(list) > 0 || r.deepest {
				return n, s
			}
			n--
			if list == nil {
				put8(p, n, tagNull)
				continue
			}
			put8(p, n, tagArray)
			continue
		case opTest:
			if *(*uintptr)(to) == 0 {
				r.members--
				s = s.next().next()
				goto again
			}
			continue
		case opEnd:
			size := r.end - n
			if r.left == 0 || size >= varintTwo || r.members > shortCountMax || r.members == 0 ||
				n-2 < floor {
				return n, s
			}
			n -= 2
			put16(p, n, tagObject|uint16(r.members)|uint16(size)<<8)
			r.left--
			ptr = unsafe.Add(ptr, -r.size)
			s = r.begin(n)
			continue
		default:
			return n, s
		}
		// What arrives here is an integer.
		if v < tagText {
			n--
			put8(p, n, byte(v))
			continue
		}
		if int64(v) < 0 {
			return n, s
		}
		n = backWide(p, n, tagUint, v)
	}
}
