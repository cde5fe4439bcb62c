package main

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/leverrpc/lever/wire"
)

// tagVector begins an array whose numbers are packed: its items have no bytes of their own.
const tagVector = 0xD9

// shownMax is how many characters or bytes of a text or of raw bytes a tree shows.
const shownMax = 48

// tree draws a value: a line for each value in it, its offset first, items deeper than their
// container.
type tree struct{ out *bufio.Writer }

// tree checks one wire value and prints it.
func (w *world) tree(b []byte) error {
	if err := wire.Validate(b); err != nil {
		return err
	}
	t := tree{bufio.NewWriter(w.stdout)}
	t.draw(wire.Parse(b), 0, 0, "")
	return t.out.Flush() // which also tells of an earlier failure to write
}

// draw prints the value at an offset, and what is in it. label is what its container calls it.
func (t tree) draw(v wire.Value, offset, depth int, label string) {
	raw := v.Raw()
	fmt.Fprintf(t.out, "%08x  %s%s%s", offset, strings.Repeat("  ", depth), label, describe(v))
	if len(raw) > 0 && raw[0] == tagVector {
		t.drawVector(v)
		return
	}
	t.out.WriteByte('\n')
	switch v.Kind() {
	case wire.Array:
		at := offset + len(raw)
		for _, item := range v.Items() {
			at -= len(item.Raw())
		}
		for i, item := range v.Items() {
			t.draw(item, at, depth+1, fmt.Sprintf("[%d] ", i))
			at += len(item.Raw())
		}
	case wire.Object:
		at := offset + len(raw)
		for key, member := range v.Members() {
			at -= keySize(key) + len(member.Raw())
		}
		for key, member := range v.Members() {
			at += keySize(key)
			t.draw(member, at, depth+1, fmt.Sprintf("%q: ", shorten(key)))
			at += len(member.Raw())
		}
	}
}

// drawVector prints the first numbers of a vector on its own line.
func (t tree) drawVector(v wire.Value) {
	t.out.WriteString(", packed:")
	for i, item := range v.Items() {
		if i == 8 {
			t.out.WriteString(" …")
			break
		}
		n, _ := item.Number()
		fmt.Fprintf(t.out, " %s", n)
	}
	t.out.WriteByte('\n')
}

// describe tells what a value is on one line.
func describe(v wire.Value) string {
	switch v.Kind() {
	case wire.Bool:
		b, _ := v.Bool()
		return fmt.Sprint(b)
	case wire.Integer, wire.Float, wire.Literal:
		n, _ := v.Number()
		return fmt.Sprintf("%s %s", v.Kind(), n)
	case wire.String:
		s, _ := v.Str()
		return fmt.Sprintf("string of %d, %q", len(s), shorten(s))
	case wire.Bytes:
		b, _ := v.Bytes()
		more := ""
		if len(b) > shownMax/2 {
			b, more = b[:shownMax/2], "…"
		}
		return fmt.Sprintf("bytes of %d, %x%s", v.Len(), b, more)
	case wire.Array, wire.Object:
		return fmt.Sprintf("%s of %d in %d bytes", v.Kind(), v.Len(), len(v.Raw()))
	}
	return v.Kind().String()
}

// shorten gives the first characters of a text.
func shorten(text []byte) string {
	shown := 0
	for i := range string(text) {
		if shown == shownMax {
			return string(text[:i]) + "…"
		}
		shown++
	}
	return string(text)
}

// keySize is how many bytes an object spends on a key: its length as a varint, and its text.
func keySize(key []byte) int {
	switch n := len(key); {
	case n < 240:
		return n + 1
	case n < 2288:
		return n + 2
	case n < 1<<16:
		return n + 3
	}
	return len(key) + 5
}
