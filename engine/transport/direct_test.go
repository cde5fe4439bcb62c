//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package transport

import (
	"bytes"
	"errors"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// newDirectGnet is newFakeGnet with a descriptor that can be written to past the loop, and the
// other end of it.
func newDirectGnet(t *testing.T, h Handler) (g *fakeGnet, c *Conn, client *session.Session, peer int) {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if err := syscall.SetNonblock(fd, true); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { syscall.Close(fd) })
	}
	g, c = newFakeGnet(bigServer(), h)
	client = meet(t, g)
	g.driver.direct.fd = fds[0] // from here on: what meet gets, the fake has written
	return g, c, client, fds[1]
}

// received is what came past the loop.
func received(t *testing.T, fd int) (all []byte) {
	t.Helper()
	p := make([]byte, 64<<10)
	for {
		n, err := syscall.Read(fd, p)
		if errors.Is(err, syscall.EAGAIN) || n == 0 {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p[:n]...)
	}
}

func TestTheOnlyReplyIsWrittenPastTheLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &echoServer{worker: true, hold: make(chan struct{}, 1)}
		g, c, client, peer := newDirectGnet(t, h)
		for range 3 {
			g.receive(ask(client, 1))
			writes := g.writes
			h.hold <- struct{}{}
			h.workers.Wait()
			if g.queued() != 0 || g.writes != writes {
				t.Errorf("%d tasks and %d writes of the loop, want none", g.queued(), g.writes-writes)
			}
			g.out = received(t, peer)
			if n := results(t, client, g); n != 1 {
				t.Errorf("%d answers, want 1", n)
			}
		}
		g.end(t, c)
	})
}

func TestAReplyAmongOthersIsLeftToTheLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &echoServer{worker: true, hold: make(chan struct{})}
		g, c, client, peer := newDirectGnet(t, h)
		g.receive(ask(client, 2))
		h.hold <- struct{}{}
		synctest.Wait()
		if g.queued() != 1 || len(received(t, peer)) > 0 {
			t.Errorf("%d tasks, want 1", g.queued())
		}
		h.hold <- struct{}{} // the loop is on its way: it takes this one too
		h.workers.Wait()
		if len(received(t, peer)) > 0 {
			t.Error("a reply has overtaken the one that waits for the loop")
		}
		g.runTasks()
		if n := results(t, client, g); n != 2 {
			t.Errorf("%d answers, want 2", n)
		}
		g.end(t, c)
	})
}

func TestTheAnswersOfABatchAreOneWritePastTheLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &gatherer{}
		g, c, client, peer := newDirectGnet(t, h)
		for range 3 {
			g.receive(ask(client, 5))
			writes := g.writes
			rest := h.calls[3:] // they stay in flight
			h.calls = h.calls[:3]
			h.answer(c)
			if len(received(t, peer)) > 0 {
				t.Error("something was sent before the push")
			}
			c.Push()
			h.calls = rest
			h.answer(c)
			c.Push()
			if g.queued() != 0 || g.writes != writes {
				t.Errorf("%d tasks and %d writes of the loop, want none", g.queued(), g.writes-writes)
			}
			g.out = received(t, peer)
			if n := results(t, client, g); n != 5 {
				t.Errorf("%d answers, want 5", n)
			}
		}
		g.end(t, c)
	})
}

func TestNothingOvertakesWhatGnetHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &echoServer{worker: true, hold: make(chan struct{}, 1)}
		g, c, client, peer := newDirectGnet(t, h)
		g.holds = true
		g.receive(append(taken(client), ping()...)) // the answer stays in gnet
		g.receive(ask(client, 1))
		h.hold <- struct{}{}
		h.workers.Wait()
		if g.queued() != 1 || len(received(t, peer)) > 0 {
			t.Errorf("%d tasks, want 1", g.queued())
		}
		g.runTasks()
		g.buffered, g.holds = 0, false // the socket took it, and a turn sees it
		g.receive(ping())
		if n := results(t, client, g); n != 1 {
			t.Errorf("%d answers, want 1", n)
		}
		g.receive(ask(client, 1))
		h.hold <- struct{}{}
		h.workers.Wait()
		g.out = received(t, peer)
		if n := results(t, client, g); n != 1 || g.queued() != 0 {
			t.Errorf("%d answers past the loop, %d tasks; want 1, none", n, g.queued())
		}
		g.end(t, c)
	})
}

// ping is a PING that the server answers.
func ping() []byte {
	return frame.AppendHeader(nil, frame.Header{Type: frame.Ping, Aux: 7})
}

func TestTheLoopSendsWhatTheSocketDidNotTake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &echoServer{worker: true, hold: make(chan struct{}, 1)}
		g, c, client, peer := newDirectGnet(t, h)
		g.receive(ask(client, 1))
		// Fill the socket, but for a few bytes at most.
		var filled int
		for size := 1 << 16; size > 0; {
			n, err := syscall.Write(g.driver.direct.fd, make([]byte, size))
			if err != nil {
				size /= 2
				continue
			}
			filled += n
		}
		h.hold <- struct{}{}
		h.workers.Wait()
		if g.queued() != 1 {
			t.Fatalf("%d tasks, want 1", g.queued())
		}
		past := received(t, peer)[filled:]
		g.runTasks()
		g.out = append(bytes.Clone(past), g.out...)
		if n := results(t, client, g); n != 1 {
			t.Errorf("%d answers, want 1", n)
		}
		g.end(t, c)
	})
}

func TestNothingIsWrittenPastAClosedLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &echoServer{worker: true, hold: make(chan struct{}, 1)}
		g, c, client, peer := newDirectGnet(t, h)
		g.receive(ask(client, 1))
		g.close(nil)
		h.hold <- struct{}{}
		h.workers.Wait()
		if got := received(t, peer); len(got) > 0 || g.queued() != 0 {
			t.Errorf("%d bytes and %d tasks after OnClose", len(got), g.queued())
		}
		g.end(t, c)
	})
}
