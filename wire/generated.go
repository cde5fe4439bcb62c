package wire

import "unsafe"

// Generated is a pointer to a struct that has been given code of its own by `lever generate`. Its
// methods are found wherever values of the type are encoded or decoded, at the top or inside others.
// They write what the plan would write, byte for byte, and read what it would read, with its errors.
// They are not meant to be written by hand or called.
//
// A type that has changed since is refused with an error that names the field; a struct that only
// embeds one with such methods does not count as having them.
type Generated interface {
	// WireStruct gives a nil pointer to the struct that the methods belong to, and what they
	// take its members for: a line for each, in order, with the Go field, the kind of its type
	// and the member's name with the rules of omission:
	//
	//	Account.ID int64 id,omitempty
	WireStruct() (owner any, members string)
	// WriteWire writes the struct in front of n and returns where it begins. It does not keep w.
	WriteWire(w *BackWriter, n int) int
	// ReadWire reads the struct at offset i of the message, in what ends at limit, and returns the
	// offset behind it, or -1 for a fault. It does not keep r.
	ReadWire(r *MemberReader, p *StructPlan, in Words, i, limit int) int
}

// abandoned is what generated code makes of depth when it meets what is not its business: what is
// wrong or nested too deeply. No container can be opened from then on, and in the end the whole
// value is written once more by plans, which know what to say.
const abandoned = 1 << 30

// generated writes count structs that stand one after another at ptr by their own methods.
func (e *encoder) generated(n int, p *plan, ptr unsafe.Pointer, count int) int {
	own := p.object.own
	for i := count - 1; i >= 0; i-- {
		(*iface)(unsafe.Pointer(&own)).data = unsafe.Add(ptr, uintptr(i)*p.size)
		n = own.WriteWire((*BackWriter)(noEscape(unsafe.Pointer(e))), n)
	}
	if e.depth > MaxDepth {
		e.abandon()
		return fault
	}
	return n
}

func (e *encoder) abandon() {
	e.depth = abandoned
	e.fail("generated code has left this to the plan")
}

// plainly makes e begin again without generated code, if that has abandoned what it did.
func (e *encoder) plainly(dst []byte) bool {
	if e.depth <= abandoned/2 {
		return false
	}
	*e = encoder{plain: true}
	e.begin(dst)
	return true
}

// noEscape hides from the compiler that what p points to is given to a method which it cannot see
// into, so that it may stay on the stack. Methods of [Generated] do not keep what they are given.
// A stack moves in calls only, and there is none here.
func noEscape(p unsafe.Pointer) unsafe.Pointer {
	hidden := uintptr(p)
	return *(*unsafe.Pointer)(unsafe.Pointer(&hidden))
}
