package wire

import (
	"reflect"
	"strings"
)

var (
	generatedType = reflect.TypeFor[Generated]()
	stringType    = reflect.TypeFor[string]()
)

// ownMethods gives the generated methods of struct type t, and what they were made for; nil if t has
// none, or only those of a struct that it embeds.
func ownMethods(t reflect.Type) (own Generated, members string) {
	ptr := reflect.PointerTo(t)
	if !ptr.Implements(generatedType) {
		return nil, ""
	}
	// A struct may have the methods from an interface that it embeds, which is nil here.
	defer func() {
		if recover() != nil {
			own = nil
		}
	}()
	own = reflect.New(t).Interface().(Generated)
	owner, members := own.WireStruct()
	if reflect.TypeOf(owner) != ptr {
		return nil, ""
	}
	return own, members
}

// coded is a struct whose methods are to be compared with it, when all plans that it leads to are
// complete.
type coded struct {
	plan  *plan
	found []member
}

// adopt takes the generated methods of structs that have their own, after it has compared what they
// were made for with what the structs are now.
func (b *builder) adopt() *Error {
	for _, c := range b.coded {
		own, members := ownMethods(c.plan.typ)
		if own == nil {
			continue
		}
		if err := c.compare(members); err != nil {
			return err
		}
		c.plan.object.own = own
	}
	return nil
}

// compare finds the first line of members that is not what the struct has there.
func (c coded) compare(members string) *Error {
	for i := range c.found {
		var was string
		was, members, _ = strings.Cut(members, "\n")
		now := c.found[i].line(c.plan.typ, c.plan.object.fields[i].plan, was)
		if was != now {
			return outOfDate(c.plan.typ, was, now)
		}
	}
	if members != "" {
		return outOfDate(c.plan.typ, members, "")
	}
	return nil
}

func outOfDate(t reflect.Type, was, now string) *Error {
	quote := func(line string) string {
		line, _, _ = strings.Cut(line, "\n")
		if line == "" {
			return "no member"
		}
		return "(" + line + ")"
	}
	return unplanned(t, "has generated code for another struct, which had "+quote(was)+
		" where this one has "+quote(now)+": run lever generate again")
}

// line describes m, a member of t, as [Generated] does.
func (m *member) line(t reflect.Type, p *plan, was string) string {
	var b strings.Builder
	in := t
	for i, k := range m.index {
		if in.Kind() == reflect.Pointer {
			in = in.Elem()
		}
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(in.Field(k).Name)
		in = in.Field(k).Type
	}
	kind := p.kind(t.PkgPath(), kindLevels)
	if _, after, _ := strings.Cut(was, " "); strings.HasPrefix(after, leftToPlan+" ") {
		kind = leftToPlan // whatever it is now, the plan writes it
	}
	b.WriteString(" " + kind + " " + m.name)
	if m.omit&omitEmpty != 0 {
		b.WriteString(",omitempty")
	}
	if m.omit&omitZero != 0 {
		b.WriteString(",omitzero")
	}
	if m.quoted {
		b.WriteString(",string")
	}
	return b.String()
}

const (
	// leftToPlan is the kind of a member that generated code does not look into.
	leftToPlan = "plan"
	// kindLevels is how many slices and pointers inside each other generated code looks into.
	kindLevels = 4
)

// kind names a type that generated code of package pkg writes by itself, of any other it says only
// that it is one.
func (p *plan) kind(pkg string, levels int) string {
	switch {
	case levels == 0:
	case p.op == opSlice:
		return "[]" + p.elem.kind(pkg, levels-1)
	case p.op == opPointer:
		return "*" + p.elem.kind(pkg, levels-1)
	case p.op == opStruct:
		if own, _ := ownMethods(p.typ); own != nil && p.typ.PkgPath() == pkg {
			return p.typ.Name() + "{}"
		}
	case p.op == opMap:
		if t := p.typ; t.Key() == stringType && t.Elem() == stringType {
			return "map[string]string"
		}
	case p.op <= opString:
		return p.typ.Kind().String()
	}
	return "other"
}
