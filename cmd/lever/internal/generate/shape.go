package generate

import (
	"go/types"
)

// form is what code can be written for.
type form int

const (
	left form = iota // left to the plan
	boolean
	signed
	unsigned
	float
	text
	pointer
	list
	record
	textMap // of strings
)

// shape is what is known of a type. The code that is written for it is right for as long as the
// type's kind is the same.
type shape struct {
	form form
	typ  types.Type
	elem *shape     // of a pointer or list
	to   *structure // of a record
}

// levelsMax is how many slices and pointers inside each other code is written for: package wire
// compares no more.
const levelsMax = 3

// kind names the shape as package wire does.
func (s *shape) kind() string {
	switch s.form {
	case left:
		return "plan"
	case pointer:
		return "*" + s.elem.kind()
	case list:
		return "[]" + s.elem.kind()
	case record:
		return s.to.name + "{}"
	case textMap:
		return "map[string]string"
	}
	return types.Typ[s.typ.Underlying().(*types.Basic).Kind()].Name()
}

// sizes tells what has no size, which is the same on all machines.
var sizes = types.SizesFor("gc", "amd64")

// isNumber says whether lists of the shape may be vectors, which are the plan's.
func (s *shape) isNumber() bool { return s.form >= signed && s.form <= float }

// shape looks into a type.
func (f *file) shape(t types.Type, levels int) *shape {
	s := &shape{typ: t}
	t = types.Unalias(t)
	if f.hasMethods(t) || isSpecial(t) || levels == 0 {
		return s
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		s.form = formOf(u)
	case *types.Pointer:
		if s.elem = f.shape(u.Elem(), levels-1); s.elem.form != left {
			s.form = pointer
		}
	case *types.Slice:
		if b, ok := u.Elem().Underlying().(*types.Basic); ok && b.Kind() == types.Uint8 {
			break // raw bytes
		}
		// Any number of elements without size fits into memory, and the plan knows how many fit
		// into a message.
		s.elem = f.shape(u.Elem(), levels-1)
		if s.elem.form != left && sizes.Sizeof(u.Elem()) > 0 {
			s.form = list
		}
	case *types.Map:
		if isString(u.Key()) && isString(u.Elem()) {
			s.form = textMap
		}
	case *types.Struct:
		if named, ok := t.(*types.Named); ok && f.mayHaveCode(named) {
			s.form, s.to = record, f.structure(named)
		}
	}
	return s
}

func formOf(b *types.Basic) form {
	switch info := b.Info(); {
	case info&types.IsBoolean != 0:
		return boolean
	case info&types.IsUnsigned != 0:
		return unsigned
	case info&types.IsInteger != 0:
		return signed
	case info&types.IsFloat != 0:
		return float
	case info&types.IsString != 0:
		return text
	}
	return left
}

// hasMethods says whether a type, or a pointer to it, is text by methods of its own.
func (f *file) hasMethods(t types.Type) bool {
	if _, ok := t.Underlying().(*types.Pointer); ok {
		return false // they belong to what is pointed to
	}
	set := types.NewMethodSet(types.NewPointer(t))
	for _, name := range []string{"AppendText", "MarshalText", "UnmarshalText"} {
		if m := set.Lookup(f.pkg, name); m != nil {
			return true
		}
	}
	return false
}

// isSpecial says whether package wire knows the type by its name.
func isSpecial(t types.Type) bool {
	named, ok := t.(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return false
	}
	switch named.Obj().Pkg().Path() + "." + named.Obj().Name() {
	case "encoding/json.Number", "encoding/json.RawMessage", wirePath + ".Raw", wirePath + ".Number",
		wirePath + ".Value":
		return true
	}
	return false
}

// mayHaveCode says whether a struct can be given methods: it is declared in the package, by name,
// and has no type parameters.
func (f *file) mayHaveCode(t *types.Named) bool {
	o := t.Obj()
	return o.Pkg() == f.pkg && o.Parent() == f.pkg.Scope() && t.TypeParams().Len() == 0 &&
		!o.IsAlias()
}

// refusal says why a type has no wire form or no name here, as far as that shows within a few
// levels of pointers and lists; empty if it has both.
func (f *file) refusal(t types.Type, levels int) string {
	if named, ok := types.Unalias(t).(*types.Named); ok {
		if o := named.Obj(); o.Pkg() != nil && o.Pkg() != f.pkg && !o.Exported() {
			return "has no name in package " + f.pkg.Name()
		}
	}
	if levels == 0 || f.hasMethods(t) {
		return ""
	}
	switch u := t.Underlying().(type) {
	case *types.Chan, *types.Signature:
		return "has no wire form"
	case *types.Basic:
		switch {
		case u.Kind() == types.Invalid:
			return "is not known"
		case u.Info()&types.IsComplex != 0, u.Kind() == types.UnsafePointer:
			return "has no wire form"
		}
	case interface{ Elem() types.Type }: // a pointer, slice, array or map
		return f.refusal(u.Elem(), levels-1)
	}
	return ""
}
