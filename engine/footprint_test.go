package engine

import (
	"reflect"
	"testing"
)

// TestCallsLieInFewCacheLines: what a call touches that goes well stands in whole lines, in front.
func TestCallsLieInFewCacheLines(t *testing.T) {
	if reflect.TypeFor[uintptr]().Size() != 8 {
		t.Skip("the sizes are those of 64-bit machines")
	}
	const line = 64
	of := func(v any, field string) uintptr {
		f, ok := reflect.TypeOf(v).FieldByName(field)
		if !ok {
			t.Fatalf("%T has no field %s", v, field)
		}
		return f.Offset
	}
	if got := of(pending{}, "more"); got != 2*line {
		t.Errorf("what a result in one piece needs of a pending has %d bytes, want two lines", got)
	}
	if got := of(pending{}, "dst"); got != line {
		t.Errorf("what a small result needs of a pending has %d bytes, want a line", got)
	}
	if got := of(outgoing{}, "attempt") + of(attempt{}, "key"); got != 3*line {
		t.Errorf("what a call needs that goes well has %d bytes, want three lines", got)
	}
	if got := reflect.TypeFor[outgoing]().Size(); got > 5*line {
		t.Errorf("an outgoing has %d bytes, want five lines at most, for their allocation", got)
	}
}
