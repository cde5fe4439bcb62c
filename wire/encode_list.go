package wire

import (
	"encoding/binary"
	"math"
	"math/bits"
	"reflect"
	"slices"
	"unsafe"
)

func (e *encoder) slice(b []byte, p *plan, ptr unsafe.Pointer) []byte {
	s := *(*[]byte)(ptr) // the header of any slice
	if s == nil {
		return append(b, tagNull)
	}
	return e.items(b, p, unsafe.Pointer(unsafe.SliceData(s)), len(s))
}

// items appends n elements that stand one after another at ptr.
func (e *encoder) items(b []byte, p *plan, ptr unsafe.Pointer, n int) []byte {
	if n == 0 {
		return append(b, tagArray)
	}
	if n > MaxSize {
		return e.fail("found more elements than an encoded array can have")
	}
	if !e.enter() {
		return nil
	}
	elem := p.elem
	if elem.op >= opInt8 && elem.op <= opFloat64 && n >= vectorMin {
		e.depth--
		return e.numbers(b, elem.op, ptr, n)
	}
	width := max(int(p.hint.Load()), varintSize(min(n*elem.least, MaxSize)))
	b, at := open(b, tagArray, n, width)
	for i := range n {
		to := unsafe.Add(ptr, uintptr(i)*elem.size)
		switch {
		case elem.op == opStruct:
			b = e.object(b, elem, to)
		case elem.op == opString:
			b = e.string(b, *(*string)(to))
		case elem.op == opSlice && elem.elem.op == opFloat64 && len(*(*[]float64)(to)) >= vectorMin:
			b = e.floats(b, *(*[]float64)(to))
		default:
			b = e.value(b, elem, to)
		}
		if b == nil {
			e.err.within(indexStep(i))
			return nil
		}
	}
	e.depth--
	return p.finish(b, at, width)
}

// vectorMin is the fewest numbers for which a vector is considered.
const vectorMin = 2

// numbers appends n numbers of one Go type as the vector of the narrowest fitting elements, or as
// an array where that is smaller.
func (e *encoder) numbers(b []byte, o op, ptr unsafe.Pointer, n int) []byte {
	switch o {
	case opFloat32:
		return e.floats32(b, unsafe.Slice((*float32)(ptr), n))
	case opFloat64:
		return e.floats(b, unsafe.Slice((*float64)(ptr), n))
	case opInt8:
		return appendIntegers(e, b, unsafe.Slice((*int8)(ptr), n))
	case opInt16:
		return appendIntegers(e, b, unsafe.Slice((*int16)(ptr), n))
	case opInt32:
		return appendIntegers(e, b, unsafe.Slice((*int32)(ptr), n))
	case opInt64:
		return appendIntegers(e, b, unsafe.Slice((*int64)(ptr), n))
	case opUint8:
		return appendIntegers(e, b, unsafe.Slice((*uint8)(ptr), n))
	case opUint16:
		return appendIntegers(e, b, unsafe.Slice((*uint16)(ptr), n))
	case opUint32:
		return appendIntegers(e, b, unsafe.Slice((*uint32)(ptr), n))
	}
	return appendIntegers(e, b, unsafe.Slice((*uint64)(ptr), n))
}

// floats writes a vector of float64, and then one of float32 in its place if that loses nothing.
func (e *encoder) floats(b []byte, s []float64) []byte {
	if e.depth >= MaxDepth {
		e.tooDeep()
		return nil
	}
	full, n := openVector(b, vectorF64, len(s), 8)
	data := full[n : n+8*len(s)]
	short := true
	for i, v := range s {
		bits := math.Float64bits(v)
		if !finite(bits) {
			return e.fail(notFinite)
		}
		short = short && fitsFloat32(v)
		binary.LittleEndian.PutUint64(data[8*i:8*i+8], bits)
	}
	if !short {
		return full[:n+8*len(s)]
	}
	full[len(b)+1] = vectorF32
	for i, v := range s {
		binary.LittleEndian.PutUint32(data[4*i:], math.Float32bits(float32(v)))
	}
	return full[:n+4*len(s)]
}

func (e *encoder) floats32(b []byte, s []float32) []byte {
	full, n := openVector(b, vectorF32, len(s), 4)
	for _, v := range s {
		if v-v != 0 {
			return e.fail(notFinite)
		}
		binary.LittleEndian.PutUint32(full[n:n+4], math.Float32bits(v))
		n += 4
	}
	return full[:n]
}

type integer interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64
}

// appendIntegers compares the sizes of both forms. Neither can fail.
func appendIntegers[T integer](e *encoder, b []byte, s []T) []byte {
	lo, hi, size := s[0], s[0], 0
	for _, v := range s {
		lo, hi = min(lo, v), max(hi, v)
		size += integerSize(int64(v), v > 0)
	}
	kind := vectorFor(int64(lo), uint64(max(hi, 0)))
	if kind < 0 || len(s)*int(vectorWidths[kind]) > size {
		width := varintSize(size)
		b, at := open(b, tagArray, len(s), width)
		n := putVarint(b, at, size)
		b = slices.Grow(b, size+numberRoom)
		full := b[:cap(b)]
		for _, v := range s {
			if v > 0 {
				n = putUint(full, n, uint64(v))
			} else {
				n = putInt(full, n, int64(v))
			}
		}
		return full[:n]
	}
	b, n := openVector(b, kind, len(s), int(vectorWidths[kind]))
	for _, v := range s {
		switch kind {
		case vectorU8:
			b[n] = byte(v)
		case vectorI16:
			binary.LittleEndian.PutUint16(b[n:], uint16(v))
		case vectorI32:
			binary.LittleEndian.PutUint32(b[n:], uint32(v))
		default:
			binary.LittleEndian.PutUint64(b[n:], uint64(v))
		}
		n += int(vectorWidths[kind])
	}
	return b[:n]
}

// integerSize is what putInt or putUint takes.
func integerSize(v int64, positive bool) int {
	switch {
	case uint64(v) < tagText:
		return 1
	case positive:
		return 1 + (bits.Len64(uint64(v))+7)>>3
	case v >= -16:
		return 1
	}
	return 1 + (bits.Len64(uint64(^v))+7)>>3
}

// vectorFor is the narrowest element kind for integers within lo and hi; -1 if there is none.
func vectorFor(lo int64, hi uint64) int {
	switch {
	case lo >= 0 && hi <= math.MaxUint8:
		return vectorU8
	case lo >= math.MinInt16 && hi <= math.MaxInt16:
		return vectorI16
	case lo >= math.MinInt32 && hi <= math.MaxInt32:
		return vectorI32
	case hi <= math.MaxInt64:
		return vectorI64
	}
	return -1
}

// openVector writes the head of a vector and makes room for its elements, with eight bytes to
// spare. The returned slice is all of the capacity.
func openVector(b []byte, kind, count, width int) (full []byte, n int) {
	b = slices.Grow(b, 8+count*width+8)
	n = len(b)
	full = b[:cap(b)]
	full[n], full[n+1] = tagVector, byte(kind)
	return full, putVarint(full, n+2, count)
}

// dictionary appends a map, in the order of Go's iteration.
func (e *encoder) dictionary(b []byte, p *plan, ptr unsafe.Pointer) []byte {
	v := reflect.NewAt(p.typ, ptr).Elem()
	if v.IsNil() {
		return append(b, tagNull)
	}
	n := v.Len()
	if n == 0 {
		return append(b, tagObject)
	}
	if p.typ.Elem() == anyType && p.key.op == opString {
		return e.anyObject(b, *(*map[string]any)(ptr))
	}
	if !e.enter() {
		return nil
	}
	width := max(int(p.hint.Load()), varintSize(n*(1+p.elem.least)))
	b, at := open(b, tagObject, n, width)
	if p.key.op == opString && p.elem.op == opString {
		for k, s := range *(*map[string]string)(ptr) {
			if b = e.key(b, k); b == nil {
				return nil
			}
			if b = e.string(b, s); b == nil {
				e.err.within(keyStep(k))
				return nil
			}
		}
	} else if b = e.members(b, p, v); b == nil {
		return nil
	}
	e.depth--
	return p.finish(b, at, width)
}

func (e *encoder) members(b []byte, p *plan, v reflect.Value) []byte {
	key, elem := reflect.New(p.key.typ), reflect.New(p.elem.typ)
	for it := v.MapRange(); it.Next(); {
		key.Elem().SetIterKey(it)
		elem.Elem().SetIterValue(it)
		text, ok := e.keyText(p.key, key)
		if !ok {
			return nil
		}
		if b = e.key(b, text); b == nil {
			return nil
		}
		if b = e.value(b, p.elem, elem.UnsafePointer()); b == nil {
			e.err.within(keyStep(text))
			return nil
		}
	}
	return b
}
