package wire

import "unsafe"

// StructPlan is the plan of a struct that generated code belongs to, to which it hands over.
type StructPlan plan

// In is the plan of the struct that field k is, or points to, or has a list of.
func (p *StructPlan) In(k int) *StructPlan {
	in := p.object.fields[k].plan
	for in.op != opStruct {
		in = in.elem
	}
	return (*StructPlan)(in)
}

// place is where field k of *v is. No embedded pointer leads to it.
func (p *StructPlan) place(v Generated, k int) unsafe.Pointer {
	return unsafe.Add(dataOf(v), p.object.fields[k].offset)
}

// dataOf is what v points to.
func dataOf(v Generated) unsafe.Pointer { return (*iface)(unsafe.Pointer(&v)).data }

// progress is how far generated code has come with an object.
type progress struct {
	at   int    // where the next key is, or 0: nowhere yet
	next int    // the field that it was expected to be of
	left int    // members from there on
	seen uint64 // which fields there were, all of them in front of next
	all  bool   // all in front of next, whatever seen says
}

// Left reads a struct that has not been opened by its plan.
func (r *MemberReader) Left(v Generated, p *StructPlan, in Words, i, limit int) int {
	d, b := (*decoder)(r), in.upTo(limit)
	if i >= limit || b[i]&0xF0 != tagObject {
		return d.value(b, i, (*plan)(p), dataOf(v))
	}
	return d.object(b, i, (*plan)(p), dataOf(v), &progress{})
}

// Again reads by its plan, from its beginning, an object that was opened, and has not ended where its
// header says. The plan finds out why.
func (r *MemberReader) Again(v Generated, p *StructPlan, in Words, i, limit int) int {
	r.depth--
	return r.Left(v, p, in, i, limit)
}

// Rest reads the rest of an object by its plan. All fields in front of next have been read, and it is
// not the key of next that follows.
func (r *MemberReader) Rest(v Generated, p *StructPlan, next int, in Words, i, at, limit int) int {
	count, _, _ := containerAt(in.upTo(limit), i, 2)
	return r.rest(v, p, in, i, limit, progress{at: at, next: next, left: count - next, all: true})
}

// RestOf is Rest for an object opened by OpenSome of which the fields in front of next that have a
// bit in seen have been read, and left members follow.
func (r *MemberReader) RestOf(v Generated, p *StructPlan, next int, in Words, i, at, limit, left int,
	seen uint64) int {
	return r.rest(v, p, in, i, limit, progress{at: at, next: next, left: left, seen: seen})
}

func (r *MemberReader) rest(v Generated, p *StructPlan, in Words, i, limit int, from progress) int {
	b := in.upTo(limit)
	if _, _, end := containerAt(b, i, 2); from.at > end {
		return r.Again(v, p, in, i, limit)
	}
	r.depth--
	return (*decoder)(r).object(b, i, (*plan)(p), dataOf(v), &from)
}

// Value reads field k by its plan.
func (r *MemberReader) Value(v Generated, p *StructPlan, k int, in Words, i, at, limit int) int {
	b := in.upTo(limit)
	_, _, end := containerAt(b, i, 2)
	if at > end {
		return r.Again(v, p, in, i, limit)
	}
	f := &p.object.fields[k]
	to := p.place(v, k)
	if f.hops != nil {
		to = f.reach(dataOf(v))
	}
	if at = (*decoder)(r).item(b[:end], at, f.plan, to); at < 0 {
		r.within(p, k)
	}
	return at
}

// Fault says that a fault is in field k, a struct that was to be at at. If that is behind the end of
// the object, then it is the object's, and the plan finds it.
func (r *MemberReader) Fault(v Generated, p *StructPlan, k int, in Words, i, at, limit int) int {
	if _, _, end := containerAt(in.upTo(limit), i, 2); at > end {
		return r.Again(v, p, in, i, limit)
	}
	return r.within(p, k)
}

// FaultAt says that a fault is in an element of field k.
func (r *MemberReader) FaultAt(p *StructPlan, k, index int) int {
	r.scan.err.within(indexStep(index))
	return r.within(p, k)
}

// within puts field k into the path of a fault.
func (r *MemberReader) within(p *StructPlan, k int) int {
	r.scan.err.within(keyStep(p.object.fields[k].name))
	return -1
}
