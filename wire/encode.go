package wire

import (
	"reflect"
	"slices"
	"strconv"
	"unsafe"
)

// encoder turns Go values into wire, back to front: the size of a container stands before its
// content, and so it is known when it is written. Maps and lists of any are left to tree.
//
// What is written ends at top and begins at top+n. Its methods take n, which is never positive,
// write in front of it and return the new n, or 1 for a fault, which is in err then. Each makes
// the room that it needs. That may be in another buf, so that top is another one; n stays.
//
//	      dst      written over at will      room       what is written
//	buf +------+-----------------------+--------------+----------------+--+
//	    0      prefix                  top+floor      top+n            top
type encoder struct {
	buf    []byte // all of its capacity
	prefix int    // bytes of buf that belong to the caller
	top    unsafe.Pointer
	floor  int // 0 ≥ n ≥ floor
	depth  int // containers that are open
	hops   int // pointers that were followed since the last container: cycles end too
	err    *Error
	plain  bool // leave generated code alone
}

// fault is what methods return instead of an offset.
const fault = 1

// encode appends the value of plan p at ptr to dst.
func encode(dst []byte, p *plan, ptr unsafe.Pointer) ([]byte, error) {
	var e encoder
	e.begin(dst)
	if p.op == opStruct && p.object.own != nil { // without the calls in between
		if n := e.generated(0, p, ptr, 1); n != fault {
			return e.finish(dst, n)
		}
		e.plainly(dst)
	}
	n := e.value(0, p, ptr)
	if n == fault && e.plainly(dst) {
		n = e.value(0, p, ptr)
	}
	return e.finish(dst, n)
}

// begin makes e write behind dst.
func (e *encoder) begin(dst []byte) {
	e.buf = dst[:cap(dst)]
	e.prefix = len(dst)
	e.aim()
}

// aim sets top and floor to what buf allows. The byte behind top makes it a pointer into buf.
func (e *encoder) aim() {
	if len(e.buf) > 0 {
		e.top = unsafe.Pointer(&e.buf[len(e.buf)-1])
	}
	e.floor = e.prefix + frontRoom - len(e.buf) + 1
}

// finish gives dst with what was written behind it.
func (e *encoder) finish(dst []byte, n int) ([]byte, error) {
	if n == fault {
		return dst, e.err.finish()
	}
	if -n > MaxSize {
		return dst, &Error{Offset: -1, Text: "found a value of more than 2^31-1 encoded bytes"}
	}
	end := len(e.buf) - 1
	return e.buf[:e.prefix+copy(e.buf[e.prefix:], e.buf[end+n:end])], nil
}

// reserve makes room for size bytes in front of n.
func (e *encoder) reserve(n, size int) {
	if n-size < e.floor {
		e.grow(n, size)
	}
}

// grow gives buf at least twice its capacity.
func (e *encoder) grow(n, size int) {
	was := e.buf
	least := e.prefix + frontRoom + size - n + 1
	e.buf = slices.Grow([]byte(nil), max(2*len(was), least))
	e.buf = e.buf[:cap(e.buf)]
	copy(e.buf, was[:e.prefix])
	if n < 0 {
		copy(e.buf[len(e.buf)-1+n:], was[len(was)-1+n:])
	}
	e.aim()
}

func (e *encoder) fail(text string) int {
	e.err = &Error{Offset: -1, Text: text}
	return fault
}

// enter opens a container, unless it would be one too many.
func (e *encoder) enter() bool {
	e.depth++
	return e.depth <= MaxDepth || e.tooDeep()
}

func (e *encoder) tooDeep() bool {
	e.fail("found containers nested deeper than " + strconv.Itoa(MaxDepth) +
		", or a value that contains itself")
	return false
}

// empty writes a container without children, which counts as one that is open.
func (e *encoder) empty(n int, tag byte) int {
	if e.depth >= MaxDepth {
		e.tooDeep()
		return fault
	}
	return e.tag(n, tag)
}

// leave writes the header of the container opened last, whose content goes from n to end.
func (e *encoder) leave(n, end int, tag byte, count int) int {
	e.depth--
	e.reserve(n, headRoom)
	return backHead(e.top, n, end, tag, count)
}

// value writes the value of plan p at ptr.
func (e *encoder) value(n int, p *plan, ptr unsafe.Pointer) int {
	switch p.op {
	case opString:
		return e.string(n, *(*string)(ptr))
	case opStruct:
		return e.object(n, p, ptr)
	case opSlice:
		return e.slice(n, p, ptr)
	case opPointer:
		return e.pointer(n, p, ptr)
	case opAny:
		return e.any(n, *(*any)(ptr))
	case opMap:
		return e.dictionary(n, p, ptr)
	case opArray:
		return e.items(n, p, ptr, p.length)
	case opBytes:
		return e.bytes(n, *(*[]byte)(ptr))
	case opByteArray:
		return e.bytes(n, unsafe.Slice((*byte)(ptr), p.length))
	case opRaw:
		return e.raw(n, *(*Raw)(ptr))
	case opNumber:
		return e.number(n, *(*string)(ptr))
	case opInterface:
		return e.dynamic(n, reflect.NewAt(p.typ, ptr).Elem().Elem())
	case opTime, opText, opBigInt:
		return e.text(n, p, ptr)
	case opQuoted:
		return e.quoted(n, p, ptr)
	}
	return e.scalar(n, p.op, ptr)
}

// scalar writes a bool or a number.
func (e *encoder) scalar(n int, o op, ptr unsafe.Pointer) int {
	switch o {
	case opBool:
		return e.tag(n, tagFalse+*(*byte)(ptr))
	case opInt8:
		return e.int(n, int64(*(*int8)(ptr)))
	case opInt16:
		return e.int(n, int64(*(*int16)(ptr)))
	case opInt32:
		return e.int(n, int64(*(*int32)(ptr)))
	case opInt64:
		return e.int(n, *(*int64)(ptr))
	case opUint8:
		return e.uint(n, uint64(*(*uint8)(ptr)))
	case opUint16:
		return e.uint(n, uint64(*(*uint16)(ptr)))
	case opUint32:
		return e.uint(n, uint64(*(*uint32)(ptr)))
	case opUint64:
		return e.uint(n, *(*uint64)(ptr))
	case opFloat32:
		return e.float(n, float64(*(*float32)(ptr)))
	}
	return e.float(n, *(*float64)(ptr))
}

func (e *encoder) int(n int, v int64) int {
	e.reserve(n, numberRoom)
	return backInt(e.top, n, v)
}

func (e *encoder) uint(n int, v uint64) int {
	e.reserve(n, numberRoom)
	return backUint(e.top, n, v)
}

const notFinite = "found a NaN or an infinity, which have no wire form"

func (e *encoder) float(n int, v float64) int {
	if v-v != 0 {
		return e.fail(notFinite)
	}
	e.reserve(n, numberRoom)
	return backFloat(e.top, n, v)
}

// tag writes a value of one byte.
func (e *encoder) tag(n int, tag byte) int {
	e.reserve(n, 1)
	put8(e.top, n-1, tag)
	return n - 1
}

// copy writes bytes as they are.
func (e *encoder) copy(n int, v []byte) int {
	e.reserve(n, len(v))
	end := len(e.buf) - 1
	copy(e.buf[end+n-len(v):end], v)
	return n - len(v)
}

func (e *encoder) pointer(n int, p *plan, ptr unsafe.Pointer) int {
	to := *(*unsafe.Pointer)(ptr)
	if to == nil {
		return e.tag(n, tagNull)
	}
	return e.value(n, p.elem, to)
}

func (e *encoder) raw(n int, v Raw) int {
	if len(v) == 0 {
		return e.tag(n, tagNull)
	}
	if err := validateAt(v, e.depth); err != nil {
		return e.fail("found a Raw that is not one encoded value: " + err.Error())
	}
	return e.copy(n, v)
}
