package transport

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// plainConn hides what a pipe can do beyond net.Conn.
type plainConn struct{ net.Conn }

func TestANetConnThatOnlyWaitsIsDrivenToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := NetPipe(4096)
		h := &echoServer{worker: true}
		s := NewConn(plainConn{b}, session.Server, Config{Logger: quiet}, h)
		c := NewConn(plainConn{a}, session.Client, Config{Logger: quiet}, &caller{})
		for _, size := range []int{0, 100, 1 << 20} {
			wantEcho(t, c, pattern(size))
		}
		c.Drain()
		<-c.Done()
		<-s.Done()
	})
}

func TestAFullSocketKeepsWhatIsLeftInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := NetPipe(1000)
		s := newSocket(a, time.Minute)
		var want []byte
		for i := range 50 {
			p := bytes.Repeat([]byte{byte(i)}, 97)
			want = append(want, p...)
			if n, err := s.Write(p); n != len(p) || err != nil {
				t.Fatalf("write %d: %d, %v", i, n, err)
			}
		}
		if !s.full() {
			t.Fatal("4,850 bytes fit into a pipe of 1,000")
		}
		done := make(chan error, 1)
		go func() { done <- s.drain() }()
		synctest.Wait()
		head := make([]byte, 7)
		for i := range 20 { // there is room for a moment, and older bytes that wait for it
			io.ReadFull(b, head)
			if !bytes.Equal(head, want[:7]) {
				t.Fatalf("bytes changed their order: % x, want % x", head, want[:7])
			}
			p := []byte{'w', byte(i)}
			s.Write(p)
			want = append(want[7:], p...)
		}
		got := make([]byte, len(want))
		if _, err := io.ReadFull(b, got); err != nil || !bytes.Equal(got, want) {
			t.Errorf("bytes changed their order, or %v", err)
		}
		if err := <-done; err != nil || s.full() {
			t.Errorf("drain: %v, full %v", err, s.full())
		}
		if n, err := s.Write([]byte("x")); n != 1 || err != nil || s.full() {
			t.Errorf("after the drain: %d, %v, full %v", n, err, s.full())
		}
	})
}

func TestWhatIsLeftIsBounded(t *testing.T) {
	a, _ := NetPipe(10)
	s := newSocket(a, time.Minute)
	var err error
	total := 0
	for ; err == nil && total < 2*mostLeft; total += 1000 {
		_, err = s.Write(make([]byte, 1000))
	}
	if !errors.Is(err, errTooMuchLeft) || total > mostLeft+2000 {
		t.Errorf("%d bytes were taken, then %v", total, err)
	}
}

func TestADrainIsGivenUpOnlyWhenNothingMoves(t *testing.T) {
	for _, reads := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			a, b := NetPipe(100)
			s := newSocket(a, 10*time.Second)
			s.Write(make([]byte, 100_000))
			start := Now()
			done := make(chan error, 1)
			go func() { done <- s.drain() }()
			if reads {
				p := make([]byte, 3000)
				for got := 0; got < 100_000; {
					time.Sleep(time.Second)
					n, err := io.ReadAtLeast(b, p, min(len(p), 100_000-got))
					if err != nil {
						t.Fatalf("given up after %d bytes: %v", got, err)
					}
					got += n
				}
				if err := <-done; err != nil || s.stalled() {
					t.Errorf("a slow reader: %v, stalled %v", err, s.stalled())
				}
				return
			}
			if err := <-done; err == nil || !s.stalled() || Now()-start != 10*time.Second {
				t.Errorf("no reader: %v after %v, stalled %v", err, Now()-start, s.stalled())
			}
		})
	}
}

func TestThePlainSourceHoldsALargeBufferOnlyWhileItIsNeeded(t *testing.T) {
	sizes := []struct {
		arrives   int
		wantLarge bool // when the next read begins
	}{
		{100, false}, {idleRead, true}, {readBytes, true}, {idleRead, true}, {idleRead - 1, false},
		{1, false},
	}
	r := &steps{}
	s := &plainSource{r: r}
	for i, tc := range sizes {
		r.next = pattern(tc.arrives)
		p, err := s.next()
		if err != nil || !bytes.Equal(p, pattern(tc.arrives)[:len(p)]) {
			t.Fatalf("read %d: %d bytes, %v", i, len(p), err)
		}
		s.fit()
		if got := s.large != nil; got != tc.wantLarge {
			t.Errorf("after a read of %d bytes a large buffer is held: %v, want %v",
				tc.arrives, got, tc.wantLarge)
		}
	}
	if _, err := s.next(); err != io.EOF || s.large != nil {
		t.Errorf("at the end: %v, large buffer %v", err, s.large != nil)
	}
}

// steps gives one slice for each read.
type steps struct{ next []byte }

func (r *steps) Read(p []byte) (int, error) {
	if r.next == nil {
		return 0, io.EOF
	}
	n := copy(p, r.next)
	r.next = nil
	return n, nil
}

func TestTLSOverAFullSocketDoesNotBlockTheReader(t *testing.T) {
	noLeak(t)
	a, b := NetPipe(8 << 10)
	cs, ss := newSocket(a, time.Minute), newSocket(b, time.Minute)
	ccfg := tlsConfig(clientTLS(t, false), "127.0.0.1")
	ct, st := tls.Client(cs, ccfg), tls.Server(ss, tlsConfig(serverTLS(t, false), ""))
	var both sync.WaitGroup
	for sock, tc := range map[*socket]*tls.Conn{cs: ct, ss: st} {
		both.Go(func() {
			if err := handshake(t.Context(), tc, sock, 10*time.Second); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	cfg := Config{Logger: quiet}.withDefaults()
	cfg.Session.Limits.AssemblyBytes = 64 << 20
	c := newConn(&cfg, session.Client, &caller{})
	s := newConn(&cfg, session.Server, &echoServer{worker: true})
	go newNetDriver(c, cs, ct).run()
	go newNetDriver(s, ss, st).run()
	var calls sync.WaitGroup
	for range 16 {
		calls.Go(func() {
			if got, err := call(c, pattern(1<<20)); err != nil || len(got) != 1<<20 {
				t.Errorf("echo of 1 MiB: %d bytes, %v", len(got), err)
			}
		})
	}
	calls.Wait()
	c.Close(frame.ReasonNone, "")
	wantDone(t, c)
	wantDone(t, s)
}
