package spectest

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/leverrpc/lever/frame"
)

// sent is one frame of a script: what it says is written by hand, the hex is rendered.
type sent struct {
	who    string // "C" or "S"
	says   string // what h.String() must give
	h      frame.Header
	fields [6]string // for chapter 6: length, type, flags, code, id and aux in words
	parts  []part
}

// script is a worked example with a name by which SPEC.md asks for it.
type script struct {
	name   string
	title  string // for chapter 17
	text   string
	frames []sent
}

// p makes a part from hex, as hexLine reads it.
func p(code, says string) part {
	b, comment, err := hexLine(code)
	if err != nil || comment != "" {
		panic(fmt.Sprintf("bad hex in a script: %q, %v", code, err))
	}
	return part{b, says}
}

// str makes a part from text.
func str(text, says string) part { return part{[]byte(text), says} }

// raw gives the frame's bytes after setting its length.
func (f sent) raw() []byte {
	var payload []byte
	for _, p := range f.parts {
		payload = append(payload, p.b...)
	}
	f.h.Length = uint32(len(payload))
	return append(frame.AppendHeader(nil, f.h), payload...)
}

const column = 52 // where comments begin, if there is room

// line renders bytes and their comment.
func line(start, code, says string) string {
	s := start + code
	pad := max(column-utf8.RuneCountInString(s), 1)
	return s + strings.Repeat(" ", pad) + "; " + says + "\n"
}

// code renders bytes as hex, a long run of one byte with ×.
func code(b []byte) string {
	var words []string
	for i := 0; i < len(b); {
		n := 1
		for i+n < len(b) && b[i+n] == b[i] {
			n++
		}
		if n > 16 {
			words = append(words, fmt.Sprintf("%02x ×%d", b[i], n))
			i += n
			continue
		}
		words = append(words, fmt.Sprintf("%02x", b[i]))
		i++
	}
	return strings.Join(words, " ")
}

// lines renders a part on as many lines as it needs; the comment stands on the last.
func (p part) lines(start string) string {
	const most = 16
	var s strings.Builder
	b := p.b
	for len(b) > most && strings.Count(code(b), " ") >= most {
		s.WriteString(line(start, code(b[:most]), "…"))
		b = b[most:]
	}
	s.WriteString(line(start, code(b), p.says))
	return s.String()
}

// long renders a frame with one line for each field.
func (f sent) long() string {
	who := map[string]string{"C": "client", "S": "server"}[f.who]
	raw := f.raw()
	s := "```frame\n; " + who + ": " + f.says + "\n"
	at := 0
	for i, size := range []int{4, 1, 1, 2, 4, 4} {
		name := []string{"length", "type", "flags", "code", "id", "aux"}[i]
		s += line("", code(raw[at:at+size]), name+": "+f.fields[i])
		at += size
	}
	for _, p := range f.parts {
		s += p.lines("")
	}
	return s + "```\n"
}

// short renders a whole session.
func (sc script) short() string {
	s := "```session\n"
	for _, f := range sc.frames {
		raw := f.raw()
		s += line(f.who+"  ", code(raw[:8])+"  "+code(raw[8:16]), f.says)
		for _, p := range f.parts {
			s += p.lines("   ")
		}
	}
	return s + "```\n"
}

// TestExamplesAreRendered compares the blocks behind the marks of SPEC.md with the scripts, or
// renders them.
func TestExamplesAreRendered(t *testing.T) {
	want := map[string]string{}
	for _, sc := range frameScripts {
		for _, f := range sc.frames {
			want[sc.name] += f.long() + "\n"
		}
	}
	var sessions string
	for i, sc := range sessionScripts {
		sessions += fmt.Sprintf("### 17.%d %s\n\n%s\n\n%s\n", i+1, sc.title, wrap(sc.text), sc.short())
	}
	want["sessions"] = sessions
	old := read(t, "SPEC.md")
	text := old
	for name, block := range want {
		begin, end := "<!-- example: "+name+" -->\n", "<!-- end -->\n"
		i := strings.Index(text, begin)
		if i < 0 {
			t.Errorf("SPEC.md has no place for the example %q", name)
			continue
		}
		i += len(begin)
		j := strings.Index(text[i:], end)
		if next := strings.Index(text[i:], "<!-- example: "); j < 0 || 0 <= next && next < j {
			j, block = 0, block+end // a place that is filled for the first time
		}
		text = text[:i] + block + text[i+j:]
	}
	if n := strings.Count(text, "<!-- example: "); n != len(want) {
		t.Errorf("SPEC.md has %d places for examples, the scripts are %d", n, len(want))
	}
	switch {
	case text == old:
	case *rewrite:
		write(t, "SPEC.md", text)
	default:
		t.Error("SPEC.md and the scripts differ: go test ./internal/spectest -rewrite")
	}
}

// wrap breaks text into lines of at most 118 characters.
func wrap(text string) string {
	var s strings.Builder
	width := 0
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case width == 0:
		case width+1+n > 118:
			s.WriteByte('\n')
			width = 0
		default:
			s.WriteByte(' ')
			width++
		}
		s.WriteString(word)
		width += n
	}
	return s.String()
}
