package generate

import (
	"encoding/binary"
	"fmt"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"github.com/leverrpc/lever/wire"
)

// writer writes the statements of one method. Its variables are v, a pointer to the struct; n, where
// what is written begins; and u, to write with where there is room.
type writer struct {
	out  *strings.Builder
	room int // what all that is written without asking takes
}

func (w *writer) line(format string, args ...any) { fmt.Fprintf(w.out, format+"\n", args...) }

const (
	numberRoom = 9  // what a number takes at most
	headRoom   = 11 // and the header of a container
	inlineMax  = 4  // members, those of inner structs too, of a struct that is written in place
)

// write writes the method of s.
func (f *file) write(s *structure) {
	w := writer{out: &f.body, room: s.room()}
	w.line("// WriteWire implements [%s.Generated].", f.wire)
	w.line("func (v *%s) WriteWire(w *%s.BackWriter, n int) int {", s.name, f.wire)
	w.line("u, ok := w.Open(n, %d, %d)", s.levels(), w.room)
	w.line("if !ok {\nreturn n\n}")
	w.members(s, 0)
	w.line("w.Close()\nreturn n\n}\n")
}

// members writes all members, the last one first, and the header. depth is how many containers are
// open that wire.BackWriter.Open only counted.
func (w *writer) members(s *structure, depth int) {
	count := strconv.Itoa(len(s.fields))
	w.line("end := n")
	if s.mayLeaveOut() {
		w.line("count := %s", count)
		count = "count"
	}
	for i := len(s.fields) - 1; i >= 0; i-- {
		w.member(&s.fields[i], depth)
	}
	if len(s.fields) > 14 || len(s.fields) == 0 || s.mayLeaveOut() {
		w.line("n = u.Head(n, end, %s)", count)
		return
	}
	w.line("if size := end - n; size < 240 {\nn = u.ShortHead(n, size, %s)", count)
	w.line("} else {\nn = u.Head(n, end, %s)\n}", count)
}

// mayLeaveOut says whether any member is not always written.
func (s *structure) mayLeaveOut() bool {
	return slices.ContainsFunc(s.fields, func(m field) bool { return m.condition() != "" })
}

func (w *writer) member(m *field, depth int) {
	condition := m.condition()
	if condition != "" {
		w.line("if %s {", condition)
	}
	w.value(m.shape, m.expr(), m.plan, depth)
	w.key(m.name)
	if condition != "" {
		w.line("} else {\ncount--\n}")
	}
}

// key writes a key, with its length in front, in words if it is short.
func (w *writer) key(name string) {
	encoded := encodedKey(name)
	size := len(encoded)
	for _, room := range []int{8, 16, 32} {
		if size > room {
			continue
		}
		padded := append(make([]byte, room-size), encoded...)
		fmt.Fprintf(w.out, "n = u.Key%d(n, %d", room, size)
		for ; len(padded) > 0; padded = padded[8:] {
			fmt.Fprintf(w.out, ", %#x", binary.LittleEndian.Uint64(padded))
		}
		w.line(") // %q", name)
		return
	}
	w.line("n = u.KeyText(n, %q)", encoded)
}

// encodedKey is a key as it stands on the wire.
func encodedKey(name string) string {
	if len(name) >= 64 {
		return string(wire.AppendString(nil, name)[1:]) // without the tag of long strings
	}
	return string(rune(len(name))) + name
}

// condition is when the member is written; empty if it always is.
func (m *field) condition() string {
	var all []string
	for _, hop := range m.hops {
		all = append(all, "v."+strings.Join(m.path[:hop], ".")+" != nil")
	}
	expr := m.expr()
	if m.omitEmpty {
		switch u := m.typ.Underlying().(type) {
		case *types.Pointer, *types.Interface:
			all = append(all, expr+" != nil")
		case *types.Slice, *types.Map:
			all = append(all, "len("+expr+") != 0")
		case *types.Array:
			if u.Len() == 0 {
				all = append(all, "false")
			}
		case *types.Basic:
			all = append(all, notZero(m, formOf(u), expr))
		}
	}
	if m.omitZero {
		all = append(all, "!"+m.plan+".Zero(&"+expr+")")
	}
	return strings.Join(all, " && ")
}

// notZero is the rule of omitempty for a scalar.
func notZero(m *field, f form, expr string) string {
	switch f {
	case boolean:
		return "bool(" + expr + ")"
	case text:
		return expr + ` != ""`
	case float:
		if m.shape.form == left {
			return "!" + m.plan + ".Empty(&" + expr + ")"
		}
	}
	return expr + " != 0"
}

// inPlace says whether the struct is written where it is used, without a call.
func (s *structure) inPlace() bool {
	return len(s.fields) > 0 && s.weight() <= inlineMax
}

// weight is how many members are written, those of inner structs too; more than inlineMax if s is
// part of itself.
func (s *structure) weight() int {
	if s.weighing {
		return inlineMax + 1
	}
	s.weighing = true
	n := len(s.fields)
	for i := range s.fields {
		if to := s.fields[i].shape.innermost().to; to != nil && n <= inlineMax {
			n += to.weight()
		}
	}
	s.weighing = false
	return n
}
