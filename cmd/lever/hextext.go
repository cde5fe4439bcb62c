package main

import (
	"bytes"
	"fmt"
)

// parseHex reads bytes from hex as people paste it: digits in pairs, blanks between pairs, comments
// from '#' to the end of the line. A line that begins with an offset and a colon is a line of a
// dump: the offset is stepped over, and two blanks behind the bytes end them, so that the output of
// xxd and of this command is read as it is.
func parseHex(text []byte) ([]byte, error) {
	out := make([]byte, 0, len(text)/2)
	offset := 0 // of the line in the text
	for number := 1; len(text) > 0; number++ {
		line, rest, _ := bytes.Cut(text, []byte{'\n'})
		var bad int
		if out, bad = appendHexLine(out, line); bad >= 0 {
			return nil, fmt.Errorf("offset %d (line %d, column %d): %s",
				offset+bad, number, bad+1, hexFault(line, bad))
		}
		offset += len(line) + 1
		text = rest
	}
	return out, nil
}

// appendHexLine appends the bytes of one line; bad is the column of what is no pair of digits, or
// -1.
func appendHexLine(dst, line []byte) (out []byte, bad int) {
	at, end := 0, len(line)
	if n := offsetLength(line); n > 0 {
		at = n + blanks(line[n:])
		if i := bytes.Index(line[at:], []byte("  ")); i >= 0 {
			end = at + i
		}
	}
	for at < end && line[at] != '#' {
		if n := blanks(line[at:end]); n > 0 {
			at += n
			continue
		}
		high, ok := nibble(line[at])
		if !ok {
			return dst, at
		}
		if at+1 == end {
			return dst, at
		}
		low, ok := nibble(line[at+1])
		if !ok {
			return dst, at + 1
		}
		dst = append(dst, high<<4|low)
		at += 2
	}
	return dst, -1
}

// hexFault says what is wrong in a column of a line.
func hexFault(line []byte, column int) string {
	c := line[column]
	_, digit := nibble(c)
	if digit || c == ' ' || c == '\t' || c == '\r' || c == '#' {
		return "hex digits come in pairs, here is one alone"
	}
	return fmt.Sprintf("%q is no hex digit", c)
}

// offsetLength is the length of an offset and its colon at the start of a line, or 0.
func offsetLength(line []byte) int {
	for i, c := range line {
		if c == ':' && i > 0 {
			return i + 1
		}
		if _, ok := nibble(c); !ok {
			return 0
		}
	}
	return 0
}

// blanks counts the blanks at the start.
func blanks(b []byte) int {
	return len(b) - len(bytes.TrimLeft(b, " \t\r"))
}

// nibble is the value of one hex digit.
func nibble(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// isText says that b holds nothing but printable characters and blanks, as hex does and as frames
// never do: the fourth byte of every frame is zero, because lengths stay below 2^24.
func isText(b []byte) bool {
	return bytes.IndexFunc(b, func(r rune) bool {
		return r < ' ' && r != '\n' && r != '\t' && r != '\r' || r == 0x7f
	}) < 0
}
