package frame

import (
	"bytes"
	"testing"
)

// eachCut runs one parser case in every way in which bytes can arrive: whole, with trailing bytes,
// and truncated at each byte. parse reports how many bytes it took and what it read, as text; n ≤ 0
// is a refusal. A parser that reads the whole of what it is given (a HELLO payload, a block) is
// called without trailing bytes by passing wholeOnly.
func eachCut(t *testing.T, p []byte, want string, wholeOnly bool,
	parse func(b []byte) (n int, text string)) {
	t.Helper()
	if n, got := parse(bytes.Clone(p)); n != len(p) || got != want {
		t.Errorf("whole: took %d of %d bytes\n got %s\nwant %s", n, len(p), got, want)
	}
	if !wholeOnly {
		long := append(bytes.Clone(p), 0xFF, 0x00, 0xA5)
		if n, got := parse(long); n != len(p) || got != want {
			t.Errorf("with trailing bytes: took %d of %d\n got %s\nwant %s", n, len(p), got, want)
		}
	}
	for i := range p {
		if n, got := parse(bytes.Clone(p[:i])); n > i || i > 0 && n == i && got == want {
			t.Errorf("cut at %d of %d: took %d and read %s", i, len(p), n, got)
		}
	}
}

// text gives err's message, or "" for nil. It takes care of nil pointers in interfaces.
func text(err error) string {
	switch e := err.(type) {
	case nil:
		return ""
	case *Error:
		if e == nil {
			return ""
		}
	}
	return err.Error()
}
