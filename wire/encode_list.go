package wire

import "unsafe"

func (e *encoder) slice(n int, p *plan, ptr unsafe.Pointer) int {
	if p.elem.op == opString {
		return e.strings(n, *(*[]string)(ptr))
	}
	s := *(*[]byte)(ptr) // the header of any slice
	if s == nil {
		return e.tag(n, tagNull)
	}
	return e.items(n, p, unsafe.Pointer(unsafe.SliceData(s)), len(s))
}

// items writes count elements that stand one after another at ptr.
func (e *encoder) items(n int, p *plan, ptr unsafe.Pointer, count int) int {
	elem := p.elem
	switch {
	case count == 0:
		return e.empty(n, tagArray)
	case count > MaxSize:
		return e.fail("found more elements than an encoded array can have")
	case !e.enter():
		return fault
	case elem.op >= opInt8 && elem.op <= opFloat64 && count >= vectorMin:
		e.depth--
		return e.numbers(n, elem.op, ptr, count)
	}
	end, at := n, 0
	switch {
	case elem.op == opStruct:
		n, at = e.objects(n, elem, ptr, count)
	case elem.op == opSlice && elem.elem.op == opFloat64:
		n, at = e.floatLists(n, elem, unsafe.Slice((*[]float64)(ptr), count))
	default:
		for at = count - 1; at >= 0 && n != fault; at-- {
			n = e.value(n, elem, unsafe.Add(ptr, uintptr(at)*elem.size))
		}
		at++
	}
	if n == fault {
		e.err.within(indexStep(at))
		return fault
	}
	return e.leave(n, end, tagArray, count)
}

// strings writes a list of strings. Short ones are copied here, as a call would cost more.
func (e *encoder) strings(n int, list []string) int {
	switch {
	case list == nil:
		return e.tag(n, tagNull)
	case len(list) == 0:
		return e.empty(n, tagArray)
	case !e.enter():
		return fault
	}
	end := n
	for i := len(list) - 1; i >= 0; i-- {
		src, size, high := data(list[i]), len(list[i]), uint64(highBits)
		if size <= 16 && n-size-textRoom >= e.floor {
			switch {
			case size >= 8:
				high = copyTwice(e.top, n, src, size)
			case size >= 4:
				high = fewBytes(src, size)
				put64(e.top, n-8, high)
			case size > 0:
				high = threeBytes(src, size)
				put64(e.top, n-8, high)
			default:
				high = 0
			}
		}
		if high&highBits == 0 {
			n -= size + 1
			put8(e.top, n, tagText|byte(size))
		} else if n = e.string(n, list[i]); n == fault {
			e.err.within(indexStep(i))
			return fault
		}
	}
	return e.leave(n, end, tagArray, len(list))
}

// floatLists writes lists of numbers, as points and lines are. If one has a fault, it is at index
// at.
func (e *encoder) floatLists(n int, p *plan, lists [][]float64) (start, at int) {
	for i := len(lists) - 1; i >= 0; i-- {
		if len(lists[i]) >= vectorMin && e.depth < MaxDepth {
			n = e.floats(n, lists[i])
		} else {
			n = e.slice(n, p, unsafe.Pointer(&lists[i]))
		}
		if n == fault {
			return fault, i
		}
	}
	return n, 0
}
