package lb

import (
	"testing"
	"time"
)

// Sole gives what Pick would, where Pick has no choice, and counts the call as Pick does.
func TestSoleIsPickWithoutAChoice(t *testing.T) {
	p := NewPicker(Config{})
	if e := p.Sole(0); e != nil {
		t.Errorf("without members: got %s, want nothing", e.ID())
	}
	p.Update(0, []Member{{ID: "a"}})
	e := p.Sole(time.Second)
	if e == nil || e.ID() != "a" || e.Stats().Calls != 1 {
		t.Fatalf("with one member: got %v, want a with one call", e)
	}
	picked, err := p.Pick(time.Second, 1, nil)
	if err != nil || picked != e || e.Stats().Calls != 2 {
		t.Errorf("Pick gave %v, %v, want the same one with two calls", picked, err)
	}
	e.SetState(time.Second, Draining)
	if e := p.Sole(time.Second); e != nil {
		t.Errorf("with none that is ready: got %s, want nothing", e.ID())
	}
	p.Update(0, []Member{{ID: "a"}, {ID: "b"}, {ID: "c"}})
	if e := p.Sole(time.Second); e != nil {
		t.Errorf("with a choice: got %s, want nothing", e.ID())
	}
}
