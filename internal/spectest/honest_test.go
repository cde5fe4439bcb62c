package spectest

import (
	"testing"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// pair is a client and a server with nothing between them.
type pair struct{ c, s *side }

// drive carries bytes both ways until neither side has more to say. The server answers each call
// with size raw bytes.
func (p *pair) drive(size int) {
	for moved := true; moved; {
		moved = false
		for _, way := range []struct{ from, to *side }{{p.c, p.s}, {p.s, p.c}} {
			for out := way.from.s.TakeOutput(nil); out != nil; out = way.from.s.TakeOutput(nil) {
				moved = true
				way.to.s.HandleInput(0, out)
				way.to.events()
			}
			if p.s.call != nil {
				p.s.s.Result(0, p.s.call, session.Result{Flags: frame.Bytes}, make([]byte, size))
				p.s.call, moved = nil, true
			}
		}
	}
}

// TestHonestTrafficCostsNoGlitches: F-731 must never meet a peer that does nothing wrong, whatever
// its windows are. No time passes here, so no token comes back by itself.
func TestHonestTrafficCostsNoGlitches(t *testing.T) {
	for _, c := range []struct {
		name  string
		flags frame.Flags
		size  int // of arguments and result
	}{
		{"small calls", 0, 10},
		{"large calls", 0, 60000},
		{"large one-way calls", frame.Oneway, 60000},
		{"calls larger than a window", 0, 150000},
	} {
		cfg := session.Config{Params: frame.MinParams}
		p := pair{c: &side{t: t, s: session.New(cfg, session.Client, 0)},
			s: &side{t: t, s: session.New(cfg, session.Server, 0)}}
		for i := range 1100 {
			o := session.Open{Name: "abc/put", Flags: c.flags | frame.Bytes}
			call, err := p.c.s.Open(0, &o, make([]byte, c.size))
			if err != nil {
				t.Errorf("%s: call %d: %v; %v, %v", c.name, i, err, p.c.s.Err(), p.s.s.Err())
				break
			}
			p.drive(c.size)
			p.c.s.Forget(call)
		}
		if err := p.s.s.Err(); err != nil {
			t.Errorf("%s: the server ended with %v", c.name, err)
		}
	}
}
