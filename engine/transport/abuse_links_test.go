package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// rawDial connects without a session.
func rawDial(t *testing.T, ln *Listener) net.Conn {
	t.Helper()
	a := ln.Addr()
	nc, err := net.Dial(a.network(), a.dialText())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(10 * time.Second))
	return nc
}

// requests is what a client sends that makes n calls of size bytes at once, and grants the server
// all the credit that there is.
func requests(n, size int) []byte {
	cfg := session.Config{NoIdle: true}
	cfg.Params.ConnBytes, cfg.Params.StreamBytes = 1<<30, 1<<30
	s := session.New(cfg, session.Client, Now())
	for range n {
		s.Open(Now(), &session.Open{Name: "test/echo", Flags: frame.Bytes}, pattern(size))
	}
	var all []byte
	for out := s.TakeOutput(nil); out != nil; out = s.TakeOutput(nil) {
		all = append(all, out...)
	}
	return all
}

func TestAbuseA25SilentClientOnEachLink(t *testing.T) {
	eachPlainLink(t, func(t *testing.T, l link) {
		h := &echoServer{}
		cfg := Config{}
		cfg.Session.Limits.HelloTimeout = 50 * time.Millisecond
		ln := l.listen(t, cfg, h)
		got, err := io.ReadAll(rawDial(t, ln))
		if err != nil {
			t.Fatal(err)
		}
		hd, n := frame.ConsumeHeader(got)
		if n == 0 || hd.Type != frame.GoAway || frame.Reason(hd.Code) != frame.ReasonTimeout {
			t.Errorf("a silent client was told % x, want GOAWAY with TIMEOUT", got)
		}
	})
}

func TestAbuseA51StrangerOnEachLink(t *testing.T) {
	eachPlainLink(t, func(t *testing.T, l link) {
		h := &echoServer{}
		ln := l.listen(t, Config{}, h)
		nc := rawDial(t, ln)
		nc.Write(append([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), make([]byte, 100_000)...))
		got, err := io.ReadAll(nc)
		if err != nil {
			t.Fatal(err)
		}
		if hd, n := frame.ConsumeHeader(got); n == 0 || hd.Type != frame.GoAway || len(got) > 64+16 {
			t.Errorf("a stranger was told % x", got)
		}
		nc.Close()
		eventually(t, "the connection is gone", func() bool { return h.ended.Load() == 1 })
	})
}

func TestAbuseA30OpenAndAbort(t *testing.T) {
	eachPlainLink(t, func(t *testing.T, l link) {
		h := &echoServer{}
		ln := l.listen(t, Config{}, h)
		const storm = 300
		for i := range storm {
			nc, err := net.Dial(ln.Addr().network(), ln.Addr().dialText())
			if err != nil {
				t.Fatal(err)
			}
			if tc, ok := nc.(*net.TCPConn); ok && i%2 == 0 {
				tc.SetLinger(0) // a reset instead of a close
			}
			if i%3 == 0 {
				nc.Write(requests(3, 100))
			}
			nc.Close()
		}
		wantEcho(t, l.dial(t, ln, Config{}, &caller{}), []byte("still here"))
		eventually(t, "the others are gone", func() bool { return h.ended.Load() == storm })
		eventually(t, "their places are free", func() bool { return inside(ln) == 1 })
	})
}

// inside is the number of connections that a listener counts.
func inside(ln *Listener) int {
	ln.mu.Lock()
	conns := len(ln.conns)
	ln.mu.Unlock()
	ln.door.mu.Lock()
	defer ln.door.mu.Unlock()
	return max(conns, ln.door.inside)
}

func TestAbuseA12SlowReaderOnEachLink(t *testing.T) {
	eachPlainLink(t, func(t *testing.T, l link) {
		ended := make(chan error, 1)
		h := &echoServer{
			onCall: func(c *Conn, ev *session.Event) bool {
				c.Result(ev.Call, session.Result{Flags: frame.Bytes}, make([]byte, 1<<20))
				return true
			},
			onEnded: func(_ *Conn, err error) { ended <- err },
		}
		ln := l.listen(t, Config{StallTimeout: 300 * time.Millisecond}, h)
		nc := rawDial(t, ln)
		nc.Write(requests(60, 0)) // 60 MiB of results, which nobody reads
		select {
		case err := <-ended:
			wantFault(t, err, frame.ReasonTimeout)
		case <-time.After(8 * time.Second):
			t.Fatalf("a client that does not read is kept\n%s", stacks())
		}
	})
}

func TestMaxConnsClosesOneTooMany(t *testing.T) {
	eachLink(t, func(t *testing.T, l link) {
		ln := l.listen(t, Config{MaxConns: 2}, &echoServer{})
		a := l.dial(t, ln, Config{}, &caller{})
		b := l.dial(t, ln, Config{}, &caller{})
		wantEcho(t, a, nil)
		wantEcho(t, b, nil)
		nc := rawDial(t, ln)
		if _, err := nc.Read(make([]byte, 1)); err == nil {
			t.Error("a third connection was served")
		}
		a.Close(frame.ReasonNone, "")
		wantDone(t, a)
		eventually(t, "the place is free", func() bool { return inside(ln) == 1 })
		wantEcho(t, l.dial(t, ln, Config{}, &caller{}), nil)
		wantEcho(t, b, nil)
	})
}

func TestCloseOfAListenerEndsAllAndServe(t *testing.T) {
	eachLink(t, func(t *testing.T, l link) {
		h := &echoServer{}
		ln := l.listen(t, Config{}, h)
		var conns []*Conn
		for range 5 {
			c := l.dial(t, ln, Config{}, &caller{})
			wantEcho(t, c, nil)
			conns = append(conns, c)
		}
		rawDial(t, ln) // one that has not said HELLO
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() { ln.Close() })
		}
		both.Wait()
		for _, c := range conns {
			wantDone(t, c)
			var g *session.Goodbye
			if !errors.As(c.Err(), &g) && c.Err() != nil {
				t.Errorf("client ended with %v", c.Err())
			}
		}
		if err := ln.Drain(context.Background()); err != nil {
			t.Errorf("Drain after Close: %v", err)
		}
		if err := ln.Serve(); err == nil {
			t.Error("a second Serve did not say so")
		}
	})
}

func TestAPeerThatResetsWhileItIsWrittenTo(t *testing.T) {
	eachPlainLink(t, func(t *testing.T, l link) {
		h := &echoServer{worker: true}
		ln := l.listen(t, Config{}, h)
		for range 30 {
			nc := rawDial(t, ln)
			nc.Write(requests(20, 2000))
			nc.Read(make([]byte, 100))
			if tc, ok := nc.(*net.TCPConn); ok {
				tc.SetLinger(0)
			}
			nc.Close()
		}
		eventually(t, "all are gone", func() bool { return h.ended.Load() == 30 })
		h.workers.Wait()
		wantEcho(t, l.dial(t, ln, Config{}, &caller{}), nil)
	})
}

func TestAbuseA36OnEachLink(t *testing.T) {
	eachLink(t, func(t *testing.T, l link) {
		var cfg Config
		cfg.Session.Limits.AssemblyBytes = 64 << 20
		h := &echoServer{worker: true}
		ln := l.listen(t, cfg, h)
		c := l.dial(t, ln, cfg, &caller{})
		big := pattern(1 << 20)
		var replies []chan outcome
		for range 40 {
			reply, err := begin(c, big, 0)
			if err != nil {
				t.Fatal(err)
			}
			replies = append(replies, reply)
		}
		for _, reply := range replies {
			select {
			case o := <-reply:
				if o.err != nil || !bytes.Equal(o.payload, big) {
					t.Fatalf("echo of 1 MiB: %v, %d bytes, %v", o.status, len(o.payload), o.err)
				}
			case <-time.After(20 * time.Second):
				t.Fatalf("locked up\n%s", stacks())
			}
		}
	})
}
