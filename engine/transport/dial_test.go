package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// mute is a listener whose connections are accepted by the kernel and never spoken to.
func mute(t *testing.T) Addr {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	return Addr{Scheme: TCP, Host: "127.0.0.1", Port: ln.Addr().(*net.TCPAddr).AddrPort().Port()}
}

func TestDialErrorsNameTheAddressAndWrapTheCause(t *testing.T) {
	free := mute(t)
	nc, err := net.Dial("tcp", free.hostPort())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close() // until then nobody else can listen at its port
	nobody := Addr{Scheme: TCP, Host: "127.0.0.1", Port: nc.LocalAddr().(*net.TCPAddr).AddrPort().Port()}
	silent := free
	silent.Scheme = TLS

	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	short, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	for _, tc := range []struct {
		name string
		ctx  context.Context
		addr Addr
		want error
	}{
		{"nobody listens", context.Background(), nobody, syscall.ECONNREFUSED},
		{"no such socket", context.Background(), Addr{Scheme: Unix, Path: "/no/such"}, syscall.ENOENT},
		{"the context is over", cancelled, free, context.Canceled},
		{"the context ends in the TLS handshake", short, silent, context.DeadlineExceeded},
	} {
		t.Run(tc.name, func(t *testing.T) {
			noLeak(t)
			c, err := Dial(tc.ctx, tc.addr, Config{}, &caller{})
			if c != nil || !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.addr.String()) {
				t.Errorf("got %v, want %q and %v in it", err, tc.addr, tc.want)
			}
		})
	}
}

func TestAHandshakeThatTakesTooLongIsGivenUp(t *testing.T) {
	noLeak(t)
	addr := mute(t)
	addr.Scheme = TLS
	_, err := Dial(context.Background(), addr, Config{HandshakeTimeout: 20 * time.Millisecond}, &caller{})
	if err == nil || !strings.Contains(err.Error(), "no TLS handshake within 20ms") {
		t.Errorf("got %v", err)
	}
}

func TestDialRefusesADriverThatCannotDial(t *testing.T) {
	_, err := Dial(context.Background(), mute(t), Config{Driver: Gnet}, &caller{})
	if err == nil || !strings.Contains(err.Error(), "gnet") {
		t.Errorf("got %v", err)
	}
}

func TestListenRefusesWhatCannotBe(t *testing.T) {
	for _, tc := range []struct {
		name string
		addr Addr
		cfg  Config
		want string
	}{
		{"TLS without a certificate", Addr{Scheme: TLS}, Config{}, "certificate"},
		{"TLS with a configuration that has none", Addr{Scheme: TLS},
			Config{TLS: &tls.Config{}}, "certificate"},
		{"TLS by gnet", Addr{Scheme: TLS},
			Config{TLS: serverTLS(t, false), Driver: Gnet}, "no TLS"},
		{"an address of another machine", Addr{Scheme: TCP, Host: "192.0.2.1"}, Config{}, "192.0.2.1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			noLeak(t)
			ln, err := Listen(tc.addr, tc.cfg, &echoServer{})
			if err == nil {
				ln.Close()
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %q does not say %q", err, tc.want)
			}
		})
	}
}

func TestTLSInsistsOnTheProtocolsName(t *testing.T) {
	noLeak(t)
	l := link{scheme: TLS}
	ln := l.listen(t, Config{}, &echoServer{})
	target := ln.Addr().hostPort()

	for _, protos := range [][]string{nil, {"h2"}} {
		cfg := clientTLS(t, false)
		cfg.NextProtos = protos
		tc, err := tls.Dial("tcp", target, cfg)
		if err == nil { // without ALPN the handshake itself succeeds
			tc.SetDeadline(time.Now().Add(10 * time.Second))
			_, err = tc.Read(make([]byte, 1))
			tc.Close()
		}
		var late net.Error
		if err == nil || errors.As(err, &late) && late.Timeout() {
			t.Errorf("a client with ALPN %q: %v, want that it is cut off", protos, err)
		}
	}
	wantEcho(t, l.dial(t, ln, Config{}, &caller{}), nil)
}

func TestTLSRefusesAServerOfAnotherKind(t *testing.T) {
	noLeak(t)
	ln, err := tls.Listen("tcp", "127.0.0.1:0", serverTLS(t, false))
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	go func() {
		if nc, err := ln.Accept(); err == nil {
			nc.(*tls.Conn).Handshake()
			nc.Close()
		}
	}()
	addr := Addr{Scheme: TLS, Host: "127.0.0.1", Port: ln.Addr().(*net.TCPAddr).AddrPort().Port()}
	_, err = Dial(context.Background(), addr, Config{TLS: clientTLS(t, false)}, &caller{})
	if err == nil || !strings.Contains(err.Error(), `want "lever/1"`) {
		t.Errorf("got %v", err)
	}
}

func TestMutualTLSRefusesAClientWithoutACertificate(t *testing.T) {
	noLeak(t)
	h := &echoServer{}
	ln := link{scheme: TLS, mutual: true}.listen(t, Config{}, h)
	c, err := Dial(context.Background(), ln.Addr(), Config{TLS: clientTLS(t, false)}, &caller{})
	if err == nil { // with TLS 1.3 the client learns of it when it reads
		wantDone(t, c)
		err = c.Err()
	}
	if err == nil || h.hellos.Load() != 0 {
		t.Errorf("ended with %v after %d HELLOs", err, h.hellos.Load())
	}
}

// TestAbuseA25SilentTLSClient has a client that says nothing cut off in time, and others served
// meanwhile. Their handshakes have no more time than that one's, which may be too little where the
// machine is busy: then there is another try with more.
func TestAbuseA25SilentTLSClient(t *testing.T) {
	noLeak(t)
	for limit := 50 * time.Millisecond; ; limit *= 4 {
		ln := link{scheme: TLS}.listen(t, Config{HandshakeTimeout: limit}, &echoServer{})
		nc, err := net.Dial("tcp", ln.Addr().hostPort())
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		if err := callBeside(t, ln, nc); err == nil {
			if err := cutOff(nc, 10*time.Second); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("a client that says nothing: %v, want that it is cut off", err)
			}
			return
		} else if limit > time.Second {
			t.Fatalf("within %v: %v", limit, err)
		}
	}
}

// callBeside dials and makes one call, while another connection is in its handshake.
func callBeside(t *testing.T, ln *Listener, silent net.Conn) error {
	c, err := Dial(context.Background(), ln.Addr(), Config{TLS: clientTLS(t, false)}, &caller{})
	if err != nil {
		return err
	}
	_, err = call(c, nil)
	if over := cutOff(silent, time.Millisecond); !errors.Is(over, os.ErrDeadlineExceeded) {
		err = errors.Join(err, fmt.Errorf("served when the silent one was cut off: %w", over))
	}
	c.Close(frame.ReasonNone, "")
	wantDone(t, c)
	return err
}

// cutOff reads for a while, and gives what ended it.
func cutOff(nc net.Conn, patience time.Duration) error {
	nc.SetReadDeadline(time.Now().Add(patience))
	_, err := nc.Read(make([]byte, 1))
	return err
}

func TestAConnectionIsForOneServerName(t *testing.T) {
	l := link{scheme: TLS}
	ln := l.listen(t, Config{}, &echoServer{})
	addr := ln.Addr()
	cfg := clientTLS(t, false)
	cfg.ServerName = "elsewhere.example"
	c, err := Dial(context.Background(), addr, Config{TLS: cfg}, &caller{})
	if err == nil {
		c.Close(frame.ReasonNone, "")
		t.Fatal("a certificate for another name was accepted")
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); !ok {
		t.Errorf("got %v, want a *tls.CertificateVerificationError in it", err)
	}
	if cfg.NextProtos != nil {
		t.Error("the caller's configuration was changed")
	}
}

func TestAConnectionThatIsServedIsNoLongerInItsHandshake(t *testing.T) {
	noLeak(t)
	l := link{scheme: TLS}
	var ln *Listener
	bound := make(chan struct{})
	h := &echoServer{onCall: func(*Conn, *session.Event) bool {
		<-bound
		ln.mu.Lock()
		defer ln.mu.Unlock()
		if n := len(ln.shaking); n != 0 {
			t.Errorf("%d connections would be cut off by a drain", n)
		}
		return false
	}}
	ln = l.listen(t, Config{}, h)
	close(bound)
	for range 20 {
		wantEcho(t, l.dial(t, ln, Config{}, &caller{}), nil)
	}
}
