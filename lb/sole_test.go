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

// HasOthers tells beforehand whether Pick would say ErrTried.
func TestHasOthersAgreesWithPick(t *testing.T) {
	p := NewPicker(Config{})
	if p.HasOthers(nil) {
		t.Error("there are others where nobody is")
	}
	p.Update(0, []Member{{ID: "a"}, {ID: "b"}, {ID: "c"}, {ID: "d", Tier: 1}})
	all := p.Endpoints()
	all[2].SetState(0, Draining)
	for _, tried := range [][]*Endpoint{nil, all[:1], all[1:2], all[:2], all[1:], all, {all[0], all[0]}, all[2:]} {
		_, err := p.Pick(0, 1, tried)
		if got := p.HasOthers(tried); got != (err == nil) {
			t.Errorf("of four with %d tried: got %v, and Pick says %v", len(tried), got, err)
		}
	}
}
