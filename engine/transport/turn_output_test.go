//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package transport

import (
	"testing"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// A peer that reads at once whatever is written must not keep the loop for as long as there is
// output.
func TestAbuseA38OneTurnWritesOnlySoMuch(t *testing.T) {
	const size = 4 * turnOutput
	g, c := newFakeGnet(Config{}, &echoServer{
		onCall: func(c *Conn, ev *session.Event) bool {
			c.Result(ev.Call, session.Result{Flags: frame.Bytes}, make([]byte, size))
			return true
		},
	})
	cfg := session.Config{NoIdle: true}
	cfg.Params.ConnBytes, cfg.Params.StreamBytes, cfg.Params.MaxMessage = 1<<30, 1<<30, 1<<30
	s := session.New(cfg, session.Client, Now())
	s.Open(Now(), &session.Open{Name: "test/echo", Flags: frame.Bytes}, nil)
	g.receive(s.TakeOutput(nil))
	turns := 1
	for written := 0; len(g.out) < size; turns++ {
		if n := len(g.out) - written; n > turnOutput+2*mostOutput {
			t.Fatalf("turn %d wrote %d bytes, want about %d", turns, n, turnOutput)
		}
		written = len(g.out)
		eventually(t, "the next turn begins", func() bool { return g.queued() > 0 })
		g.runTasks()
	}
	if turns < 3 {
		t.Errorf("%d bytes were written in %d turns", size, turns)
	}
	g.end(t, c)
}
