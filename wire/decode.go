package wire

import (
	"math"
	"reflect"
	"strconv"
	"sync"
	"unsafe"
)

// decoder turns one message into Go values. Its methods read the value at b[i:], where b is the
// message up to the end of the enclosing container, and return the offset after it; -1 is a
// fault, which is in err. Between messages it keeps memory that points to nothing.
type decoder struct {
	scan   scanner
	depth  int
	strict bool // refuse members that a struct does not have
	texts  texts
	slabs  slabs
	memory arenas
	rare   *rareMembers // used by no object
	member string       // on its way into a map
}

// decoders are those that read nothing at the moment.
var decoders = sync.Pool{New: func() any { return new(decoder) }}

// begin prepares for a message of so many bytes, which stands below depth containers.
func (d *decoder) begin(size, depth int, o UnmarshalOptions) {
	d.depth, d.strict = depth, o.RefuseUnknown
	d.texts.begin(size, o.OneText)
	d.slabs.size = size
}

// end lets go of the message, and of what was made of it.
func (d *decoder) end() {
	d.scan.err, d.member = nil, ""
	d.scan.keys.Reset()
	d.texts.whole = nil
	d.slabs.reset()
	d.memory.reset()
}

func (d *decoder) fail(err *Error) int { return d.scan.fail(err) }

func (d *decoder) mismatch(b []byte, i int, p *plan) int {
	return d.fail(diagnose(b, i, p.wanted()))
}

// wanted says in an error what the Go type takes.
func (p *plan) wanted() string {
	name := p.typ.String()
	switch p.op {
	case opBool:
		return "a bool for Go " + name
	case opFloat32, opFloat64, opNumber:
		return "a number for Go " + name
	case opString, opTime, opText, opQuoted:
		return "a string for Go " + name
	case opBytes, opByteArray:
		return "raw bytes for Go " + name
	case opSlice, opArray:
		return "an array for Go " + name
	case opMap, opStruct:
		return "an object for Go " + name
	case opInterface:
		return "an interface without methods, not Go " + name
	}
	return "an integer for Go " + name
}

// value reads a value of plan p into the memory at ptr.
func (d *decoder) value(b []byte, i int, p *plan, ptr unsafe.Pointer) int {
	if i >= len(b) {
		return d.mismatch(b, i, p)
	}
	if b[i] == tagNull {
		return d.null(i, p, ptr)
	}
	switch p.op {
	case opString:
		return d.string(b, i, p, ptr)
	case opStruct:
		return d.object(b, i, p, ptr, nil)
	case opSlice:
		return d.slice(b, i, p, ptr)
	case opPointer:
		return d.pointer(b, i, p, ptr)
	case opAny:
		v, next := d.any(b, i)
		if next >= 0 {
			*(*any)(ptr) = v
		}
		return next
	case opMap:
		return d.dictionary(b, i, p, ptr)
	case opArray:
		return d.array(b, i, p, ptr)
	case opBool:
		if b[i] != tagTrue && b[i] != tagFalse {
			return d.mismatch(b, i, p)
		}
		*(*bool)(ptr) = b[i] == tagTrue
		return i + 1
	case opFloat32, opFloat64:
		return d.float(b, i, p, ptr)
	case opBytes, opByteArray:
		return d.bytes(b, i, p, ptr)
	case opRaw:
		next := d.scan.value(b, i, d.depth)
		if next >= 0 {
			*(*Raw)(ptr) = append((*(*Raw)(ptr))[:0], b[i:next]...)
		}
		return next
	case opNumber, opBigInt:
		return d.number(b, i, p, ptr)
	case opTime, opText, opQuoted:
		return d.text(b, i, p, ptr)
	case opInterface:
		return d.mismatch(b, i, p)
	}
	return d.integer(b, i, p, ptr)
}

// null sets the zero value, whatever the type.
func (d *decoder) null(i int, p *plan, ptr unsafe.Pointer) int {
	switch p.op {
	case opPointer:
		*(*unsafe.Pointer)(ptr) = nil
	case opString:
		*(*string)(ptr) = ""
	case opAny:
		*(*any)(ptr) = nil
	case opSlice, opBytes:
		*(*[]byte)(ptr) = nil
	case opRaw:
		*(*Raw)(ptr) = Raw{tagNull}
	default:
		reflect.NewAt(p.typ, ptr).Elem().SetZero()
	}
	return i + 1
}

func (d *decoder) string(b []byte, i int, p *plan, ptr unsafe.Pointer) int {
	if kindOf(b[i]) != String {
		return d.mismatch(b, i, p)
	}
	start, end := textAt(b, i)
	if end < 0 {
		return d.mismatch(b, i, p)
	}
	text, ok := d.texts.take(b, start, end)
	if !ok {
		return d.fail(notText(start, "string"))
	}
	*(*string)(ptr) = text
	return end
}

// integer reads an integer into any Go integer that holds it.
func (d *decoder) integer(b []byte, i int, p *plan, ptr unsafe.Pointer) int {
	n, negative, next, ok := d.whole(b, i)
	if next < 0 {
		return d.mismatch(b, i, p)
	}
	if !ok || !storeInteger(p.op, n, negative, ptr) {
		return d.fail(&Error{Offset: i, Text: "found " + describe(b, i) + ", want " +
			p.wanted() + ", which does not hold it"})
	}
	return next
}

// whole reads an integer, or a float that is equal to one; next is -1 if it is neither number.
func (d *decoder) whole(b []byte, i int) (n uint64, negative bool, next int, ok bool) {
	switch kindOf(b[i]) {
	case Integer:
		n, negative, next = integerAt(b, i)
		return n, negative, next, true
	case Float:
		f, next := floatAt(b, i)
		if next < 0 {
			return 0, false, -1, false
		}
		v := int64(f)
		if math.Abs(f) >= exponentFrom || float64(v) != f {
			return 0, false, next, false
		}
		if v < 0 {
			return uint64(^v), true, next, true
		}
		return uint64(v), false, next, true
	}
	return 0, false, -1, false
}

// storeInteger writes n, or -1-n, as the Go integer that o names; false if it does not fit.
func storeInteger(o op, n uint64, negative bool, ptr unsafe.Pointer) bool {
	width := uint(8) << ((o - opInt8) & 3)
	if o >= opUint8 {
		if negative || n>>(width-1)>>1 != 0 {
			return false
		}
	} else {
		if n>>(width-1) != 0 {
			return false
		}
		if negative {
			n = ^n
		}
	}
	switch width {
	case 8:
		*(*uint8)(ptr) = uint8(n)
	case 16:
		*(*uint16)(ptr) = uint16(n)
	case 32:
		*(*uint32)(ptr) = uint32(n)
	default:
		*(*uint64)(ptr) = n
	}
	return true
}

// float reads any number into the nearest float.
func (d *decoder) float(b []byte, i int, p *plan, ptr unsafe.Pointer) int {
	f, next, ok := nearest(b, i)
	if next < 0 {
		return d.mismatch(b, i, p)
	}
	if !ok {
		return d.fail(tooLarge(b, i, p))
	}
	if p.op == opFloat64 {
		*(*float64)(ptr) = f
		return next
	}
	if math.Abs(f) > math.MaxFloat32 {
		return d.fail(tooLarge(b, i, p))
	}
	*(*float32)(ptr) = float32(f)
	return next
}

// nearest reads a number of any form as the float64 nearest to it; ok is false if that is
// infinite, and next is -1 if it is no number.
func nearest(b []byte, i int) (f float64, next int, ok bool) {
	switch kindOf(b[i]) {
	case Float:
		f, next = floatAt(b, i)
	case Integer:
		var n uint64
		var negative bool
		if n, negative, next = integerAt(b, i); negative {
			return float64(^int64(n)), next, next >= 0
		}
		f = float64(n)
	case Literal:
		start, end := blockAt(b, i)
		if end < 0 {
			return 0, -1, false
		}
		if form, _, _ := classify(b[start:end]); form != formLiteral {
			return 0, -1, false
		}
		var err error
		f, err = strconv.ParseFloat(string(b[start:end]), 64)
		return f, end, err == nil || f == 0
	default:
		return 0, -1, false
	}
	return f, next, next >= 0
}

func tooLarge(b []byte, i int, p *plan) *Error {
	return &Error{Offset: i, Text: "found " + describe(b, i) + ", want " + p.wanted() +
		", which does not hold it"}
}

func (d *decoder) bytes(b []byte, i int, p *plan, ptr unsafe.Pointer) int {
	if b[i] != tagBytes {
		return d.mismatch(b, i, p)
	}
	start, end := blockAt(b, i)
	if end < 0 {
		return d.mismatch(b, i, p)
	}
	if p.op == opBytes {
		dst := (*[]byte)(ptr)
		if *dst = append((*dst)[:0], b[start:end]...); *dst == nil {
			*dst = []byte{}
		}
		return end
	}
	if end-start != p.length {
		return d.mismatch(b, i, p)
	}
	copy(unsafe.Slice((*byte)(ptr), p.length), b[start:end])
	return end
}

func (d *decoder) pointer(b []byte, i int, p *plan, ptr unsafe.Pointer) int {
	to := *(*unsafe.Pointer)(ptr)
	if to == nil {
		to = d.memory.take(p, p.list, 1)
		*(*unsafe.Pointer)(ptr) = to
	}
	return d.value(b, i, p.elem, to)
}

// enter opens the container at i, unless it would be one too many.
func (d *decoder) enter(i int) bool {
	d.depth++
	return d.depth <= MaxDepth || d.tooDeep(i)
}

func (d *decoder) tooDeep(i int) bool {
	d.fail(tooDeep(i))
	return false
}
