package transport

import (
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// oneAtATime finds out whether two events are ever handled at once.
type oneAtATime struct {
	caller
	inside, twice atomic.Int64
	gate          chan struct{} // a Resulted with an error waits for it
}

func (h *oneAtATime) HandleEvent(c *Conn, ev *session.Event) {
	if h.inside.Add(1) != 1 {
		h.twice.Add(1)
	}
	if ev.Kind == session.Resulted && ev.Err != nil {
		<-h.gate
	}
	h.caller.HandleEvent(c, ev)
	h.inside.Add(-1)
}

func TestInputWaitsForATurnThatTheTimerBegan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &echoServer{worker: true, hold: make(chan struct{})}
		h := &oneAtATime{gate: make(chan struct{})}
		c, s := quietPipe(4096, h, slow)
		late, _ := begin(c, nil, 0)
		early, _ := begin(c, nil, Now()+time.Second)
		time.Sleep(2 * time.Second) // the timer's turn stands at the gate
		synctest.Wait()
		close(slow.hold) // and now a result arrives
		synctest.Wait()
		select {
		case <-late:
			t.Error("a result was delivered while another event was handled")
		default:
		}
		close(h.gate)
		if o := <-early; o.status != frame.DeadlineExceeded {
			t.Errorf("first: %v", o.status)
		}
		if o := <-late; o.status != frame.OK || o.err != nil {
			t.Errorf("second: %v, %v", o.status, o.err)
		}
		c.Drain()
		<-c.Done()
		<-s.Done()
		if h.twice.Load() != 0 {
			t.Error("two events were handled at once")
		}
	})
}

// pourer sends messages on each stream until it has sent enough, as fast as they are taken.
type pourer struct {
	size, count int
	sent        int
}

func (h *pourer) pour(c *Conn, call *session.Call) {
	for h.sent < h.count {
		if !c.Message(call, true, pattern(h.size)) {
			return
		}
		h.sent++
	}
	c.Result(call, session.Result{Flags: frame.Bytes}, nil)
}

func (h *pourer) HandleEvent(c *Conn, ev *session.Event) {
	if ev.Kind == session.Called || ev.Kind == session.Writable {
		h.pour(c, ev.Call)
	}
}

// TestTheReaderWaitsForATurnThatACommandBegan closes a connection whose reader has not run yet: the
// command's own goroutine delivers what that leaves.
func TestTheReaderWaitsForATurnThatACommandBegan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := NetPipe(4096)
		h := &oneAtATime{gate: make(chan struct{})}
		cfg := Config{Logger: quiet}.withDefaults()
		c := newConn(&cfg, session.Client, h)
		d := newNetDriver(c, newSocket(a, cfg.StallTimeout), nil)
		first, _ := begin(c, nil, 0)
		second, _ := begin(c, nil, 0)
		c.Close(frame.ReasonNone, "over before it began")
		synctest.Wait() // the first event stands at the gate, two more wait
		go d.run()
		synctest.Wait()
		close(h.gate)
		<-first
		<-second
		b.Close()
		<-c.Done()
		if h.twice.Load() != 0 {
			t.Error("two events were handled at once")
		}
	})
}

// TestPINGIsSentAtTheAgreedTime looks at the wire: keepalive is as punctual as its timer.
func TestPINGIsSentAtTheAgreedTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := NetPipe(4096)
		var cfg Config
		cfg.Session.Params.IdleMS = 100
		cfg.Logger = quiet
		c := NewConn(a, session.Client, cfg, &caller{})
		peer := session.New(session.Config{}, session.Server, 0)
		peer.HandleInput(0, session.New(session.Config{}, session.Client, 0).TakeOutput(nil))
		peer.Next()
		b.Write(peer.TakeOutput(nil))
		synctest.Wait()
		time.Sleep(time.Hour)
		begin(c, nil, 0)
		start := Now()
		var at []time.Duration
		for p := make([]byte, 4096); ; {
			n, err := b.Read(p)
			if err != nil {
				break
			}
			if h, size := frame.ConsumeHeader(p[:n]); size > 0 && h.Type == frame.Ping {
				at = append(at, Now()-start)
			}
		}
		b.Close()
		<-c.Done()
		want := []time.Duration{100 * time.Millisecond, 200 * time.Millisecond}
		if !slices.Equal(at, want) {
			t.Errorf("PING after %v, want %v", at, want)
		}
	})
}

func TestOutputThatMakesRoomBringsTheNextMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var client Config
		client.Session = bigSession() // no CREDIT of the client helps the server along
		a, b := NetPipe(16 << 20)     // nor does a drain
		h := &pourer{size: 10_000, count: 500}
		s := NewConn(b, session.Server, Config{Logger: quiet}, h)
		got := &streamer{end: make(chan outcome, 1)}
		c := NewConn(a, session.Client, client, got)
		if _, err := c.Open(session.Open{Name: "test/pour", Flags: frame.Stream}, nil); err != nil {
			t.Fatal(err)
		}
		start := Now()
		if o := <-got.end; o.err != nil || got.bytes != h.size*h.count {
			t.Errorf("%d bytes arrived of %d, %v", got.bytes, h.size*h.count, o.err)
		}
		if d := Now() - start; d != 0 {
			t.Errorf("the stream waited %v for something else to happen", d)
		}
		c.Drain()
		<-c.Done()
		<-s.Done()
	})
}

// bigSession grants so much that no more is ever needed.
func bigSession() (cfg session.Config) {
	cfg.Params.ConnBytes, cfg.Params.StreamBytes = 1<<30, 1<<30
	return cfg
}

func TestTheTransportIsClosedWhenThePeerHasClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := NetPipe(4096)
		e := &closeCounter{pipeEnd: b.(*pipeEnd)}
		s := NewConn(e, session.Server, Config{Logger: quiet}, &echoServer{})
		synctest.Wait()
		a.Close()
		<-s.Done()
		if e.closed.Load() == 0 {
			t.Error("the descriptor leaks")
		}
	})
}

type closeCounter struct {
	*pipeEnd
	closed atomic.Int64
}

func (e *closeCounter) Close() error {
	e.closed.Add(1)
	return e.pipeEnd.Close()
}
