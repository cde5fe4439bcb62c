package wire

import (
	"reflect"
	"slices"
	"strconv"
	"unsafe"
)

// encoder turns Go values into wire. Its methods append to b and return it; nil means a fault,
// which is in err. A container's size stands before its content, so one to five bytes are kept
// free for it and the content moves if the guess was wrong (see seal).
type encoder struct {
	depth  int // containers that are open
	hops   int // pointers that were followed since the last container: cycles end too
	err    *Error
	widths [MaxDepth]uint8 // of the size last sealed at each depth, for values without a plan
}

func (e *encoder) fail(text string) []byte {
	e.err = &Error{Offset: -1, Text: text}
	return nil
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

// value appends the value of plan p at ptr.
func (e *encoder) value(b []byte, p *plan, ptr unsafe.Pointer) []byte {
	switch p.op {
	case opString:
		return e.string(b, *(*string)(ptr))
	case opStruct:
		return e.object(b, p, ptr)
	case opSlice:
		return e.slice(b, p, ptr)
	case opPointer:
		return e.pointer(b, p, ptr)
	case opAny:
		return e.any(b, *(*any)(ptr))
	case opMap:
		return e.dictionary(b, p, ptr)
	case opArray:
		return e.items(b, p, ptr, p.length)
	case opBytes:
		v := *(*[]byte)(ptr)
		if v == nil {
			return append(b, tagNull)
		}
		return AppendBytes(b, v)
	case opByteArray:
		return AppendBytes(b, unsafe.Slice((*byte)(ptr), p.length))
	case opRaw:
		return e.raw(b, *(*Raw)(ptr))
	case opNumber:
		return e.number(b, *(*string)(ptr))
	case opInterface:
		return e.dynamic(b, reflect.NewAt(p.typ, ptr).Elem().Elem())
	case opTime, opText, opBigInt:
		return e.text(b, p, ptr)
	case opQuoted:
		return e.quoted(b, p, ptr)
	}
	b = slices.Grow(b, numberRoom)
	n := putScalar(b[:cap(b)], len(b), p.op, ptr)
	if n < 0 {
		return e.fail(notFinite)
	}
	return b[:n]
}

// putScalar writes a bool or a number at b[n:], which has numberRoom; -1 if it is not finite.
func putScalar(b []byte, n int, o op, ptr unsafe.Pointer) int {
	switch o {
	case opBool:
		b[n] = tagFalse
		if *(*bool)(ptr) {
			b[n] = tagTrue
		}
		return n + 1
	case opInt8:
		return putInt(b, n, int64(*(*int8)(ptr)))
	case opInt16:
		return putInt(b, n, int64(*(*int16)(ptr)))
	case opInt32:
		return putInt(b, n, int64(*(*int32)(ptr)))
	case opInt64:
		return putInt(b, n, *(*int64)(ptr))
	case opUint8:
		return putUint(b, n, uint64(*(*uint8)(ptr)))
	case opUint16:
		return putUint(b, n, uint64(*(*uint16)(ptr)))
	case opUint32:
		return putUint(b, n, uint64(*(*uint32)(ptr)))
	case opUint64:
		return putUint(b, n, *(*uint64)(ptr))
	case opFloat32:
		return putFinite(b, n, float64(*(*float32)(ptr)))
	}
	return putFinite(b, n, *(*float64)(ptr))
}

func putFinite(b []byte, n int, v float64) int {
	if v-v != 0 {
		return -1
	}
	return putFloat(b, n, v)
}

func (e *encoder) string(b []byte, s string) []byte {
	if cap(b)-len(b) < len(s)+textRoom {
		b = slices.Grow(b, len(s)+textRoom)
	}
	n := putText(b[:cap(b)], len(b), s)
	if n < 0 {
		return e.fail(notUTF8)
	}
	return b[:n]
}

const notFinite = "found a NaN or an infinity, which have no wire form"

const notUTF8 = "found a string that is not UTF-8, use []byte for raw bytes"

// textRoom is what a string takes besides its text, and what copyText may touch behind it.
const textRoom = 6 + 8

// putText writes a string at b[n:], which has room for it and textRoom; -1 if it is not UTF-8.
func putText(b []byte, n int, s string) int {
	if len(s) <= shortTextMax {
		b[n] = tagText | byte(len(s))
		n++
	} else {
		b[n] = tagLongText
		n = putVarint(b, n+1, len(s))
	}
	if !copyText(b[n:], s) {
		return -1
	}
	return n + len(s)
}

func (e *encoder) pointer(b []byte, p *plan, ptr unsafe.Pointer) []byte {
	to := *(*unsafe.Pointer)(ptr)
	if to == nil {
		return append(b, tagNull)
	}
	return e.value(b, p.elem, to)
}

func (e *encoder) raw(b []byte, v Raw) []byte {
	if len(v) == 0 {
		return append(b, tagNull)
	}
	if err := validateAt(v, e.depth); err != nil {
		return e.fail("found a Raw that is not one encoded value: " + err.Error())
	}
	return append(b, v...)
}

func (e *encoder) number(b []byte, v string) []byte {
	if v == "" {
		return append(b, 0) // the zero Number, as in encoding/json
	}
	out, ok := appendNumber(b, unsafe.Slice(unsafe.StringData(v), len(v)))
	if !ok {
		return e.fail(literalFault([]byte(v)))
	}
	return out
}

// seal writes the size of the content b[at+width:] at b[at:], and moves the content if width bytes
// are not what the size takes. The width that it took is returned too.
func seal(b []byte, at, width int) ([]byte, int) {
	if size := len(b) - at - 1; width == 1 && size < varintTwo {
		b[at] = byte(size)
		return b, 1
	}
	return sealLong(b, at, width)
}

func sealLong(b []byte, at, width int) ([]byte, int) {
	size := len(b) - at - width
	need := varintSize(size)
	if need > width {
		b = slices.Grow(b, need-width+8)
	}
	if need != width {
		content := b[at+width : len(b)]
		b = b[:at+need+size]
		copy(b[at+need:], content)
	}
	putVarint(b, at, size)
	return b, need
}

// open writes the tag and count of a container with children and keeps width bytes free.
func open(b []byte, tag byte, count, width int) (out []byte, at int) {
	b = slices.Grow(b, 16)
	if count <= shortCountMax {
		b = append(b, tag|byte(count))
	} else {
		b = appendVarint(append(b, tag|countFollows), count)
	}
	at = len(b)
	return b[:at+width], at
}
