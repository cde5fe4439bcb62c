package wirejson

import (
	"bytes"
	"strconv"
)

// SyntaxError says where JSON text breaks a rule, and which.
type SyntaxError struct {
	Offset int // of the byte at fault; the length of the text if it ends too soon
	Line   int // counted from 1
	Text   string
}

// Error gives the whole message in one line.
func (e *SyntaxError) Error() string {
	return "wirejson: line " + strconv.Itoa(e.Line) + ", offset " + strconv.Itoa(e.Offset) + ": " +
		e.Text
}

// fail notes the first fault and returns nil, which stops every caller.
func (r *reader) fail(at int, text string) []byte {
	r.err = &SyntaxError{Offset: at, Line: 1 + bytes.Count(r.in[:at], []byte{'\n'}), Text: text}
	return nil
}

// unexpected is a fault at the byte that stands where something else should.
func (r *reader) unexpected(at int, want string) []byte {
	if at >= len(r.in) {
		return r.fail(len(r.in), "found the end of the text, want "+want)
	}
	return r.fail(at, "found "+strconv.QuoteRuneToASCII(rune(r.in[at]))+", want "+want)
}
