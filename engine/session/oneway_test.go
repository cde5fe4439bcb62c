package session

import (
	"strings"
	"testing"
	"time"

	"github.com/leverrpc/lever/frame"
)

// TestOnewayGivenUpHalfwayIsOver: no RESULT comes for it, so nothing may wait for one. The caller
// may drop it, or its time may be up, while the rest of its arguments waits for credit.
func TestOnewayGivenUpHalfwayIsOver(t *testing.T) {
	tests := []struct {
		name   string
		giveUp func(p *pair, c *Call)
		events []string
	}{
		{"by its caller", func(p *pair, c *Call) {
			if got := p.c.Cancel(p.now, c, frame.Caller); got != MaybeExecuted {
				t.Errorf("effect %v, want MaybeExecuted", got)
			}
		}, nil},
		{"by its deadline", func(p *pair, c *Call) { p.c.HandleTime(p.now + time.Minute) },
			[]string{"Resulted DEADLINE_EXCEEDED MaybeExecuted"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := openPair(t, Config{}, Config{})
			c := p.open(Open{Name: "bank/log", Flags: frame.Oneway | frame.Bytes,
				Deadline: p.now + time.Minute}, strings.Repeat("x", 1<<20))
			p.c.TakeOutput(nil) // one turn of it has left
			tt.giveUp(p, c)
			if n := p.c.Live(); n != 0 {
				t.Errorf("%d calls are live, want none", n)
			}
			p.c.want(t, tt.events...)
			p.c.Drain()
			if !p.c.Closed() {
				t.Error("the drain waits for something")
			}
		})
	}
}

// TestOnewayThatIsTooMuchIsReadToItsEnd: no RESULT tells its caller to stop, so the rest must go on
// finding credit; unless the caller gives up.
func TestOnewayThatIsTooMuchIsReadToItsEnd(t *testing.T) {
	for _, cancelled := range []bool{false, true} {
		p := openPair(t, Config{}, Config{Params: frame.Params{StreamBytes: 65536}})
		p.s.local.MaxMessage = 3000
		c := p.open(Open{Name: "bank/log", Flags: frame.Oneway | frame.Bytes}, strings.Repeat("x", 1<<20))
		if cancelled {
			p.step(p.c, p.s, 1<<20)
			if n := p.s.Live(); n != 1 {
				t.Errorf("in the middle the server has %d calls, want 1", n)
			}
			p.c.Cancel(p.now, c, frame.Caller)
		}
		p.drive()
		if cancelled {
			p.c.want(t)
		} else {
			p.c.want(t, "Resulted OK MaybeExecuted")
		}
		p.s.want(t)
		p.quiet()
	}
}
