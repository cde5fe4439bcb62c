package wire

import "strconv"

// Error says what is wrong with a value, where, and what was expected instead.
type Error struct {
	// Offset is where in the encoded bytes the fault is; -1 if a Go value was being encoded.
	Offset int
	// Path leads to the Go field or element concerned, like users[3].name; empty at the root.
	Path string
	// Text is the fault: what was found, what was expected.
	Text string
}

// Error gives the whole message in one line.
func (e *Error) Error() string {
	s := "wire: "
	if e.Offset >= 0 {
		s += "offset " + strconv.Itoa(e.Offset) + ": "
	}
	if e.Path != "" {
		s += e.Path + ": "
	}
	return s + e.Text
}

// within adds one step, .name or [3], in front of the path while a fault travels outwards.
func (e *Error) within(step string) { e.Path = step + e.Path }

// finish trims what only makes sense between two steps.
func (e *Error) finish() *Error {
	if e.Path != "" && e.Path[0] == '.' {
		e.Path = e.Path[1:]
	}
	return e
}

// pathMax bounds a path, because a key from the input may be part of it.
const pathMax = 64

// keyStep is the step into an object's member.
func keyStep(key string) string {
	if len(key) > pathMax {
		key = key[:pathMax] + "…"
	}
	for i := range len(key) {
		if c := key[i]; c < ' ' || c == '.' || c == '[' || c >= 0x7F {
			return "[" + strconv.Quote(key) + "]"
		}
	}
	return "." + key
}

func indexStep(i int) string { return "[" + strconv.Itoa(i) + "]" }
