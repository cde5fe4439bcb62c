package session

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leverrpc/lever/frame"
)

// saturations counts the events Saturated that a client has told, and forgets all it has told.
func (d *side) saturations() (n int) {
	d.pump()
	for _, ev := range d.events {
		if ev.Kind == Saturated {
			n++
		}
	}
	d.events = nil
	return n
}

func TestCallsThatFindNoSlotForLongSaturate(t *testing.T) {
	p := openPair(t, Config{}, Config{Params: frame.Params{Calls: 64}})
	for range 65 {
		p.open(Open{Name: "bank/slow"}, "")
	}
	p.drive()
	p.now += SaturatedAfter - 1
	p.open(Open{Name: "bank/slow"}, "")
	if n := p.c.saturations(); n != 0 {
		t.Errorf("saturated after %v", SaturatedAfter-1)
	}
	p.now++
	for range 10 {
		p.open(Open{Name: "bank/slow"}, "")
	}
	if n := p.c.saturations(); n != 1 {
		t.Errorf("told %d times at one moment, want once", n)
	}
	p.now += SaturatedAfter
	p.open(Open{Name: "bank/slow"}, "")
	if n := p.c.saturations(); n != 1 {
		t.Errorf("told %d times while it lasts, want once for each %v", n, SaturatedAfter)
	}
	for i := range slices.Clone(p.s.calls) {
		p.result(p.s.calls[i], "")
	}
	p.drive()
	p.now += time.Second
	for range 30 { // as many as there are slots now
		p.open(Open{Name: "bank/slow"}, "")
	}
	if n := p.c.saturations(); n != 0 {
		t.Error("saturated though there are slots")
	}
}

func TestWhatWaitsForTheTransportSaturates(t *testing.T) {
	p := openPair(t, Config{}, Config{})
	large := strings.Repeat("x", 200<<10)
	p.open(Open{Name: "bank/put"}, large) // nobody takes the output
	p.open(Open{Name: "bank/put"}, large)
	p.now += SaturatedAfter
	p.open(Open{Name: "bank/put"}, large)
	if n := p.c.saturations(); n != 1 {
		t.Errorf("told %d times, want once", n)
	}
}

func TestWhatMayWaitDoesNotSaturate(t *testing.T) {
	p := newPair(t, Config{}, Config{})
	for range 100 {
		p.open(Open{Name: "bank/early"}, "")
	}
	p.now += SaturatedAfter
	p.open(Open{Name: "bank/early"}, "")
	if n := p.c.saturations(); n != 0 {
		t.Error("saturated before the HELLO")
	}

	p = openPair(t, Config{}, Config{Params: frame.Params{Calls: 64}})
	for range 64 {
		p.open(Open{Name: "bank/slow"}, "")
	}
	p.drive()
	for range 3 {
		p.open(Open{Name: "bank/bulk", Flags: frame.Bulk}, "")
		p.now += SaturatedAfter
	}
	if n := p.c.saturations(); n != 0 {
		t.Error("saturated by bulk, which may wait")
	}
}
