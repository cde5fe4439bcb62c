package generate

import (
	"fmt"
	"go/types"
	"slices"
	"strings"
)

// structure is a struct that code is written for.
type structure struct {
	name     string
	fields   []field
	hasCode  bool // in another file
	weighing bool // its weight is being counted
}

// field is a member and what is known of its type.
type field struct {
	member
	shape *shape
	plan  string // the variable that holds the plan, if one is needed
}

// structure gives the struct of a type, with its fields, unless it is being filled further up.
func (f *file) structure(t *types.Named) *structure {
	if s, ok := f.structs[t]; ok {
		return s
	}
	s := &structure{name: t.Obj().Name(), hasCode: f.hasCode(t)}
	f.structs[t] = s
	f.order = append(f.order, s)
	found, err := members(t)
	if err != nil && f.err == nil {
		f.err = err
	}
	for _, m := range found {
		s.fields = append(s.fields, f.field(s, m))
	}
	return s
}

// hasCode says whether a struct has its methods already, from another file.
func (f *file) hasCode(t *types.Named) bool {
	m := types.NewMethodSet(types.NewPointer(t)).Lookup(f.pkg, "WriteWire")
	return m != nil && len(m.Index()) == 1
}

func (f *file) field(s *structure, m member) field {
	if why := f.refusal(m.typ, 8); why != "" && f.err == nil {
		f.err = fmt.Errorf("%s.%s: Go type %s %s", s.name, strings.Join(m.path, "."),
			types.TypeString(m.typ, types.RelativeTo(f.pkg)), why)
		if f.fault != nil {
			f.err = fmt.Errorf("%w: %w", f.err, f.fault)
		}
	}
	shape := f.shape(m.typ, levelsMax)
	fd := field{member: m, shape: shape}
	if m.quoted || m.omitZero && fd.needsPlan() {
		shape.form = left // the one plan that a field may have is of all of it
	}
	if fd.needsPlan() || m.omitZero {
		fd.plan = f.unused("wire" + s.name + strings.Join(m.path, ""))
	}
	return fd
}

// needsPlan says whether the value, its numbers or a rule of omission is left to the plan.
func (fd *field) needsPlan() bool {
	inner := fd.shape
	for inner.form == pointer || inner.form == list && !inner.elem.isNumber() {
		inner = inner.elem
	}
	return inner.form == left || inner.form == list
}

// unused makes a name that the package does not have.
func (f *file) unused(name string) string {
	for f.names[name] || f.pkg.Scope().Lookup(name) != nil {
		name += "_"
	}
	f.names[name] = true
	return name
}

// chosen gives the structs to begin with: those named, or all exported ones.
func (f *file) chosen(names []string) ([]*types.Named, error) {
	scope := f.pkg.Scope()
	if len(names) == 0 {
		for _, name := range scope.Names() {
			if o, ok := scope.Lookup(name).(*types.TypeName); ok && o.Exported() && f.suits(o) == "" {
				names = append(names, name)
			}
		}
		if len(names) == 0 {
			return nil, fmt.Errorf("package %s exports no struct that code can be written for",
				f.pkg.Name())
		}
	}
	slices.Sort(names)
	var out []*types.Named
	for _, name := range slices.Compact(names) {
		o, ok := scope.Lookup(name).(*types.TypeName)
		if !ok {
			return nil, fmt.Errorf("package %s has no type %s", f.pkg.Name(), name)
		}
		if why := f.suits(o); why != "" {
			return nil, fmt.Errorf("type %s %s", name, why)
		}
		out = append(out, o.Type().(*types.Named))
	}
	return out, nil
}

// suits says why no code can be written for a type; empty if it can.
func (f *file) suits(o *types.TypeName) string {
	t, ok := o.Type().(*types.Named)
	if !ok || o.IsAlias() {
		return "is another name for a type"
	}
	_, ok = t.Underlying().(*types.Struct)
	switch {
	case !ok:
		return "is no struct"
	case t.TypeParams().Len() > 0:
		return "has type parameters"
	case f.hasMethods(t):
		return "is written as text, by its own methods"
	}
	return ""
}
