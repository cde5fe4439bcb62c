package transport

import (
	"errors"
	"log/slog"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// countedPipe counts the writes of one end.
type countedPipe struct {
	*pipeEnd
	writes atomic.Int64
}

func (p *countedPipe) tryWrite(b []byte) (int, error) {
	p.writes.Add(1)
	return p.pipeEnd.tryWrite(b)
}

// quietPipe is Pipe with a buffer of size bytes, and without a word in the log.
func quietPipe(size int, ch, sh Handler) (c, s *Conn) {
	a, b := NetPipe(size)
	cfg := Config{Logger: quiet}
	return NewConn(a, session.Client, cfg, ch), NewConn(b, session.Server, cfg, sh)
}

func TestABatchOfCallsIsAnsweredInOneWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := NetPipe(64 << 10)
		server := &countedPipe{pipeEnd: b.(*pipeEnd)}
		s := NewConn(server, session.Server, Config{}, &echoServer{})
		c := NewConn(a, session.Client, Config{}, &caller{})
		wantEcho(t, c, nil)
		synctest.Wait()
		before := server.writes.Load()

		// The calls are appended as one goroutine does it that holds the processor.
		replies := make(chan outcome, 30)
		c.mu.Lock()
		for range 30 {
			c.session.Open(Now(), &session.Open{Name: "test/echo", Data: replies}, []byte("x"))
		}
		c.settle(false)
		c.mu.Unlock()
		for range 30 {
			if o := <-replies; o.err != nil {
				t.Fatal(o.err)
			}
		}
		if got := server.writes.Load() - before; got != 1 {
			t.Errorf("30 calls that arrived at once were answered in %d writes, want 1", got)
		}
		c.Drain()
		<-c.Done()
		<-s.Done()
	})
}

func TestGoroutinesThatFindAFlusherLeaveTheirOutputToIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := NetPipe(64 << 10)
		slow := &gatedPipe{pipeEnd: a.(*pipeEnd)}
		s := NewConn(b, session.Server, Config{}, &echoServer{})
		c := NewConn(slow, session.Client, Config{}, &caller{})
		wantEcho(t, c, nil)
		synctest.Wait()

		slow.gate = make(chan struct{})
		before := slow.writes.Load()
		var replies []chan outcome
		for range 20 {
			go func() {
				reply, err := begin(c, []byte("x"), 0)
				if err != nil {
					t.Error(err)
				}
				replies = append(replies, reply)
			}()
			synctest.Wait() // the first is in its write now, the others have returned
		}
		if len(replies) != 19 {
			t.Errorf("%d of 20 goroutines returned while one writes, want 19", len(replies))
		}
		close(slow.gate)
		synctest.Wait()
		for _, reply := range replies {
			if o := <-reply; o.err != nil {
				t.Fatal(o.err)
			}
		}
		if got := slow.writes.Load() - before; got != 2 {
			t.Errorf("20 goroutines made %d writes, want 2", got)
		}
		c.Drain()
		<-c.Done()
		<-s.Done()
	})
}

// gatedPipe is a pipe whose writes wait at a gate, as a system call takes its time.
type gatedPipe struct {
	*pipeEnd
	gate   chan struct{}
	writes atomic.Int64
}

func (p *gatedPipe) tryWrite(b []byte) (int, error) {
	p.writes.Add(1)
	if p.gate != nil {
		<-p.gate
	}
	return p.pipeEnd.tryWrite(b)
}

func TestACallEndsAtItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &echoServer{worker: true, hold: make(chan struct{})}
		c, s := quietPipe(4096, &caller{}, h)
		start := Now()
		late, err := begin(c, nil, start+3*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		early, err := begin(c, nil, start+time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if o := <-early; o.status != frame.DeadlineExceeded || Now()-start != time.Second {
			t.Errorf("first: %v after %v, want %v after 1s", o.status, Now()-start, frame.DeadlineExceeded)
		}
		if o := <-late; o.status != frame.DeadlineExceeded || Now()-start != 3*time.Second {
			t.Errorf("second: %v after %v, want %v after 3s", o.status, Now()-start, frame.DeadlineExceeded)
		}
		close(h.hold)
		c.Drain()
		<-c.Done()
		<-s.Done()
	})
}

func TestTheTimerIsNotSetForEveryCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := quietPipe(4096, &caller{}, &echoServer{})
		wantEcho(t, c, nil)
		alarm := func() time.Duration {
			c.mu.Lock()
			defer c.mu.Unlock()
			return c.alarm.at
		}
		time.Sleep(10 * time.Second) // past the HELLO timer
		first := time.Duration(0)
		for i := range 10 {
			reply, err := begin(c, nil, Now()+time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			<-reply
			if first == 0 {
				first = alarm()
			}
			if at := alarm(); at == 0 || at != first {
				t.Errorf("call %d moved the timer from %v to %v", i, first, at)
			}
			time.Sleep(time.Second)
		}
		c.Drain()
		<-c.Done()
		<-s.Done()
	})
}

func TestAbuseA25PeerThatSaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := NetPipe(4096)
		start := Now()
		s := NewConn(b, session.Server, Config{Logger: quiet}, &echoServer{})
		<-s.Done()
		if d := Now() - start; d < 5*time.Second || d > 6*time.Second {
			t.Errorf("a silent client was closed after %v, want 5s and at most 1s more", d)
		}
		wantFault(t, s.Err(), frame.ReasonTimeout)
		a.Close()
	})
}

func TestAbuseA27HalfOpenPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &echoServer{worker: true, hold: make(chan struct{})}
		c, s, cut := cuttablePipe(&caller{}, h)
		wantHello(t, c, h)
		reply, err := begin(c, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		cut.Store(true)
		start := Now()
		o := <-reply
		if o.effect != session.MaybeExecuted || o.err == nil {
			t.Errorf("a call to a peer that is gone: %v, %v", o.effect, o.err)
		}
		if d := Now() - start; d > 100*time.Second {
			t.Errorf("found after %v", d)
		}
		<-c.Done()
		wantFault(t, c.Err(), frame.ReasonTimeout)
		close(h.hold)
		s.Close(frame.ReasonNone, "")
		<-s.Done()
	})
}

// wantHello waits until both sides know each other.
func wantHello(t *testing.T, c *Conn, h *echoServer) {
	t.Helper()
	synctest.Wait()
	if h.hellos.Load() != 1 || c.Remote().Calls <= frame.MinParams.Calls {
		t.Fatal("no HELLO was exchanged")
	}
}

// cuttablePipe is a pipe that swallows what the server writes once it is cut: a network that
// has gone, and tells nobody.
func cuttablePipe(ch, sh Handler) (c, s *Conn, cut *atomic.Bool) {
	a, b := NetPipe(4096)
	e := &cutEnd{pipeEnd: b.(*pipeEnd)}
	cfg := Config{Logger: quiet}
	return NewConn(a, session.Client, cfg, ch), NewConn(e, session.Server, cfg, sh), &e.cut
}

type cutEnd struct {
	*pipeEnd
	cut atomic.Bool
}

func (e *cutEnd) tryWrite(b []byte) (int, error) {
	if e.cut.Load() {
		return len(b), nil
	}
	return e.pipeEnd.tryWrite(b)
}

func TestThePeersEndIsTheEndOfItsCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := NetPipe(4096)
		c := NewConn(a, session.Client, Config{Logger: quiet}, &caller{})
		reply, err := begin(c, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		b.Close()
		if o := <-reply; o.err == nil || o.effect != session.MaybeExecuted {
			t.Errorf("call: %v, %v", o.effect, o.err)
		}
		<-c.Done()
		if c.Err() == nil {
			t.Error("a connection that was cut ended without an error")
		}
	})
}

func TestACleanEndIsNoError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &echoServer{}
		c, s := quietPipe(4096, &caller{}, h)
		wantEcho(t, c, nil)
		c.Close(frame.ReasonNone, "done")
		<-c.Done()
		<-s.Done()
		var g *session.Goodbye
		if !errors.As(c.Err(), &g) || !g.Local {
			t.Errorf("the closing side ended with %v", c.Err())
		}
		if h.ended.Load() != 1 {
			t.Errorf("%d Ended events at the server, want 1", h.ended.Load())
		}
	})
}

func TestDoneComesAfterTheEndedEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		h := &echoServer{onEnded: func(*Conn, error) { <-gate }} // a handler must not block; a test may
		c, s := quietPipe(4096, &caller{}, h)
		wantEcho(t, c, nil)
		c.Close(frame.ReasonNone, "")
		synctest.Wait()
		select {
		case <-s.Done():
			t.Error("Done is closed while Ended is handled")
		default:
		}
		close(gate)
		<-s.Done()
		<-c.Done()
	})
}

func TestAHandlerMayCallEveryMethod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &echoServer{onCall: func(c *Conn, ev *session.Event) bool {
			c.Attach(ev.Call, 1)
			c.Live()
			c.Remote()
			c.Err()
			c.Result(ev.Call, session.Result{Status: frame.Internal}, nil)
			c.Drain()
			c.Close(frame.ReasonNone, "bye")
			return true
		}}
		c, s := quietPipe(4096, &caller{}, h)
		reply, err := begin(c, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		if o := <-reply; o.status != frame.Internal || o.err != nil {
			t.Errorf("the Result that went before the goodbye: %v, %v", o.status, o.err)
		}
		<-s.Done()
		<-c.Done()
	})
}

func TestAbuseA45HandlerPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &countedLog{}
		a, b := NetPipe(4096)
		h := &echoServer{onCall: func(*Conn, *session.Event) bool { panic("a secret") }}
		s := NewConn(b, session.Server, Config{Logger: slog.New(log)}, h)
		c := NewConn(a, session.Client, Config{Logger: quiet}, &caller{})
		reply, err := begin(c, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		if o := <-reply; o.err == nil {
			t.Error("the call of a handler that panicked ended well")
		}
		<-s.Done()
		<-c.Done()
		wantFault(t, s.Err(), frame.ReasonInternal)
		wantFault(t, c.Err(), frame.ReasonInternal)
		var g *session.Goodbye
		if errors.As(c.Err(), &g); g == nil || g.Text != "the handler failed" {
			t.Errorf("the peer was told %v", c.Err())
		}
		if log.errors.Load() != 1 || h.ended.Load() != 1 {
			t.Errorf("%d words in the log, %d Ended events; want 1, 1", log.errors.Load(), h.ended.Load())
		}
	})
}

var _ net.Conn = (*cutEnd)(nil)
