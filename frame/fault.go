package frame

import (
	"fmt"
)

// Error is a violation of the protocol: whoever sees one says goodbye with Reason and closes the
// connection. Text names the part, what was found and what was expected.
type Error struct {
	Reason Reason
	Text   string
}

// Error implements error.
func (e *Error) Error() string { return "frame: " + e.Reason.String() + ": " + e.Text }

// violation builds an Error; it is kept out of the paths that find nothing wrong.
func violation(r Reason, format string, a ...any) *Error {
	return &Error{Reason: r, Text: fmt.Sprintf(format, a...)}
}

// Malformed is a payload that cannot be read: it fails its call and nothing else. Offset counts
// from the start of what was given to the function that reports it.
type Malformed struct {
	Offset int
	Text   string
}

// Error implements error.
func (e *Malformed) Error() string { return fmt.Sprintf("frame: offset %d: %s", e.Offset, e.Text) }

func malformed(offset int, format string, a ...any) error {
	return &Malformed{Offset: offset, Text: fmt.Sprintf(format, a...)}
}
