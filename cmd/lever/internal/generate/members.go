package generate

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/types"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// member is a field of a struct, or of a struct embedded in it, as package wire sees it.
type member struct {
	name      string // on the wire
	path      []string
	hops      []int // how many names of path lead to an embedded pointer
	typ       types.Type
	tagged    bool
	omitEmpty bool
	omitZero  bool
	quoted    bool
	index     []int
}

// expr is the field as an expression, by way of v.
func (m *member) expr() string { return "v." + strings.Join(m.path, ".") }

// embedded is a struct whose fields are to be looked through.
type embedded struct {
	typ    types.Type
	fields *types.Struct
	path   []string
	hops   []int
	index  []int
}

// members finds the fields of a struct by the rules of encoding/json: level by level, a name that
// is nearer hides those deeper, a tagged one wins among equals, and a name that stays ambiguous
// disappears.
func members(t *types.Named) ([]member, error) {
	var all []member
	level := []embedded{{typ: t, fields: t.Underlying().(*types.Struct)}}
	visited := map[string]bool{}
	for len(level) > 0 {
		var next []embedded
		times := map[string]int{}
		for _, e := range level {
			times[types.TypeString(e.typ, nil)]++
		}
		for _, e := range level {
			id := types.TypeString(e.typ, nil)
			if visited[id] {
				continue
			}
			visited[id] = true
			found, deeper, err := look(t, e)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
			if times[id] > 1 {
				all = append(all, found...) // twice: they annihilate each other
			}
			next = append(next, deeper...)
		}
		level = next
	}
	return dominant(all), nil
}

// look lists the fields of one struct and the structs embedded in it.
func look(t *types.Named, e embedded) (found []member, deeper []embedded, err error) {
	for i := range e.fields.NumFields() {
		f := e.fields.Field(i)
		typ := types.Unalias(f.Type())
		pointer, pointed := typ.(*types.Pointer)
		if pointed = pointed && f.Embedded(); pointed {
			typ = types.Unalias(pointer.Elem())
		}
		fields, isStruct := typ.Underlying().(*types.Struct)
		exported := ast.IsExported(f.Name())
		if !exported && (!f.Embedded() || !isStruct) {
			continue
		}
		tag := reflect.StructTag(e.fields.Tag(i)).Get("json")
		if tag == "-" {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		if !validName(name) {
			name = ""
		}
		path := append(slices.Clone(e.path), f.Name())
		index := append(slices.Clone(e.index), i)
		if !exported && f.Pkg() != t.Obj().Pkg() {
			return nil, nil, fmt.Errorf("%s.%s is not to be reached from package %s",
				t.Obj().Name(), strings.Join(path, "."), t.Obj().Pkg().Name())
		}
		if name == "" && f.Embedded() && isStruct {
			in := embedded{typ, fields, path, slices.Clone(e.hops), index}
			if pointed {
				in.hops = append(in.hops, len(path))
			}
			deeper = append(deeper, in)
			continue
		}
		if !exported {
			continue
		}
		m := member{name: cmp.Or(name, f.Name()), path: path, hops: e.hops, typ: f.Type(),
			tagged: name != "", index: index}
		m.read(options)
		found = append(found, m)
	}
	return found, deeper, nil
}

// read takes the options behind the name in a tag.
func (m *member) read(options string) {
	for option := range strings.SplitSeq(options, ",") {
		switch option {
		case "omitempty":
			_, isStruct := m.typ.Underlying().(*types.Struct)
			m.omitEmpty = !isStruct
		case "omitzero":
			m.omitZero = true
		case "string":
			t := types.Unalias(m.typ)
			for p, ok := t.(*types.Pointer); ok; p, ok = t.(*types.Pointer) {
				t = types.Unalias(p.Elem())
			}
			b, ok := t.Underlying().(*types.Basic)
			m.quoted = ok && b.Info()&(types.IsBoolean|types.IsInteger|types.IsFloat) != 0
		}
	}
}

// validName is the set of characters that encoding/json accepts in a tag's name.
func validName(s string) bool {
	for _, c := range s {
		if !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", c) &&
			!unicode.IsLetter(c) && !unicode.IsDigit(c) {
			return false
		}
	}
	return s != ""
}

// dominant keeps of each name the one field that wins, in the order of the Go fields.
func dominant(all []member) []member {
	slices.SortStableFunc(all, func(x, y member) int {
		tagged := 0
		if x.tagged != y.tagged {
			tagged = 1
			if x.tagged {
				tagged = -1
			}
		}
		return cmp.Or(strings.Compare(x.name, y.name), len(x.index)-len(y.index), tagged,
			slices.Compare(x.index, y.index))
	})
	var out []member
	for i := 0; i < len(all); {
		j := i + 1
		for j < len(all) && all[j].name == all[i].name {
			j++
		}
		if j == i+1 || len(all[i+1].index) > len(all[i].index) || all[i+1].tagged != all[i].tagged {
			out = append(out, all[i])
		}
		i = j
	}
	slices.SortFunc(out, func(x, y member) int { return slices.Compare(x.index, y.index) })
	return out
}

// line describes m as the contract of wire.Generated asks.
func (m *member) line(s *shape) string {
	line := strings.Join(m.path, ".") + " " + s.kind() + " " + m.name
	if m.omitEmpty {
		line += ",omitempty"
	}
	if m.omitZero {
		line += ",omitzero"
	}
	if m.quoted {
		line += ",string"
	}
	return line
}
