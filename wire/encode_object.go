package wire

import "unsafe"

// run is a walk over structs of one type, from the last one to the first.
type run struct {
	base    unsafe.Pointer // where the first one stands
	size    uintptr        // of each
	first   *step
	fields  int  // of each
	left    int  // structs in front of the one that is being written
	end     int  // where its content ends
	members int  // of it that are not left out
	deepest bool // no container may stand in it, not even an empty one
}

// at is the struct that is being written.
func (r *run) at() unsafe.Pointer { return unsafe.Add(r.base, uintptr(r.left)*r.size) }

// begin turns to the struct of which nothing is written yet.
func (r *run) begin(n int) *step {
	r.end, r.members = n, r.fields
	return r.first
}

// object writes a struct.
func (e *encoder) object(n int, p *plan, ptr unsafe.Pointer) int {
	n, _ = e.objects(n, p, ptr, 1)
	return n
}

// objects writes count structs that stand one after another at ptr. If one has a fault, it is
// at index at.
func (e *encoder) objects(n int, p *plan, ptr unsafe.Pointer, count int) (start, at int) {
	o := p.object
	if o.own != nil && !e.plain {
		return e.generated(n, p, ptr, count), 0 // where a fault is, the plan says
	}
	if !e.enter() {
		return fault, count - 1
	}
	e.reserve(n, o.room)
	var r run // a literal would be copied, which stalls the processor
	r.base, r.size, r.left = ptr, p.size, count-1
	r.first, r.fields, r.deepest = &o.steps[0], len(o.fields), e.depth == MaxDepth
	s := r.begin(n)
	for {
		n, s = fill(e.top, n, e.floor+o.room, s, &r)
		switch s.op {
		case opEnd:
			if n = e.head(n, &r); r.left == 0 {
				e.depth--
				return n, 0
			}
			r.left--
			s = r.begin(n)
		case opFar:
			was := n
			if n = e.far(n, s.field, r.at()); n == was {
				r.members--
			}
		default:
			n = e.member(n, s, unsafe.Add(r.at(), s.offset))
		}
		if n == fault {
			e.err.within(keyStep(s.field.name))
			return fault, r.left
		}
		e.reserve(n, o.room)
	}
}

// head writes the header of a struct whose members are written. There is room for it.
func (e *encoder) head(n int, r *run) int {
	if r.members > 0 {
		return backHead(e.top, n, r.end, tagObject, r.members)
	}
	put8(e.top, n-1, tagObject)
	return n - 1
}

// member writes the value of a field of any kind.
func (e *encoder) member(n int, s *step, ptr unsafe.Pointer) int {
	switch s.op {
	case opStruct:
		n = e.object(n, s.plan, ptr)
	case opSlice:
		n = e.slice(n, s.plan, ptr)
	case opString:
		n = e.string(n, *(*string)(ptr))
	default:
		n = e.value(n, s.plan, ptr)
	}
	return n
}

// far writes a field that has hops, a rare rule of omission or a long key. It returns n if the
// field is left out.
func (e *encoder) far(n int, f *field, ptr unsafe.Pointer) int {
	if ptr = f.find(ptr); ptr == nil {
		return n
	}
	if n = e.value(n, f.plan, ptr); n == fault {
		return fault
	}
	return e.copy(n, unsafe.Slice(unsafe.StringData(f.encoded), len(f.encoded)))
}
