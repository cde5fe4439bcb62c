package wire

import (
	"strconv"
	"strings"
)

// explainLines is how many lines Explain writes if it is not told.
const explainLines = 10_000

// Explain shows the value b as an indented tree for people: each line has the offset and the size
// of one value, its key or index, and what it is. It stops after the given number of lines (zero
// means 10,000), and at a fault, which the last line names.
func Explain(b []byte, lines int) string {
	if lines <= 0 {
		lines = explainLines
	}
	e := explainer{b: b[:len(b):len(b)], left: lines}
	next := e.value(e.b, 0, 0, "")
	switch {
	case e.left <= 0:
		e.out.WriteString("...\n")
	case next >= 0 && next < len(b):
		e.fault(trailing(b, next))
	case next >= 0:
		if err := Validate(b); err != nil {
			e.fault(err)
		}
	}
	return e.out.String()
}

type explainer struct {
	b    []byte
	out  strings.Builder
	left int // lines
}

func (e *explainer) fault(err error) int {
	e.out.WriteString("  fault: " + err.Error() + "\n")
	return -1
}

// value explains the value at b[i:] and returns the offset after it; -1 to stop.
func (e *explainer) value(b []byte, i, depth int, name string) int {
	if e.left--; e.left <= 0 {
		return -1
	}
	next := skipAt(b, i)
	if next < 0 {
		return e.fault(diagnose(b, i, ""))
	}
	if depth > MaxDepth {
		return e.fault(tooDeep(i))
	}
	e.line(i, next-i, depth, name+content(b, i))
	k := kindOf(b[i])
	if k != Object && (k != Array || b[i] == tagVector) {
		return next
	}
	count, at, end := containerAt(b, i, 1)
	for n := range count {
		name := strconv.Itoa(n) + ": "
		if k == Object {
			start, last := keyAt(b[:end], at)
			if last < 0 {
				return e.fault(badKey(b[:end], at))
			}
			name = strconv.Quote(clip(string(b[start:last]))) + ": "
			at = last
		}
		if at = e.value(b[:end], at, depth+1, name); at < 0 {
			return -1
		}
	}
	return next
}

// line writes one line: the offset in hexadecimal, the size, the text.
func (e *explainer) line(offset, size, depth int, text string) {
	o := strconv.FormatInt(int64(offset), 16)
	n := strconv.Itoa(size)
	e.out.WriteString(strings.Repeat("0", max(0, 6-len(o))) + o)
	e.out.WriteString(strings.Repeat(" ", 1+max(0, 8-len(n))) + n + "  ")
	e.out.WriteString(strings.Repeat("  ", depth) + text + "\n")
}

// content shows what the value at b[i] is; its header is well-formed.
func content(b []byte, i int) string {
	switch k := kindOf(b[i]); k {
	case String:
		start, end := textAt(b, i)
		return strconv.Quote(clip(string(b[start:end])))
	case Bytes:
		start, end := blockAt(b, i)
		const hex = "0123456789abcdef"
		s := strconv.Itoa(end-start) + " raw bytes"
		for n, c := range b[start:min(end, start+16)] {
			if n == 0 {
				s += ":"
			}
			s += " " + string(hex[c>>4]) + string(hex[c&15])
		}
		return s
	case Integer, Float, Literal:
		if text, next := appendNumberText(nil, b, i); next >= 0 {
			if k == Float {
				return clip(string(text)) + " (float" + strconv.Itoa(8*(next-i-1)) + ")"
			}
			return clip(string(text))
		}
		return "invalid " + k.String()
	case Array:
		if b[i] == tagVector {
			v, _, _ := vectorAt(b, i)
			return "vector of " + strconv.Itoa(v.count) + " " + vectorNames[v.kind]
		}
		count, _, _ := containerAt(b, i, 1)
		return "array of " + strconv.Itoa(count)
	case Object:
		count, _, _ := containerAt(b, i, 2)
		return "object of " + strconv.Itoa(count)
	}
	return describe(b, i)
}

var vectorNames = [...]string{"u8", "i16", "i32", "i64", "f32", "f64"}
