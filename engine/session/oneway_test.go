package session

import (
	"strings"
	"testing"

	"github.com/leverrpc/lever/frame"
)

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
