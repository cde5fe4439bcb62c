package transport

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

func TestEachLinkEchoesCallsOfEverySize(t *testing.T) {
	eachLink(t, func(t *testing.T, l link) {
		ln := l.listen(t, Config{}, &echoServer{})
		c := l.dial(t, ln, Config{}, &caller{})
		for _, size := range []int{0, 1, 1000, 4096, 70_000, 1 << 20, 4 << 20} {
			wantEcho(t, c, pattern(size))
		}
	})
}

func TestEachLinkServesManyConnectionsAtOnce(t *testing.T) {
	for _, worker := range []bool{false, true} {
		eachLink(t, func(t *testing.T, l link) {
			h := &echoServer{worker: worker}
			ln := l.listen(t, Config{}, h)
			var all sync.WaitGroup
			for range 4 {
				c := l.dial(t, ln, Config{}, &caller{})
				for i := range 16 {
					all.Go(func() {
						payload := pattern(17 * i)
						for range 40 {
							got, err := call(c, payload)
							if err != nil || !bytes.Equal(got, payload) {
								t.Errorf("echo of %d bytes: %d bytes, %v", len(payload), len(got), err)
								return
							}
						}
					})
				}
			}
			all.Wait()
			h.workers.Wait()
			if got := h.calls.Load(); got != 4*16*40 {
				t.Errorf("the server saw %d calls, want %d", got, 4*16*40)
			}
		})
	}
}

func TestEachLinkStreams(t *testing.T) {
	eachLink(t, func(t *testing.T, l link) {
		ln := l.listen(t, Config{}, &echoServer{})
		h := &streamer{writable: make(chan struct{}, 1), end: make(chan outcome, 1)}
		c := l.dial(t, ln, Config{}, h)
		stream, err := c.Open(session.Open{Name: "test/chan", Flags: frame.Stream}, nil)
		if err != nil {
			t.Fatal(err)
		}
		const messages, size = 300, 10_000
		for range messages {
			for !c.Message(stream, true, pattern(size)) {
				<-h.writable
			}
		}
		c.Finish(stream)
		o := <-h.end
		if o.err != nil || h.bytes != messages*size {
			t.Errorf("got %d bytes back, %v; want %d", h.bytes, o.err, messages*size)
		}
	})
}

func TestEachLinkDrainsWithoutLosingACall(t *testing.T) {
	eachLink(t, func(t *testing.T, l link) {
		h := &echoServer{worker: true, hold: make(chan struct{})}
		ln := l.listen(t, Config{}, h)
		c := l.dial(t, ln, Config{}, &caller{})
		var replies []chan outcome
		for i := range 50 {
			reply, err := begin(c, pattern(i), 0)
			if err != nil {
				t.Fatal(err)
			}
			replies = append(replies, reply)
		}
		eventually(t, "all calls have arrived", func() bool { return h.calls.Load() == 50 })
		drained := make(chan error, 1)
		go func() { drained <- ln.Drain(context.Background()) }()
		close(h.hold)
		for i, reply := range replies {
			if o := <-reply; o.err != nil || o.status != frame.OK || len(o.payload) != i {
				t.Fatalf("call %d in a drain: %+v", i, o)
			}
		}
		if err := <-drained; err != nil {
			t.Errorf("Drain: %v", err)
		}
		wantDone(t, c)
		if err := c.Err(); err != nil {
			t.Errorf("client after a drain: %v", err)
		}
		if _, err := begin(c, nil, 0); err == nil {
			t.Error("a drained connection took a call")
		}
	})
}

func TestEachLinkClosesWhatADrainLeaves(t *testing.T) {
	eachLink(t, func(t *testing.T, l link) {
		h := &echoServer{worker: true, hold: make(chan struct{})}
		ln := l.listen(t, Config{}, h)
		c := l.dial(t, ln, Config{}, &caller{})
		reply, err := begin(c, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "the call has arrived", func() bool { return h.calls.Load() == 1 })
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		if err := ln.Drain(ctx); err == nil {
			t.Error("Drain with a call that does not end: no error")
		}
		if o := <-reply; o.err == nil {
			t.Errorf("the call ended with %v", o.status)
		}
		wantDone(t, c)
		close(h.hold) // the Result of a call whose connection is gone is taken and dropped
		h.workers.Wait()
	})
}

func TestEachLinkShowsAddressesAndTLS(t *testing.T) {
	eachLink(t, func(t *testing.T, l link) {
		seen := make(chan *Conn, 1)
		h := &echoServer{onCall: func(c *Conn, _ *session.Event) bool {
			seen <- c
			return false
		}}
		ln := l.listen(t, Config{}, h)
		c := l.dial(t, ln, Config{}, &caller{})
		wantEcho(t, c, []byte("hello"))
		s := <-seen
		if l.scheme != Unix && s.RemoteAddr().String() != c.LocalAddr().String() {
			t.Errorf("server sees %v, client is %v", s.RemoteAddr(), c.LocalAddr())
		}
		if l.scheme == Unix && s.LocalAddr().String() != ln.Addr().Path {
			t.Errorf("server is at %q, want %q", s.LocalAddr(), ln.Addr().Path)
		}
		if (s.TLS() != nil) != (l.scheme == TLS) || (c.TLS() != nil) != (l.scheme == TLS) {
			t.Errorf("TLS state: server %v, client %v", s.TLS() != nil, c.TLS() != nil)
		}
		if l.mutual && s.TLS().PeerCertificates[0].Subject.CommonName != "client" {
			t.Error("the server does not see the client's certificate")
		}
	})
}
