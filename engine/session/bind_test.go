package session

import (
	"fmt"
	"slices"
	"testing"

	"github.com/leverrpc/lever/frame"
)

func TestNamesAreBoundAtTheirSecondUseUpToTheLimit(t *testing.T) {
	p := openPair(t, Config{}, Config{Params: frame.Params{MaxBindings: 2}})
	for round := range 3 {
		for i := range 3 {
			p.open(Open{Name: fmt.Sprintf("bank/m%d", i)}, "\x01")
		}
		p.drive()
		inline, bound := 0, 0
		for _, e := range p.s.events {
			if e.Method != nil {
				bound++
			} else if e.Name != nil {
				inline++
			}
		}
		p.s.events = nil
		if want := []int{3, 1, 1}[round]; inline != want || bound != 3-want {
			t.Errorf("round %d: %d inline, %d bound", round, inline, bound)
		}
	}
	binds := slices.DeleteFunc(types(t, p.c.sent), func(s string) bool { return s != "BIND" })
	if len(binds) != 2 {
		t.Errorf("%d BIND frames, want 2", len(binds))
	}
}

func TestMethodDataStaysWithTheBinding(t *testing.T) {
	p := openPair(t, Config{}, Config{})
	for range 3 {
		p.open(Open{Name: "bank/a"}, "\x01")
	}
	p.drive()
	p.s.events[1].Method.Data = "route"
	if got := p.s.events[2].Method.Data; got != "route" {
		t.Errorf("Data %v, want the route that was set", got)
	}
}

func TestServersWithoutBindingsGetNone(t *testing.T) {
	p := openPair(t, Config{}, Config{NoBindings: true})
	for range 5 {
		p.open(Open{Name: "bank/a"}, "\x01")
	}
	p.drive()
	if got := types(t, p.c.sent); slices.Contains(got, "BIND") {
		t.Errorf("client sent %v", got)
	}
	p.s.HandleInput(p.now, raw(frame.Bind, 0, 1, 0, 0, "bank/transfer"))
	p.s.pump()
	wantFault(t, p.s.Session, frame.ReasonProtocol, "at most 0")
}
