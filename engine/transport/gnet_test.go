//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package transport

import (
	"bytes"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// bigServer grants what it can.
func bigServer() (cfg Config) {
	cfg.Session.Params.Calls = 1 << 20
	cfg.Session.Params.ConnBytes, cfg.Session.Params.StreamBytes = 1<<30, 1<<30
	return cfg
}

// meet makes a client that g knows and that knows g's server.
func meet(t *testing.T, g *fakeGnet) *session.Session {
	t.Helper()
	cfg := bigServer().Session
	cfg.NoIdle, cfg.NoBindings = true, true
	s := session.New(cfg, session.Client, Now())
	g.receive(taken(s))
	results(t, s, g)
	return s
}

// taken is all that a session has to send.
func taken(s *session.Session) (all []byte) {
	for out := s.TakeOutput(nil); out != nil; out = s.TakeOutput(nil) {
		all = append(all, out...)
	}
	return all
}

// ask makes n calls of ten bytes.
func ask(s *session.Session, n int) []byte {
	for range n {
		s.Open(Now(), &session.Open{Name: "test/echo", Flags: frame.Bytes}, []byte("0123456789"))
	}
	return taken(s)
}

// results hands to the client what the server wrote, and counts the answers to ask.
func results(t *testing.T, s *session.Session, g *fakeGnet) (n int) {
	t.Helper()
	s.HandleInput(Now(), g.out)
	for ev := s.Next(); ev != nil; ev = s.Next() {
		switch {
		case ev.Kind == session.Ended:
			t.Fatalf("the client found %v", ev.Err)
		case ev.Kind == session.Resulted && ev.Err == nil && string(ev.Payload) == "0123456789":
			n++
		}
	}
	g.out = nil
	return n
}

func TestAbuseA39OneTurnHasABudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &echoServer{}
		g, c := newFakeGnet(bigServer(), h)
		client := meet(t, g)
		const calls = 1500
		flood := ask(client, calls)
		if len(flood) > readBytes {
			t.Fatalf("%d bytes are more than a loop reads at once", len(flood))
		}
		g.receive(flood)
		for turn, seen := 1, int64(0); h.calls.Load() < calls; turn++ {
			n := h.calls.Load() - seen
			if n == 0 || n > turnEvents*3/2 {
				t.Fatalf("turn %d had %d calls, want some, and not many more than %d", turn, n, turnEvents)
			}
			seen += n
			time.Sleep(time.Millisecond) // a task asks for the next one by a timer
			synctest.Wait()
			if g.runTasks() != 1 {
				t.Fatalf("turn %d did not ask for one more", turn)
			}
		}
		if got := results(t, client, g); got != calls {
			t.Errorf("%d of %d calls were answered", got, calls)
		}
		if g.driver.held != nil {
			t.Error("input is held that was worked off")
		}
		g.end(t, c)
	})
}

func TestInputThatWaitsIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &echoServer{}
		g, c := newFakeGnet(bigServer(), h)
		client := meet(t, g)
		total := 0
		for range 10 { // the loop reads on, and never runs the task
			g.receive(ask(client, 1500))
			total += 1500
			if held := len(g.driver.held.B); held > mostHeld {
				t.Fatalf("%d bytes are held, want at most %d", held, mostHeld)
			}
		}
		for h.calls.Load() < int64(total) {
			time.Sleep(time.Millisecond)
			synctest.Wait()
			g.runTasks()
		}
		if got := results(t, client, g); got != total {
			t.Errorf("%d of %d calls were answered", got, total)
		}
		g.end(t, c)
	})
}

func TestLargeFramesAreFedWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &echoServer{}
		g, c := newFakeGnet(bigServer(), h)
		client := meet(t, g)
		for range 5 {
			client.Open(Now(), &session.Open{Name: "test/echo", Flags: frame.Bytes}, pattern(60_000))
			g.receive(taken(client))
		}
		if h.calls.Load() != 5 || g.queued() != 0 {
			t.Errorf("%d calls of 5 arrived, %d tasks wait", h.calls.Load(), g.queued())
		}
		g.end(t, c)
	})
}

func TestRepliesOfWorkersShareOneTaskAndOneWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &echoServer{worker: true, hold: make(chan struct{})}
		g, c := newFakeGnet(bigServer(), h)
		client := meet(t, g)
		g.receive(ask(client, 100))
		writes := g.writes
		close(h.hold)
		h.workers.Wait()
		if g.queued() != 1 || g.writes != writes {
			t.Errorf("100 replies queued %d tasks and made %d writes off the loop, want 1 and 0",
				g.queued(), g.writes-writes)
		}
		g.runTasks()
		if got := results(t, client, g); got != 100 || g.writes != writes+1 || g.queued() != 0 {
			t.Errorf("%d answers in %d writes, %d tasks left; want 100 in 1, none left",
				got, g.writes-writes, g.queued())
		}
		g.end(t, c)
	})
}

func TestOutputWaitsWhileGnetHoldsEnough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &echoServer{onCall: func(c *Conn, ev *session.Event) bool {
			c.Result(ev.Call, session.Result{Flags: frame.Bytes}, pattern(4<<20))
			return true
		}}
		g, c := newFakeGnet(bigServer(), h)
		client := meet(t, g)
		g.holds = true
		g.receive(ask(client, 1))
		most := mostBuffered + 2*largeOutput
		if g.buffered < mostBuffered || g.buffered > most {
			t.Fatalf("gnet was given %d bytes, want from %d to %d", g.buffered, mostBuffered, most)
		}
		c.Live() // commands do not wake a loop that can do nothing
		c.Forget(new(session.Call))
		if g.queued() != 0 {
			t.Errorf("%d tasks while the outbound buffer is full", g.queued())
		}
		for sent := 0; sent < 4<<20; {
			sent += g.buffered
			g.buffered = 0 // the socket took it all, and gnet tells nobody
			time.Sleep(soon)
			synctest.Wait()
			if g.runTasks() == 0 && sent < 4<<20 {
				t.Fatalf("after %d bytes nobody looks again", sent)
			}
			if g.buffered > most {
				t.Fatalf("gnet was given %d bytes, want at most %d", g.buffered, most)
			}
		}
		g.end(t, c)
	})
}

func TestAbuseA12GnetPeerThatTakesNothing(t *testing.T) {
	for _, size := range []int{1000, 4 << 20} { // below the mark, and beyond it
		synctest.Test(t, func(t *testing.T) {
			h := &echoServer{onCall: func(c *Conn, ev *session.Event) bool {
				c.Result(ev.Call, session.Result{Flags: frame.Bytes}, pattern(size))
				return true
			}}
			g, c := newFakeGnet(bigServer(), h)
			client := meet(t, g)
			g.holds = true
			start := Now()
			g.receive(ask(client, 1))
			looks := 0
			for !g.closed && Now()-start < time.Minute {
				time.Sleep(10 * time.Millisecond)
				synctest.Wait()
				looks += g.runTasks()
			}
			if d := Now() - start; d < 30*time.Second || d > 32*time.Second {
				t.Errorf("closed after %v, want 30s", d)
			}
			if looks > 40*30 {
				t.Errorf("the loop looked %d times in 30s", looks)
			}
			wantFault(t, c.Err(), frame.ReasonTimeout)
			if h.ended.Load() != 1 {
				t.Errorf("%d Ended events, want 1", h.ended.Load())
			}
			g.end(t, c)
		})
	}
}

// TestAbuseA12GnetPeerThatTakesATrickle reads so little that it would never be through.
func TestAbuseA12GnetPeerThatTakesATrickle(t *testing.T) {
	for _, c := range []struct {
		each  int // bytes taken each second
		alive bool
	}{{500, false}, {600, true}} {
		synctest.Test(t, func(t *testing.T) {
			h := &echoServer{onCall: func(c *Conn, ev *session.Event) bool {
				c.Result(ev.Call, session.Result{Flags: frame.Bytes}, pattern(200_000))
				return true
			}}
			g, conn := newFakeGnet(bigServer(), h)
			client := meet(t, g)
			g.holds = true
			g.receive(ask(client, 1))
			for range 120 {
				time.Sleep(time.Second)
				g.buffered = max(g.buffered-c.each, 0)
				synctest.Wait()
				g.runTasks()
			}
			if g.closed == c.alive {
				t.Errorf("%d bytes each second: closed %v", c.each, g.closed)
			}
			g.end(t, conn)
		})
	}
}

func TestCloseWaitsForTheOutboundBuffer(t *testing.T) {
	for _, drains := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			g, c := newFakeGnet(bigServer(), &echoServer{})
			client := meet(t, g)
			g.receive(ask(client, 1))
			g.holds = true
			start := Now()
			c.Close(frame.ReasonNone, "bye")
			c.Close(frame.ReasonNone, "again")
			if g.runTasks() != 1 || g.closed || g.driver.halfDone {
				t.Fatal("closed, in part or whole, with bytes unsent")
			}
			if drains {
				g.buffered = 0
				time.Sleep(soon)
				synctest.Wait()
				g.runTasks()
				if !g.driver.halfDone || g.closed {
					t.Error("the peer was not shown that nothing more comes")
				}
			}
			for !g.closed {
				time.Sleep(time.Millisecond)
				synctest.Wait()
				g.runTasks()
			}
			if d := Now() - start; d < lingerMax || d > lingerMax+2*soon {
				t.Errorf("a peer that does not close was closed after %v, want %v", d, lingerMax)
			}
			g.end(t, c)
		})
	}
}

func TestAWriteErrorEndsTheConnectionOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &echoServer{}
		g, c := newFakeGnet(bigServer(), h)
		client := meet(t, g)
		g.broken = errors.New("connection reset by peer")
		g.receive(ask(client, 10)) // OnClose comes from inside of Write
		if !g.closed || h.ended.Load() != 1 || !errors.Is(c.Err(), g.broken) {
			t.Errorf("closed %v, %d Ended events, error %v", g.closed, h.ended.Load(), c.Err())
		}
		c.Close(frame.ReasonNone, "")
		c.Drain()
		if g.queued() != 0 {
			t.Error("a connection that is gone queues tasks")
		}
		g.end(t, c)
	})
}

func TestNothingIsWrittenAfterOnClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &echoServer{worker: true, hold: make(chan struct{})}
		g, c := newFakeGnet(bigServer(), h)
		client := meet(t, g)
		g.receive(ask(client, 10))
		c.Drain()
		if g.queued() != 1 {
			t.Fatalf("%d tasks, want 1", g.queued())
		}
		g.close(nil) // the task is still on its way
		close(h.hold)
		h.workers.Wait()
		g.runTasks() // the fake panics at a write
		g.receive(ask(client, 1))
		time.Sleep(time.Minute)
		g.runTasks()
		g.end(t, c)
	})
}

func TestAPanicOfTheHandlerOnALoopIsContained(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &echoServer{onCall: func(*Conn, *session.Event) bool { panic("on the loop") }}
		g, c := newFakeGnet(bigServer(), h)
		client := meet(t, g)
		g.receive(ask(client, 3))
		if !bytes.Contains(g.out, []byte("the handler failed")) {
			t.Errorf("the peer was told %q", g.out)
		}
		wantFault(t, c.Err(), frame.ReasonInternal)
		g.end(t, c)
		if h.ended.Load() != 1 || h.calls.Load() != 1 {
			t.Errorf("%d Ended events, %d calls; want 1, 1", h.ended.Load(), h.calls.Load())
		}
	})
}

func TestAConnectionThatNoLoopTakesEnds(t *testing.T) {
	noLeak(t)
	cfg := Config{Logger: quiet, Loops: 1}.withDefaults()
	l, err := startLoops(&cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer l.stop()
	h := &echoServer{}
	c := newConn(&cfg, session.Server, h)
	a, b := NetPipe(10) // has no descriptor
	l.attach(c, a, &cfg)
	if err := l.adopt(c, a); err == nil {
		t.Error("gnet took a connection without a descriptor")
	}
	wantDone(t, c)
	if h.ended.Load() != 1 || c.Err() == nil {
		t.Errorf("%d Ended events, error %v", h.ended.Load(), c.Err())
	}
	if _, err := b.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is still open")
	}
}

func TestGnetGetsNoZoneToRecycle(t *testing.T) {
	a := &net.TCPAddr{IP: net.ParseIP("fe80::1"), Port: 1, Zone: "eth0"}
	kept := keepAddr(a)
	if a.Zone != "" || kept.String() != "[fe80::1%eth0]:1" {
		t.Errorf("gnet sees zone %q, the connection %v", a.Zone, kept)
	}
	if hostOf(a) != hostOf(kept) {
		t.Error("a host is counted by another name when it leaves than when it came")
	}
}
