package session

import (
	"slices"
	"testing"
	"time"

	"github.com/leverrpc/lever/frame"
)

// Time goes by while a transport takes nothing, and a CALL that says otherwise would run when nobody
// waits for it any more. SPEC F-601.
func TestOutputThatHasWaitedTellsTheTimeThatIsLeft(t *testing.T) {
	p := openPair(t, Config{}, Config{})
	const ms = time.Millisecond
	p.open(Open{Name: "bank/a", Deadline: p.now + 10*ms}, "first")
	p.open(Open{Name: "bank/b", Deadline: p.now + 2*ms}, "")
	p.open(Open{Name: "bank/c"}, "")
	p.now += 1 * ms
	p.open(Open{Name: "bank/d", Deadline: p.now + 10*ms}, "")
	p.open(Open{Name: "bank/e", Deadline: p.now + 10*ms, Flags: frame.Oneway}, "")
	cancelled := p.open(Open{Name: "bank/f", Deadline: p.now + 10*ms}, "")
	p.c.Cancel(p.now, cancelled, frame.Caller)
	p.now += 2 * ms
	p.c.Restamp(p.now)
	var left []uint32
	for _, h := range headers(t, p.c.TakeOutput(nil)) {
		if h.Type == frame.Call {
			left = append(left, h.Aux)
		}
	}
	want := []uint32{7000, 1, 0, 8000, 10000, 8000}
	if !slices.Equal(left, want) {
		t.Errorf("the calls have %d µs left, want %d", left, want)
	}
}
