package wire

import (
	"unsafe"

	"github.com/leverrpc/lever/wire/internal/utf8scan"
)

// MemberReader is what the methods of [Generated] read with: straight code for an object as a Go
// program writes it. At the first surprise the code hands over to the plan, which reads the value, or
// what is left of the object, with all its rules and all its errors. It belongs to one decoding, on
// one goroutine.
//
// Arguments are offsets in the message: i is where the object begins and limit where that ends which
// it stands in; end is where the object or list ends, and at is where the next key or value is. What
// is read is within the message, but is compared with the end of the object only when all of it has
// been read: until then at may be behind it. Again and the methods that hand over see that first.
//
// Methods return the offset behind what they have read, or -1 for a fault, with which ReadWire has to
// end. 0, where it is named, is something that they have not read: Value does.
type MemberReader decoder

// generated reads a struct by its own methods.
func (d *decoder) generated(b []byte, i int, p *plan, ptr unsafe.Pointer) int {
	own := p.object.own
	(*iface)(unsafe.Pointer(&own)).data = ptr
	in := Words{unsafe.Pointer(unsafe.SliceData(b)), cap(b) - 8}
	return own.ReadWire((*MemberReader)(d), (*StructPlan)(p), in, i, len(b))
}

// Open opens an object of exactly count members. at is -1 if it is anything else, or if a list in it
// would be one container too many.
func (r *MemberReader) Open(in Words, i, limit, count int) (at, end int) {
	if head := in.At(i); count <= shortCountMax && byte(head) == byte(tagObject+count) &&
		byte(head>>8) < varintTwo && count > 0 {
		at = i + 2
		end = at + int(byte(head>>8))
	} else if left, start, stop := r.header(in, i, limit); left == count {
		at, end = start, stop
	} else {
		return -1, 0
	}
	if end > limit || r.depth >= MaxDepth-1 {
		return -1, 0
	}
	r.depth++
	return at, end
}

// OpenSome is Open for an object of any number of members, of which left is how many there are.
func (r *MemberReader) OpenSome(in Words, i, limit int) (left, at, end int) {
	left, at, end = r.header(in, i, limit)
	if left < 0 || r.depth >= MaxDepth-1 {
		return 0, -1, 0
	}
	r.depth++
	return left, at, end
}

// header reads the header of an object; count is -1 if there is none.
func (r *MemberReader) header(in Words, i, limit int) (count, at, end int) {
	if i >= limit || get8(in.base, i)&0xF0 != tagObject {
		return -1, 0, 0
	}
	if count, at, end = containerAt(in.upTo(limit), i, 2); end < 0 {
		return -1, 0, 0
	}
	return count, at, end
}

// Close ends the object or list that was opened last.
func (r *MemberReader) Close() { r.depth-- }

// Float reads a float of 64 bits from one; 0 if there is none.
func (r *MemberReader) Float(in Words, at int, to *float64) int {
	t, word := byte(in.At(at)), in.At(at+1)
	n := storeFloat(t, word, unsafe.Pointer(to))
	if n == 0 {
		if n = storeShortFloat(t, word, unsafe.Pointer(to)); n == 0 {
			return 0
		}
	}
	if n > in.size()-at {
		return 0
	}
	return at + n
}

// Text reads a string; 0 if there is none.
func (r *MemberReader) Text(in Words, at int, to *string) int {
	head, t := in.At(at), &r.texts
	start, n := at+1, int(byte(head))-tagText
	if uint(n-1) >= shortTextMax {
		if n = int(byte(head >> 8)); byte(head) != tagLongText || n <= shortTextMax || n >= varintTwo {
			return r.rareText(in, at, to)
		}
		start++
	}
	if n > in.size()-start || n+textSlack > len(t.piece)-t.used || t.one {
		return r.rareText(in, at, to)
	}
	// This is texts.take, which would cost a call.
	dst, src := unsafe.Pointer(&t.piece[t.used]), unsafe.Add(in.base, start)
	var high uint64
	switch {
	case n <= 8:
		high = in.At(start)
		put64(dst, 0, high)
		high <<= 64 - 8*uint(n)
	case n <= 16:
		high = copyTwice(dst, n, src, n)
	case n <= 32:
		high = copy16(dst, 0, src, 0) | copy16(dst, n-16, src, n-16)
	default:
		high = copyText(dst, n, src, n)
	}
	if high&highBits != 0 && !utf8scan.Valid(unsafe.Slice((*byte)(src), n)) {
		return 0
	}
	t.used += n
	*to = unsafe.String((*byte)(dst), n)
	return start + n
}

// rareText reads a string that is empty, or very long, or that needs another piece of memory.
func (r *MemberReader) rareText(in Words, at int, to *string) int {
	b := in.upTo(in.size())
	if at >= len(b) || kindOf(b[at]) != String {
		return 0
	}
	start, end := textAt(b, at)
	if end < 0 {
		return 0
	}
	text, ok := r.texts.take(b, start, end)
	if !ok {
		return 0
	}
	*to = text
	return end
}

// Texts reads a list of strings into field k; 0 if there is anything else.
func (r *MemberReader) Texts(v Generated, p *StructPlan, k int, in Words, at, end int) int {
	next, stop := r.List(v, p, k, in, at, end)
	if next == 0 {
		return 0
	}
	r.depth--
	h := (*sliceHeader)(p.place(v, k))
	for i := range unsafe.Slice((*string)(h.data), h.len) {
		if next = r.Text(in, next, (*string)(unsafe.Add(h.data, i*stringSize))); next == 0 {
			return 0
		}
	}
	if next != stop {
		return 0
	}
	return next
}

const stringSize = int(unsafe.Sizeof(""))

// List opens a list, and makes field k a slice of as many elements. next is where they begin, and end
// where they end; next is 0 if there is anything else, or if the slice would take too much memory
// for what has been seen of them.
func (r *MemberReader) List(v Generated, p *StructPlan, k int, in Words, at, limit int) (next, end int) {
	if at >= limit || get8(in.base, at)&0xF0 != tagArray || r.depth >= MaxDepth {
		return 0, 0
	}
	count, next, end := containerAt(in.upTo(limit), at, 1)
	list := p.object.fields[k].plan
	if end < 0 || uintptr(count)*list.elem.size > uintptr(firstBytes*(end-next)) {
		return 0, 0
	}
	if h := (*sliceHeader)(p.place(v, k)); count == 0 {
		h.empty()
	} else {
		(*decoder)(r).resize(h, list, count)
	}
	r.depth++
	return next, end
}
