package generate

import (
	"encoding/binary"
	"fmt"
	"go/types"
	"slices"
	"strings"
)

// reader writes the statements of one method that reads a struct. Its variables are v, a pointer to
// the struct; r, p and in, to read with; i, where the object begins; at, where the next key or value
// is; end, where the object ends; and limit, where what it stands in ends. If members may be left
// out, left counts those to come and seen has a bit for each field that there was.
type reader struct {
	file *file
	to   *structure
	out  *strings.Builder
}

func (r *reader) line(format string, args ...any) { fmt.Fprintf(r.out, format+"\n", args...) }

// seenMax is how many fields have a bit in seen.
const seenMax = 64

// read writes the method that reads s.
func (f *file) read(s *structure) {
	r := reader{file: f, to: s, out: &f.body}
	r.line("// ReadWire implements [%s.Generated].", f.wire)
	r.line("func (v *%s) ReadWire(r *%s.MemberReader, p *%s.StructPlan, in %s.Words, i, limit int) int {",
		s.name, f.wire, f.wire, f.wire)
	switch {
	case len(s.fields) == 0, s.mayLeaveOut() && len(s.fields) > seenMax:
		r.line("return r.Left(v, p, in, i, limit)\n}\n")
		return
	case s.mayLeaveOut():
		r.line("left, at, end := r.OpenSome(in, i, limit)")
	default:
		r.line("at, end := r.Open(in, i, limit, %d)", len(s.fields))
	}
	r.line("if at < 0 {\nreturn r.Left(v, p, in, i, limit)\n}")
	if s.mayLeaveOut() {
		r.line("var seen uint64")
	}
	for k := range s.fields {
		r.member(k, &s.fields[k])
	}
	if s.mayLeaveOut() {
		r.line("if left > 0 {\n%s\n}", r.rest(len(s.fields)))
	}
	r.line("if at != end {\n%s\n}", again)
	r.line("r.Close()\nreturn at\n}\n")
}

const again = "return r.Again(v, p, in, i, limit)"

// rest leaves what is not the key of field k, and all behind it, to the plan.
func (r *reader) rest(k int) string {
	if r.to.mayLeaveOut() {
		return fmt.Sprintf("return r.RestOf(v, p, %d, in, i, at, limit, left, seen)", k)
	}
	return fmt.Sprintf("return r.Rest(v, p, %d, in, i, at, limit)", k)
}

// member reads the member of field k if it is the next one.
func (r *reader) member(k int, m *field) {
	size := len(encodedKey(m.name))
	switch {
	case m.condition() != "":
		r.line("if left > 0 && %s { // %q", key(m.name, "=="), m.name)
		r.line("left--\nseen |= 1 << %d\nat += %d", k, size)
		r.value(k, m)
		r.line("}")
		return
	case r.to.mayLeaveOut():
		r.line("if left == 0 || %s { // %q\n%s\n}", key(m.name, "!="), m.name, r.rest(k))
		r.line("left--\nseen |= 1 << %d\nat += %d", k, size)
	default:
		r.line("if %s { // %q\n%s\n}\nat += %d", key(m.name, "!="), m.name, r.rest(k), size)
	}
	r.value(k, m)
}

// key compares the key at at with the one of a name, in words of eight bytes.
func key(name, operator string) string {
	encoded := encodedKey(name)
	word := func(at int) string {
		var b [8]byte
		copy(b[:], encoded[at:])
		return fmt.Sprintf("%#x", binary.LittleEndian.Uint64(b[:]))
	}
	size := len(encoded)
	if size < 8 {
		unused := 64 - 8*size
		return fmt.Sprintf("in.At(at)<<%d %s %s<<%d", unused, operator, word(0), unused)
	}
	all := []string{fmt.Sprintf("in.At(at) %s %s", operator, word(0))}
	for at := 8; at < size; at += 8 {
		at = min(at, size-8) // the last word overlaps the one in front of it
		all = append(all, fmt.Sprintf("in.At(at+%d) %s %s", at, operator, word(at)))
	}
	if operator == "==" {
		return strings.Join(all, " && ")
	}
	return strings.Join(all, " || ")
}

// value reads the value of field k.
func (r *reader) value(k int, m *field) {
	expr, s := m.expr(), m.shape
	form := s.form
	if m.quoted || len(m.hops) > 0 || !r.nameable(s) {
		form = left
	}
	switch form {
	case boolean:
		r.line("if t := byte(in.At(at)) - 0xd1; t < 2 {\n%s = t == 1\nat++", expr)
	case signed, unsigned:
		name := r.file.typeName(s.typ)
		r.line("if w := in.At(at); byte(w) < 64 {\n%s = %s(byte(w))\nat++", expr, name)
		r.line("} else if x, n := in.Wide(w); n > 0%s {\n%s = %s(x)\nat += n", fits(s), expr, name)
	case float:
		r.line("if to := r.Float(in, at, %s); to > 0 {\nat = to", address(s, expr))
	case text:
		r.line("if to := r.Text(in, at, %s); to > 0 {\nat = to", address(s, expr))
	case pointer:
		r.line("if byte(in.At(at)) == 0xd0 {\n%s = nil\nat++", expr)
	case record:
		r.line("if to := %s.ReadWire(r, p.In(%d), in, at, end); to > 0 {\nat = to", expr, k)
		r.line("} else {\nreturn r.Fault(v, p, %d, in, i, at, limit)\n}", k)
		return
	case list:
		r.list(k, s, expr)
	}
	if form != left && form != textMap {
		r.out.WriteString("} else ")
	}
	r.line("if at = r.Value(v, p, %d, in, i, at, limit); at < 0 {\nreturn -1\n}", k)
}

// list reads the slice of field k.
func (r *reader) list(k int, s *shape, expr string) {
	r.line("if byte(in.At(at)) == 0x80 {\nif at++; %s == nil {\n%s = %s{}\n} else {\n%s = %s[:0]\n}",
		expr, expr, r.file.typeName(s.typ), expr, expr)
	switch {
	case isString(s.elem.typ):
		r.line("} else if to := r.Texts(v, p, %d, in, at, end); to > 0 {\nat = to", k)
	case s.elem.form == record:
		r.line("} else if from, to := r.List(v, p, %d, in, at, end); from > 0 {", k)
		r.line("q := p.In(%d)\nat = from\nfor k := range %s {", k, expr)
		r.line("if at = %s[k].ReadWire(r, q, in, at, to); at < 0 {\nreturn r.FaultAt(p, %d, k)\n}\n}",
			expr, k)
		r.line("if r.Close(); at != to {\n%s\n}", again)
	}
}

// fits says when an integer of 64 or more, in at most seven bytes, is within the type.
func fits(s *shape) string {
	switch b := s.typ.Underlying().(*types.Basic); b.Kind() {
	case types.Int64, types.Uint64:
		return ""
	case types.Int:
		return " && int64(int(x)) == int64(x)"
	case types.Uint, types.Uintptr:
		return " && uint64(uint(x)) == x"
	default:
		bits := 8 * sizes.Sizeof(b)
		if s.form == signed {
			bits--
		}
		return fmt.Sprintf(" && x < 1<<%d", bits)
	}
}

// address is where a value is, as the basic type that it is of.
func address(s *shape, expr string) string {
	basic := s.typ.Underlying().(*types.Basic)
	if types.Identical(types.Unalias(s.typ), basic) {
		return "&" + expr
	}
	return "(*" + basic.Name() + ")(&" + expr + ")"
}

// variables are the names that a type may not have where it is written out.
var variables = []string{"v", "r", "p", "in", "i", "at", "end", "limit", "left", "seen", "w", "x", "n",
	"t", "q", "k", "to", "from"}

// nameable says whether the code may read a value of the shape, and write its type.
func (r *reader) nameable(s *shape) bool {
	switch s.form {
	case float:
		return s.typ.Underlying().(*types.Basic).Kind() == types.Float64
	case signed, unsigned, list:
		if _, ok := types.Unalias(s.typ).(*types.Basic); ok {
			return true
		}
		name, _, _ := strings.Cut(strings.TrimLeft(r.file.typeName(s.typ), "[]*"), ".")
		return !slices.Contains(variables, name)
	}
	return true
}
