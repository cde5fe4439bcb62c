package transport

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

func TestAbuseA36BothSidesFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := NetPipe(4096)
		cfg := Config{Logger: quiet}
		cfg.Session.Limits.AssemblyBytes = 64 << 20
		s := NewConn(b, session.Server, cfg, &echoServer{worker: true})
		c := NewConn(a, session.Client, cfg, &caller{})
		big := pattern(1 << 20)
		var replies []chan outcome
		for range 64 {
			reply, err := begin(c, big, 0)
			if err != nil {
				t.Fatal(err)
			}
			replies = append(replies, reply)
		}
		for _, reply := range replies {
			if o := <-reply; o.err != nil || !bytes.Equal(o.payload, big) {
				t.Fatalf("echo of 1 MiB over a 4 KiB pipe: %v, %d bytes, %v",
					o.status, len(o.payload), o.err)
			}
		}
		c.Drain()
		<-c.Done()
		<-s.Done()
	})
}

func TestAbuseA12SlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := NetPipe(4096)
		h := &echoServer{}
		s := NewConn(b, session.Server, Config{Logger: quiet}, h)
		c := session.New(session.Config{}, session.Client, Now())
		for range 30 {
			c.Open(Now(), &session.Open{Name: "test/echo", Flags: frame.Bytes}, pattern(2000))
		}
		for out := c.TakeOutput(nil); out != nil; out = c.TakeOutput(nil) {
			a.Write(out)
		}
		synctest.Wait()
		start := Now()
		<-s.Done() // nobody reads what the server sends
		if d := Now() - start; d < 29*time.Second || d > 32*time.Second {
			t.Errorf("a peer that takes nothing was closed after %v, want 30s", d)
		}
		wantFault(t, s.Err(), frame.ReasonTimeout)
		if h.ended.Load() != 1 {
			t.Errorf("%d Ended events, want 1", h.ended.Load())
		}
		a.Close()
	})
}

func TestASlowReaderThatGoesOnReadingIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := NetPipe(4096)
		s := NewConn(b, session.Server, Config{Logger: quiet}, &echoServer{})
		c := session.New(session.Config{NoIdle: true}, session.Client, Now())
		c.Open(Now(), &session.Open{Name: "test/echo", Flags: frame.Bytes}, pattern(60_000))
		for out := c.TakeOutput(nil); out != nil; out = c.TakeOutput(nil) {
			a.Write(out)
		}
		read, p := 0, make([]byte, 1000)
		for read < 60_000 {
			n, err := a.Read(p)
			if err != nil {
				t.Fatalf("closed after %d bytes: %v", read, err)
			}
			read += n
			time.Sleep(time.Second)
		}
		s.Close(frame.ReasonNone, "")
		a.Close()
		<-s.Done()
	})
}

func TestAbuseA35CloseWhileTheWriterIsStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := NetPipe(4096)
		s := NewConn(b, session.Server, Config{Logger: quiet}, &echoServer{})
		c := session.New(session.Config{}, session.Client, Now())
		c.Open(Now(), &session.Open{Name: "test/echo", Flags: frame.Bytes}, pattern(60_000))
		for out := c.TakeOutput(nil); out != nil; out = c.TakeOutput(nil) {
			a.Write(out)
		}
		synctest.Wait()
		start := Now()
		s.Close(frame.ReasonNone, "once")
		s.Close(frame.ReasonNone, "and twice")
		if d := Now() - start; d != 0 {
			t.Errorf("Close took %v", d)
		}
		<-s.Done()
		if d := Now() - start; d > lingerMax {
			t.Errorf("closed after %v, want at most %v", d, lingerMax)
		}
		a.Close()
	})
}

func TestTheGoodbyeArrivesAlthoughInputIsUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := NetPipe(1 << 20)
		s := NewConn(b, session.Server, Config{Logger: quiet}, &echoServer{})
		a.Write(append([]byte("GET / HTTP/1.1\r\n\r\n"), make([]byte, 64<<10)...))
		got, err := io.ReadAll(a)
		if err != nil {
			t.Fatal(err)
		}
		h, n := frame.ConsumeHeader(got)
		if n == 0 || h.Type != frame.GoAway || frame.Reason(h.Code) == frame.ReasonNone {
			t.Errorf("a stranger was told % x", got)
		}
		a.Close()
		<-s.Done()
		var f *session.Fault
		if !errors.As(s.Err(), &f) {
			t.Errorf("the server found %v", s.Err())
		}
	})
}

func TestAWriteErrorLeavesWhatThePeerSaidBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := NetPipe(64 << 10)
		e := &deafEnd{pipeEnd: a.(*pipeEnd)}
		c := NewConn(e, session.Client, Config{Logger: quiet}, &caller{})
		s := session.New(session.Config{}, session.Server, Now())
		reply, err := begin(c, []byte("x"), 0)
		if err != nil {
			t.Fatal(err)
		}
		in := make([]byte, 4096)
		for call := (*session.Call)(nil); call == nil; {
			n, _ := b.Read(in)
			s.HandleInput(Now(), in[:n])
			for ev := s.Next(); ev != nil; ev = s.Next() {
				if ev.Kind == session.Called {
					call = ev.Call
					s.Result(Now(), call, session.Result{}, nil)
				}
			}
		}
		synctest.Wait()
		e.deaf = true
		if _, err := begin(c, nil, 0); err != nil { // its write fails
			t.Fatal(err)
		}
		for out := s.TakeOutput(nil); out != nil; out = s.TakeOutput(nil) {
			b.Write(out)
		}
		if o := <-reply; o.err != nil || o.status != frame.OK {
			t.Errorf("the result that came after the write error: %v, %v", o.status, o.err)
		}
		<-c.Done()
		if !errors.Is(c.Err(), errDeaf) {
			t.Errorf("connection ended with %v, want the error of writing", c.Err())
		}
		b.Close()
	})
}

var errDeaf = errors.New("nobody listens")

// deafEnd fails to write when it is told to.
type deafEnd struct {
	*pipeEnd
	deaf bool
}

func (e *deafEnd) tryWrite(p []byte) (int, error) {
	if e.deaf {
		return 0, errDeaf
	}
	return e.pipeEnd.tryWrite(p)
}
