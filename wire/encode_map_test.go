package wire

import (
	"strings"
	"testing"
	"time"
)

// folded is a key that is written in lower case.
type folded string

func (f folded) MarshalText() ([]byte, error) { return []byte(strings.ToLower(string(f))), nil }

func (f *folded) UnmarshalText(text []byte) error {
	*f = folded(text)
	return nil
}

func TestKeysThatBecomeEqualAsTextAreRefused(t *testing.T) {
	at := time.Unix(1e9, 0)
	for _, v := range []any{
		map[folded]int{"a": 1, "B": 2, "A": 3},
		map[string]map[folded]string{"in": {"x": "", "X": ""}},
		map[time.Time]bool{at.In(time.FixedZone("a", 0)): true, at.In(time.FixedZone("b", 0)): true},
	} {
		b, err := Append([]byte("ab"), v)
		if err == nil || !strings.Contains(err.Error(), "twice") || string(b) != "ab" {
			t.Errorf("Append(%v) = %q, %v, want an error about a key that is there twice", v, b, err)
		}
	}
	b, err := Append(nil, map[folded]int{"a": 1, "B": 2})
	if err != nil || Validate(b) != nil {
		t.Errorf("Append = %q, %v", b, err)
	}
}
