package abuse

import (
	"testing"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// TestAbuseA12SlowReader asks for a lot, grants all credit, and does not read. Two results wait,
// which the handler made and the session copied; the collector lags behind by about as much.
func TestAbuseA12SlowReader(t *testing.T) {
	eachDriver(t, func(t *testing.T, d transport.Driver) {
		siege(t, order{Driver: d, Stall: time.Second}, 24<<20, func(c *child) {
			p := greetPeer(t, c.addr, wide)
			const each = 4 << 20
			for id := uint32(1); id < uint32(2*times(32, 256)); id += 2 {
				p.send(call(id, 0, "big", size(each)))
			}
			p.wantCut()
		})
	})
}

// TestAbuseA12StallIsTold is what holds of it whatever is asked for: a peer that takes nothing is
// given up after the stall timeout.
func TestAbuseA12StallIsTold(t *testing.T) {
	eachDriver(t, func(t *testing.T, d transport.Driver) {
		siege(t, order{Driver: d, Stall: 300 * time.Millisecond}, 40<<20, func(c *child) {
			p := greetPeer(t, c.addr, wide)
			for id := uint32(1); id < 8; id += 2 {
				p.send(call(id, 0, "big", size(4<<20)))
			}
			p.wantCut()
		})
	})
}

// wantCut checks that the other side closes, without a look at what it says: to read would be to
// help it on.
func (p *peer) wantCut() {
	p.t.Helper()
	eventually(p.t, "the other side closes", func() bool {
		time.Sleep(20 * time.Millisecond) // so few frames of no known type are no offence
		return p.send(raw(0x9A, 0, 0, 0, 0, "")) != nil
	})
	p.nc.Close()
}

// wantGone checks that the other side has closed, whether or not the reason came through.
func (p *peer) wantGone() {
	p.t.Helper()
	p.nc.SetDeadline(time.Now().Add(patience))
	for {
		_, _, err := p.next()
		if err != nil {
			if e, ok := err.(interface{ Timeout() bool }); ok && e.Timeout() {
				p.t.Errorf("the connection is still there")
			}
			p.nc.Close()
			return
		}
	}
}

// TestAbuseA13ZeroWindow asks for results and grants no credit for them. The answers wait, their
// memory is pinned, and nothing moves.
func TestAbuseA13ZeroWindow(t *testing.T) {
	const each = 100_000
	for name, params := range map[string]frame.Params{
		"no credit for the connection": {StreamBytes: 1 << 30},
		"no credit for the calls":      {ConnBytes: 1 << 30},
	} {
		t.Run(name, func(t *testing.T) {
			s := newCore(session.Config{NoIdle: true}, session.Server, params)
			now := time.Second
			for id := uint32(1); id < 2000; id += 2 {
				s.feed(now, call(id, 0, "big", ""))
				if n := len(s.calls); n > 0 {
					s.Result(now, s.calls[n-1], session.Result{}, make([]byte, each))
					s.calls = s.calls[:n-1]
				}
				s.output()
			}
			for ; !s.Closed() && now < 3*time.Minute; now += time.Second {
				if when, ok := s.Deadline(); ok && when <= now {
					s.at(now)
				}
				s.feed(now, ping(1)) // the peer is alive
				s.output()
			}
			wantFault(t, s.Err(), frame.ReasonTimeout)
			if now > 90*time.Second {
				t.Errorf("closed after %v", now)
			}
		})
	}
}

// TestAbuseA13PausedStreams is the honest twin: a reader that pauses for long is not given up.
func TestAbuseA13PausedStreams(t *testing.T) {
	s := newCore(session.Config{NoIdle: true}, session.Server, frame.Params{ConnBytes: 1 << 30})
	s.feed(0, stream(1, "tailChan"), stream(3, "tailChan"))
	for range 10 {
		s.Message(0, s.calls[0], true, make([]byte, 10_000))
		s.Message(0, s.calls[1], true, make([]byte, 10_000))
	}
	s.Result(0, s.calls[0], session.Result{}, []byte("the end, behind messages that wait"))
	for now := time.Duration(0); now < time.Hour; now += time.Second {
		if when, ok := s.Deadline(); ok && when <= now {
			s.at(now)
		}
		s.output()
	}
	if s.Closed() {
		t.Errorf("a stream that pauses ended its connection: %v", s.Err())
	}
}

// TestAbuseA26SlowFrame sends one byte a second, in the middle of a frame.
func TestAbuseA26SlowFrame(t *testing.T) {
	for _, at := range []int{1, 15, 16, 17, 1000} {
		s := newCore(session.Config{}, session.Server, wide)
		f := call(1, 0, "echo", string(make([]byte, 4000)))
		s.feed(0, f[:at])
		now := time.Duration(0)
		for i := at; !s.Closed() && now < time.Minute; i++ {
			now += time.Second
			s.feed(now, f[i:i+1])
			if when, ok := s.Deadline(); ok && when <= now {
				s.at(now)
			}
		}
		wantFault(t, s.Err(), frame.ReasonTimeout)
		if now > 11*time.Second {
			t.Errorf("a frame of which %d bytes came at once was given up after %v", at, now)
		}
	}
}

// TestAbuseA26SlowFrames holds many connections in the middle of a frame.
func TestAbuseA26SlowFrames(t *testing.T) {
	eachDriver(t, func(t *testing.T, d transport.Driver) {
		o := order{Driver: d, Limits: session.Limits{FrameTimeout: 400 * time.Millisecond}}
		n := times(100, 2000)
		siege(t, o, n*40<<10, func(c *child) {
			var all []*peer
			for range n {
				p := greetPeer(t, c.addr, wide)
				p.send(call(1, 0, "echo", string(make([]byte, 4000)))[:1000])
				all = append(all, p)
			}
			for _, p := range all {
				p.wantClosed(frame.ReasonTimeout)
			}
		})
	})
}

// TestAbuseA18ClaimedLength claims the largest frames and sends nothing of them.
func TestAbuseA18ClaimedLength(t *testing.T) {
	eachDriver(t, func(t *testing.T, d transport.Driver) {
		n := times(300, 1000)
		o := order{Driver: d}
		o.Params = frame.Params{MaxFrame: 1<<24 - 1, ConnBytes: 1 << 30, StreamBytes: 1 << 30}
		var all []*peer
		dial := func(c *child) { // what a connection itself costs is not at issue
			for range n {
				p := greetPeer(t, c.addr, wide)
				p.wantOpen()
				all = append(all, p)
			}
		}
		besiege(t, startChild(t, o), n*10<<10, dial, func(c *child) {
			for i, p := range all {
				p.send(headerOnly(frame.Call, 0, 1, 1<<24-1), []byte{4, 0}[:i%3])
			}
			time.Sleep(100 * time.Millisecond)
			for _, p := range all {
				p.reset()
			}
			all = nil
		})
	})
}

// TestAbuseA41Hoarding begins many messages and ends none.
func TestAbuseA41Hoarding(t *testing.T) {
	eachDriver(t, func(t *testing.T, d transport.Driver) {
		const budget = 4 << 20 // the least: one MAX_MESSAGE
		o := order{Driver: d, Limits: session.Limits{AssemblyBytes: budget}}
		siege(t, o, 3*budget, func(c *child) { // appending grows by parts
			s := openSlots(t, c.addr)
			part := string(make([]byte, 16000))
			for range times(1000, 100_000) {
				id, ok := s.take()
				if !ok || s.p.send(call(id, frame.More, "echo", part)) != nil {
					t.Fatal("the connection ended")
				}
			}
			h, _ := s.p.await(frame.Result)
			if frame.Status(h.Code) != frame.ResourceExhausted || h.Flags&frame.Unprocessed == 0 {
				t.Errorf("a call beyond the budget was told %v", h)
			}
			s.p.reset()
		})
	})
}

// TestAbuseA42IdleStreams opens as many streams as it may, leaves them alone, and opens one more.
func TestAbuseA42IdleStreams(t *testing.T) {
	siege(t, order{}, 24<<20, func(c *child) {
		s := openSlots(t, c.addr)
		for s.left > 0 {
			id, _ := s.take()
			s.p.send(stream(id, "idleChan"))
		}
		s.p.wantOpen()
		s.p.send(stream(s.id, "idleChan"))
		s.p.wantClosed(frame.ReasonFlow)
	})
}
