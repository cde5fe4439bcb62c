package wire

import (
	"encoding/binary"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// field is one member of a struct: what its reading and writing need, in one cache line.
type field struct {
	op      op        // that of plan: saves a load
	rare    bool      // there are hops, or a rule by which it may be left out
	keySize uint16    // bytes of the encoded key
	offset  uint32    // in the struct, or in the last struct that the hops lead to
	word    uint64    // the first eight bytes of the encoded key, zeros behind
	mask    uint64    // which of them count
	more    [2]uint64 // the next sixteen bytes, zeros behind
	tail    uint64    // the last eight bytes of a key of eight or more
	plan    *plan
	*particulars
}

// particulars are what is rarely looked at.
type particulars struct {
	name    string
	encoded string // the key as it stands on the wire
	omit    omit
	hops    []hop // embedded pointers on the way
}

// hop is an embedded pointer: at offset, to a struct of type typ.
type hop struct {
	offset uintptr
	typ    reflect.Type
}

// omit is the rule by which a field may be left out.
type omit uint8

const (
	omitEmpty  omit = 1 << iota // false, 0, "", nil, no elements
	omitZero                    // the zero value
	omitIsZero                  // IsZero says so
)

// nameMax is the longest name of a Go field's member, so that field.keySize cannot overflow.
const nameMax = 1 << 12

func (b *builder) structure(p *plan) *Error {
	p.op = opStruct
	p.object = &objectPlan{index: map[string]uint16{}}
	found, err := b.members(p.typ)
	if err != nil {
		return err
	}
	o := p.object
	for _, m := range found {
		f := field{offset: uint32(m.offset), particulars: &particulars{name: m.name,
			omit: m.omit, hops: m.hops}}
		f.rare = f.omit != 0 || f.hops != nil
		if f.plan, err = b.plan(m.typ); err == nil && m.quoted {
			f.plan = quoted(f.plan)
		}
		if err != nil {
			err.within(keyStep(m.name))
			return err
		}
		if len(f.name) > nameMax || len(found) > 1<<16-1 || p.size > MaxSize {
			return unplanned(p.typ, "has too long a name, too many fields or too many bytes")
		}
		f.setKey()
		f.op = f.plan.op
		o.index[f.encoded] = uint16(len(o.fields))
		o.fields = append(o.fields, f)
	}
	o.compile()
	if reflect.PointerTo(p.typ).Implements(generatedType) {
		b.coded = append(b.coded, coded{p, found})
	}
	return nil
}

func (f *field) setKey() {
	f.encoded = string(append(appendVarint(nil, len(f.name)), f.name...))
	f.keySize = uint16(len(f.encoded))
	var head [24]byte
	copy(head[:], f.encoded)
	f.word = binary.LittleEndian.Uint64(head[:])
	f.more[0] = binary.LittleEndian.Uint64(head[8:])
	f.more[1] = binary.LittleEndian.Uint64(head[16:])
	if n := len(f.encoded); n >= 8 {
		f.tail = binary.LittleEndian.Uint64([]byte(f.encoded[n-8:]))
	}
	f.mask = ^uint64(0) >> (64 - 8*min(8, len(f.encoded)))
}

// quoted wraps the plan of a number or bool, or of pointers to one.
func quoted(p *plan) *plan {
	q := &plan{op: opQuoted, typ: p.typ, size: p.size, elem: p}
	if p.op == opPointer {
		q.op, q.elem, q.list, q.slot = opPointer, quoted(p.elem), p.list, p.slot
	}
	return q
}

// member is a field of a struct or of a struct embedded in it, as encoding/json sees it.
type member struct {
	name   string
	typ    reflect.Type
	tagged bool
	quoted bool
	omit   omit
	index  []int
	offset uintptr
	hops   []hop
}

// embedded is a struct whose fields are to be looked through.
type embedded struct {
	typ    reflect.Type
	index  []int
	offset uintptr
	hops   []hop
}

// members finds the fields of t by the rules of encoding/json: level by level, a name that is
// nearer hides those deeper, a tagged one wins among equals, and a name that stays ambiguous
// disappears.
func (b *builder) members(t reflect.Type) ([]member, *Error) {
	var all []member
	level := []embedded{{typ: t}}
	visited := map[reflect.Type]bool{}
	for len(level) > 0 {
		var next []embedded
		times := map[reflect.Type]int{}
		for _, e := range level {
			times[e.typ]++
		}
		for _, e := range level {
			if visited[e.typ] {
				continue
			}
			visited[e.typ] = true
			found, deeper, err := look(e)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
			if times[e.typ] > 1 {
				all = append(all, found...) // twice: they annihilate each other
			}
			next = append(next, deeper...)
		}
		level = next
	}
	return dominant(all), nil
}

// look lists the fields of one struct and the structs embedded in it.
func look(e embedded) (found []member, deeper []embedded, err *Error) {
	for i := range e.typ.NumField() {
		sf := e.typ.Field(i)
		t := sf.Type
		pointed := sf.Anonymous && t.Kind() == reflect.Pointer
		if pointed {
			t = t.Elem()
		}
		if !sf.IsExported() && (!sf.Anonymous || t.Kind() != reflect.Struct) {
			continue
		}
		tag := sf.Tag.Get("json")
		if tag == "-" {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		if !validName(name) {
			name = ""
		}
		index := append(slices.Clip(slices.Clone(e.index)), i)
		if name == "" && sf.Anonymous && t.Kind() == reflect.Struct {
			in := embedded{typ: t, index: index, offset: e.offset + sf.Offset, hops: e.hops}
			if pointed {
				if !sf.IsExported() {
					return nil, nil, unplanned(e.typ,
						"embeds a pointer to the unexported "+t.String())
				}
				in.hops = append(slices.Clip(slices.Clone(e.hops)), hop{in.offset, t})
				in.offset = 0
			}
			deeper = append(deeper, in)
			continue
		}
		if !sf.IsExported() {
			continue
		}
		m := member{name: name, tagged: name != "", typ: sf.Type, index: index,
			offset: e.offset + sf.Offset, hops: e.hops}
		if name == "" {
			m.name = sf.Name
		}
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
			if k := m.typ.Kind(); k != reflect.Struct {
				m.omit |= omitEmpty
			}
		case "omitzero":
			m.omit |= zeroRule(m.typ)
		case "string":
			t := m.typ
			for t.Kind() == reflect.Pointer && t.Name() == "" {
				t = t.Elem()
			}
			k := t.Kind()
			m.quoted = k >= reflect.Bool && k <= reflect.Float64
		}
	}
}

// zeroRule is what omitzero asks of a type.
func zeroRule(t reflect.Type) omit {
	if reflect.PointerTo(t).Implements(reflect.TypeFor[interface{ IsZero() bool }]()) {
		return omitZero | omitIsZero
	}
	return omitZero
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
		if c := strings.Compare(x.name, y.name); c != 0 {
			return c
		}
		if c := len(x.index) - len(y.index); c != 0 {
			return c
		}
		if x.tagged != y.tagged {
			if x.tagged {
				return -1
			}
			return 1
		}
		return slices.Compare(x.index, y.index)
	})
	var out []member
	for i := 0; i < len(all); {
		j := i + 1
		for j < len(all) && all[j].name == all[i].name {
			j++
		}
		m := all[i]
		alone := j == i+1 || len(all[i+1].index) > len(m.index) || all[i+1].tagged != m.tagged
		if alone {
			out = append(out, m)
		}
		i = j
	}
	slices.SortFunc(out, func(x, y member) int { return slices.Compare(x.index, y.index) })
	return out
}
