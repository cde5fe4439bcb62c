package wire

import "unsafe"

// step is what the writing of one field needs, in one cache line.
type step struct {
	key     [keyRoom]byte // as it stands on the wire, zeros in front
	keySize uint8
	op      op
	offset  uint32 // in the struct
	plan    *plan
	field   *field
	_       [8]byte
}

// keyRoom is the longest key of a step.
const keyRoom = frontRoom

// next is the step after s, which is not the last one.
func (s *step) next() *step { return (*step)(unsafe.Add(unsafe.Pointer(s), unsafe.Sizeof(*s))) }

// compile makes the steps of the fields, which do not move any more. The last field comes first, as
// it is written first.
func (o *objectPlan) compile() {
	o.room = headRoom
	o.steps = append(o.steps, step{})
	for i := len(o.fields) - 1; i >= 0; i-- {
		f := &o.fields[i]
		s := step{op: f.op, offset: f.offset, plan: f.plan, field: f}
		test, ok := f.testWord()
		if len(f.encoded) > keyRoom || f.rare && !ok {
			s.op, s.offset = opFar, 0
			o.steps = append(o.steps, s)
			continue
		}
		if f.rare {
			o.steps = append(o.steps, step{op: opTest, offset: test})
		}
		s.keySize = uint8(copy(s.key[keyRoom-len(f.encoded):], f.encoded))
		o.steps = append(o.steps, s)
		o.room += len(f.encoded) + numberRoom
	}
	o.steps = append(o.steps, step{op: opEnd})
}

// testWord is where the word is that is zero exactly if omitempty leaves the field out; ok is false
// if there is no such word.
func (f *field) testWord() (offset uint32, ok bool) {
	if f.hops != nil || f.omit != omitEmpty {
		return 0, false
	}
	switch f.op {
	case opPointer:
		return f.offset, true
	case opInt64, opUint64:
		return f.offset, wordSize == 8
	case opString, opSlice:
		return f.offset + wordSize, true
	}
	return 0, false
}

// wordSize is the size of a pointer, and of the length in the header of a string or slice.
const wordSize = 4 << (^uintptr(0) >> 63)
