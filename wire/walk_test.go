package wire

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatalf("hex %q: %v", s, err)
	}
	return b
}

// everyReader runs all readers over b and reports whether it is valid, after checking that they
// agree about it.
func everyReader(t testing.TB, b []byte) bool {
	t.Helper()
	err := Validate(b)
	var v any
	if got := Unmarshal(b, &v); (got == nil) != (err == nil) {
		t.Errorf("% x: Unmarshal into any says %v, Validate %v", b, got, err)
	}
	var raw Raw
	if got := Unmarshal(b, &raw); (got == nil) != (err == nil) {
		t.Errorf("% x: Unmarshal into Raw says %v, Validate %v", b, got, err)
	}
	n, skipErr := Skip(b)
	if err == nil && (skipErr != nil || n != len(b)) {
		t.Errorf("% x: Skip = %d, %v of a valid value", b, n, skipErr)
	}
	if err == nil && Parse(b).Kind() == Invalid {
		t.Errorf("% x: Parse refuses a valid value", b)
	}
	var fault *Error
	if err != nil && (!errors.As(err, &fault) || fault.Offset < 0 || fault.Offset > len(b) ||
		fault.Text == "") {
		t.Errorf("% x: error %#v has no offset or no text", b, err)
	}
	return err == nil
}

// everyCut checks that the valid value b is refused when it is truncated at each byte, and when
// something follows it.
func everyCut(t testing.TB, b []byte) {
	t.Helper()
	if !everyReader(t, b) {
		t.Errorf("% x: refused: %v", b, Validate(b))
		return
	}
	step := 1 + len(b)/512
	for i := 0; i < len(b); i += step {
		if everyReader(t, b[:i:i]) {
			t.Errorf("% x: accepted when cut to %d bytes", b, i)
		}
	}
	for _, tail := range []string{"\x00", "\xd0", "\xff", string(b)} {
		if everyReader(t, append(b[:len(b):len(b)], tail...)) {
			t.Errorf("% x: accepted with % x behind it", b, tail)
		}
	}
}
