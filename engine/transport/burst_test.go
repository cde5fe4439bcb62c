package transport

import (
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// listener echoes calls, and answers no message.
type listener struct{ echoServer }

func (l *listener) HandleEvent(c *Conn, ev *session.Event) {
	if ev.Kind == session.Message || ev.Flags&frame.Stream != 0 {
		return
	}
	l.echoServer.HandleEvent(c, ev)
}

// gated gives a connection whose writes can be made to wait, with a stream that is open on it.
func gated(t *testing.T) (c *Conn, stream *session.Call, pipe *gatedPipe) {
	t.Helper()
	a, b := NetPipe(64 << 10)
	pipe = &gatedPipe{pipeEnd: a.(*pipeEnd)}
	s := NewConn(b, session.Server, Config{}, &listener{})
	c = NewConn(pipe, session.Client, Config{}, &caller{})
	t.Cleanup(func() {
		c.Close(frame.ReasonNone, "")
		<-c.Done()
		<-s.Done()
	})
	wantEcho(t, c, nil)
	open := session.Open{Name: "test/echoChan", Flags: frame.Stream, Data: make(chan outcome, 1)}
	stream, err := c.Open(open, nil)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	return c, stream, pipe
}

func TestCallsThatAreOpenedSoonShareAWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, pipe := gated(t)
		pipe.gate = make(chan struct{})
		before := pipe.writes.Load()
		var replies []chan outcome
		for range 20 { // none of them waits at the gate
			reply := make(chan outcome, 1)
			_, err := c.OpenAt(Now(), &session.Open{Name: "test/echo", Data: reply}, nil, true)
			if err != nil {
				t.Fatal(err)
			}
			replies = append(replies, reply)
		}
		close(pipe.gate)
		for _, reply := range replies {
			if o := <-reply; o.err != nil {
				t.Fatal(o.err)
			}
		}
		if got := pipe.writes.Load() - before; got > 2 {
			t.Errorf("20 calls made %d writes, want at most 2", got)
		}
	})
}

func TestMessagesOfABurstAreNotWrittenByTheirSender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, stream, pipe := gated(t)
		send := func() (returned bool) {
			done := make(chan struct{})
			go func() {
				c.Message(stream, true, []byte("x"))
				close(done)
			}()
			synctest.Wait()
			select {
			case <-done:
				return true
			default:
				return false
			}
		}
		pipe.gate = make(chan struct{})
		if send() {
			t.Error("the first message was left to somebody else")
		}
		pipe.gate <- struct{}{}
		synctest.Wait()
		if !send() || !send() {
			t.Error("a message that follows at once waits for its write")
		}
		pipe.gate <- struct{}{}
		synctest.Wait()
		for drained := false; !drained; {
			select {
			case pipe.gate <- struct{}{}:
				synctest.Wait()
			default:
				drained = true
			}
		}
		time.Sleep(burstGap)
		if send() {
			t.Error("a message after a pause was left to somebody else")
		}
		close(pipe.gate)
	})
}

func TestAMessageTheOtherWayEndsABurst(t *testing.T) {
	var b burst
	call, other := new(session.Call), new(session.Call)
	if b.next(call, 0) || !b.next(call, 1) {
		t.Error("the second message at once is the first of a burst")
	}
	b.heard(&session.Event{Kind: session.Message, Call: other})
	b.heard(&session.Event{Kind: session.Writable, Call: call})
	if !b.next(call, 2) {
		t.Error("a burst ends with what is no message on its stream")
	}
	b.heard(&session.Event{Kind: session.Message, Call: call})
	if b.next(call, 3) || !b.next(call, 4) || b.next(other, 5) {
		t.Error("what follows a message the other way, or goes on another stream, counts as a burst")
	}
}

// TestCallersThatWereAnsweredTogetherShareAWrite: those who have their answers by one read call
// again before anything is written. Whom the runtime, or the system, takes the processor from in the
// middle of that may fall out of step with the others, so there are some tries.
func TestCallersThatWereAnsweredTogetherShareAWrite(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // so that the order is nearly always the same
	const callers, calls, tries = 32, 50, 5
	var writes []int64
	for range tries {
		n := writesOf(t, callers, calls)
		if n <= 5*calls {
			return
		}
		writes = append(writes, n)
	}
	t.Errorf("%d calls of each of %d callers made %d writes", calls, callers, writes)
}

// writesOf counts the writes of so many callers, with so many calls each, on one connection.
func writesOf(t *testing.T, callers, calls int) int64 {
	t.Helper()
	a, b := NetPipe(64 << 10)
	pipe := &gatedPipe{pipeEnd: a.(*pipeEnd)}
	s := NewConn(b, session.Server, Config{}, &listener{})
	c := NewConn(pipe, session.Client, Config{}, &caller{})
	wantEcho(t, c, nil)
	before := pipe.writes.Load()
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range calls {
				wantEcho(t, c, nil)
			}
		})
	}
	all.Wait()
	writes := pipe.writes.Load() - before
	c.Close(frame.ReasonNone, "")
	<-c.Done()
	<-s.Done()
	return writes
}
