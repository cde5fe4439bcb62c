package session

import (
	"testing"
	"time"

	"github.com/leverrpc/lever/frame"
)

// TestTheUrgentGetTheFirstFreeSlot: whoever waits for a slot gets it by class, and within a class in
// the order of asking.
func TestTheUrgentGetTheFirstFreeSlot(t *testing.T) {
	p := openPair(t, Config{}, Config{Params: frame.Params{Calls: 64}})
	for range 64 {
		p.open(Open{Name: "bank/slow"}, "")
	}
	p.drive()
	for _, o := range []Open{
		{Name: "bank/bulk", Flags: frame.Bulk}, {Name: "bank/normal"},
		{Name: "bank/urgent", Flags: frame.Urgent}, {Name: "bank/urgent2", Flags: frame.Urgent},
	} {
		p.open(o, "")
	}
	p.s.events = nil
	for i := range 4 {
		p.result(p.s.calls[i], "")
	}
	p.drive()
	p.s.want(t, "Called bank/urgent", "Called bank/urgent2", "Called bank/normal", "Called bank/bulk")
}

func TestACallThatHasWaitedTooLongIsNotSent(t *testing.T) {
	p := openPair(t, Config{}, Config{Params: frame.Params{Calls: 64}})
	for range 64 {
		p.open(Open{Name: "bank/slow"}, "")
	}
	p.drive()
	soon, later := p.now+time.Second, p.now+3*time.Second
	p.open(Open{Name: "bank/soon", SendBy: soon}, "")
	p.open(Open{Name: "bank/later", SendBy: later}, "")
	p.now += 2 * time.Second
	p.s.events, p.c.events = nil, nil
	p.result(p.s.calls[0], "")
	p.drive()
	p.s.want(t, "Called bank/later")
	if n := len(p.c.events); n != 2 || p.c.events[1].Status != frame.ResourceExhausted ||
		p.c.events[1].Effect != NotSent {
		t.Errorf("%d events at the caller, the last of them %s", n, short(&p.c.events[n-1]))
	}
}
