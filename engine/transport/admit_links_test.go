package transport

import (
	"sync"
	"testing"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// gatekeeper admits each client when its gate is open, and then echoes.
type gatekeeper struct {
	echoServer
	gate    chan struct{}
	verdict func(*Conn)
	waiting sync.WaitGroup
}

func (h *gatekeeper) HandleEvent(c *Conn, ev *session.Event) {
	if ev.Kind == session.Hello {
		h.waiting.Go(func() {
			<-h.gate
			h.verdict(c)
		})
	}
	h.echoServer.HandleEvent(c, ev)
}

func TestEachLinkLetsClientsWaitForAVerdict(t *testing.T) {
	eachLink(t, func(t *testing.T, l link) {
		h := &gatekeeper{gate: make(chan struct{}), verdict: (*Conn).Admit}
		cfg := Config{Session: session.Config{Vet: true}}
		ln := l.listen(t, cfg, h)
		c := l.dial(t, ln, Config{}, &caller{})
		var replies []chan outcome
		for i := range 50 {
			reply, err := begin(c, pattern(i*20), 0)
			if err != nil {
				t.Fatal(err)
			}
			replies = append(replies, reply)
		}
		eventually(t, "the HELLO has come", func() bool { return inside(ln) == 1 })
		if h.calls.Load() != 0 {
			t.Error("a call was told before the verdict")
		}
		close(h.gate)
		for i, reply := range replies {
			if o := <-reply; o.err != nil || len(o.payload) != i*20 {
				t.Fatalf("call %d: %+v", i, o)
			}
		}
		h.waiting.Wait()
	})
}

func TestEachLinkTurnsClientsAway(t *testing.T) {
	eachLink(t, func(t *testing.T, l link) {
		h := &gatekeeper{gate: make(chan struct{}), verdict: func(c *Conn) {
			c.Close(frame.ReasonRefused, "not today")
		}}
		close(h.gate)
		ln := l.listen(t, Config{Session: session.Config{Vet: true}}, h)
		c := l.dial(t, ln, Config{}, &caller{})
		if _, err := call(c, pattern(100)); err == nil {
			t.Error("a call of a client that was turned away was answered")
		}
		wantDone(t, c)
		if err := c.Err(); err == nil || err.Error() != "session: peer closed: REFUSED: not today" {
			t.Errorf("the client was told %v", err)
		}
		h.waiting.Wait()
	})
}
