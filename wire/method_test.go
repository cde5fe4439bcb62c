package wire

import (
	"encoding"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// The methods of these types are those of what is embedded in them.
type (
	promotedPrefix struct{ *netip.Prefix }
	promotedDeep   struct{ promotedPrefix }
	promotedAny    struct{ encoding.TextMarshaler }
	promotedTime   struct {
		At struct{ *time.Time } `json:"at,omitzero"`
	}
	promotedKey map[promotedPrefix]int
)

// TestTextMethodsOfNilEmbeddedPointers: Go promotes the methods of a pointer that is nil, and
// calling them panics.
func TestTextMethodsOfNilEmbeddedPointers(t *testing.T) {
	for _, v := range []any{promotedPrefix{}, &promotedDeep{}, promotedAny{}, promotedTime{},
		promotedKey{promotedPrefix{}: 1}} {
		b, err := Append([]byte("ab"), v)
		if err == nil || !strings.Contains(err.Error(), "nil") || string(b) != "ab" {
			t.Errorf("Append(%T) = %q, %v, want an error about nil", v, b, err)
		}
	}
	text := AppendString(nil, "10.0.0.0/8")
	var deep promotedDeep
	if err := Unmarshal(text, &deep); err == nil || !strings.Contains(err.Error(), "nil") {
		t.Errorf("Unmarshal into a nil embedded pointer: %v, want an error about nil", err)
	}
	var prefix netip.Prefix
	deep.Prefix = &prefix
	if err := Unmarshal(text, &deep); err != nil || prefix != netip.MustParsePrefix("10.0.0.0/8") {
		t.Errorf("Unmarshal = %v, %v", prefix, err)
	}
	if b, err := Append(nil, deep); err != nil || string(b) != string(text) {
		t.Errorf("Append = %q, %v", b, err)
	}
}

type panicking struct{ *int }

func (panicking) MarshalText() ([]byte, error) { panic("a bug of its own") }

func TestOtherPanicsOfTextMethodsAreNotHidden(t *testing.T) {
	defer func() {
		if r := recover(); r != "a bug of its own" {
			t.Errorf("recovered %v", r)
		}
	}()
	Append(nil, panicking{})
}
