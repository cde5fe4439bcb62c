package abuse

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// handler makes a transport.Handler of a function.
type handler func(c *transport.Conn, ev *session.Event)

func (h handler) HandleEvent(c *transport.Conn, ev *session.Event) { h(c, ev) }

// TestAbuseA35CloseDoesNotWait closes while the peer's window is empty, while a writer is blocked,
// twice, and from inside of a handler. Close returns at once, and the connection is gone soon.
func TestAbuseA35CloseDoesNotWait(t *testing.T) {
	stuck := func(c *transport.Conn, ev *session.Event) { // answers with more than any buffer takes
		if ev.Kind == session.Called {
			c.Result(ev.Call, session.Result{Flags: frame.Bytes}, make([]byte, 4<<20))
		}
	}
	inside := func(c *transport.Conn, ev *session.Event) {
		last := ev.Kind == session.Called && ev.Call.ID() == 7 // the result is the call's last touch
		if stuck(c, ev); last {
			c.Close(frame.ReasonNone, "from inside")
			c.Close(frame.ReasonInternal, "and again")
		}
	}
	tests := []struct {
		name    string
		handler handler
		params  frame.Params
	}{
		{"with the window closed", stuck, frame.MinParams},
		{"with a blocked writer", stuck, wide},
		{"from a handler, with the window closed", inside, frame.MinParams},
		{"from a handler, with a blocked writer", inside, wide},
	}
	eachDriver(t, func(t *testing.T, d transport.Driver) {
		var all sync.WaitGroup // each waits for the linger
		for _, tt := range tests {
			all.Go(func() {
				const linger, margin = time.Second, 3 * time.Second
				if took := closeStuck(t, d, tt.handler, tt.params); took > linger+margin {
					t.Errorf("%s: the connection was closed after %v", tt.name, took)
				}
			})
		}
		all.Wait()
	})
}

// closeStuck makes calls whose results are not read, closes, and gives how long that takes.
func closeStuck(t *testing.T, d transport.Driver, answer handler,
	params frame.Params) time.Duration {

	conns := make(chan *transport.Conn, 1)
	h := handler(func(c *transport.Conn, ev *session.Event) {
		if ev.Kind == session.Hello {
			conns <- c
		}
		answer(c, ev)
	})
	l, err := transport.Listen(transport.Addr{Scheme: transport.TCP, Host: "127.0.0.1"},
		transport.Config{Driver: d, Logger: quiet}, h)
	if err != nil {
		t.Error(err)
		return 0
	}
	served := make(chan error, 1)
	go func() { served <- l.Serve() }()
	p := greetPeer(t, l.Addr().String(), params)
	for id := uint32(1); id < 9; id += 2 {
		p.send(call(id, 0, "big", ""))
	}
	c := <-conns
	begin := time.Now()
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() { c.Close(frame.ReasonNone, "") })
	}
	both.Wait()
	<-c.Done()
	took := time.Since(begin)
	l.Close()
	<-served
	return took
}

// TestAbuseA36MutualFlood has both sides send more than the buffers between them hold, at once, in
// virtual time: a lock-up is a panic.
func TestAbuseA36MutualFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := transport.Config{Logger: quiet}
		cfg.Session.Limits.AssemblyBytes = 64 << 20
		srv, err := newServer(&gauge{}, cfg, quiet)
		if err != nil {
			t.Fatal(err)
		}
		a, b := transport.NetPipe(4096)
		sc, err := srv.ServeConn(b)
		if err != nil {
			t.Fatal(err)
		}
		n := times(16, 64)
		type answer struct {
			body []byte
			err  error
		}
		answers := make(chan answer, n)
		h := handler(func(c *transport.Conn, ev *session.Event) {
			if ev.Kind == session.Resulted {
				body, err := bytes.Clone(ev.Payload), ev.Err
				if ev.Status != frame.OK {
					err = errors.New(ev.Status.String())
				}
				c.Forget(ev.Call)
				answers <- answer{body, err}
			}
		})
		cc := transport.NewConn(a, session.Client, cfg, h)
		big := bytes.Repeat([]byte{7}, 1<<20)
		for range n {
			o := session.Open{Name: service + "/work", Flags: frame.Bytes}
			if _, err := cc.Open(o, big); err != nil {
				t.Fatal(err)
			}
		}
		for range n {
			if got := <-answers; got.err != nil || !bytes.Equal(got.body, big) {
				t.Fatalf("%d bytes, %v", len(got.body), got.err)
			}
		}
		cc.Drain()
		<-cc.Done()
		<-sc.Done()
		srv.Shutdown(context.Background())
	})
}

// TestAbuseA44Secrets gives secrets to a server and makes it complain in all the ways that it has:
// none of them may tell a secret.
func TestAbuseA44Secrets(t *testing.T) {
	const secret = "hunter2-hunter2"
	c := startChild(t, order{})
	params := wide
	params.Auth = []byte(secret)
	block := frame.AppendExtension(nil, frame.ExtMetadata,
		append([]byte{1, 'k', byte(len(secret)), 0}, secret...))
	quit := func(frames ...[]byte) {
		p := greetPeer(t, c.addr, params)
		p.send(frames...)
		var told []byte
		buf := make([]byte, 64<<10)
		p.nc.SetDeadline(time.Now().Add(300 * time.Millisecond))
		for {
			n, err := p.nc.Read(buf)
			told = append(told, buf[:n]...)
			var timeout net.Error
			if errors.As(err, &timeout) && timeout.Timeout() || err != nil {
				break
			}
		}
		p.nc.Close()
		if s := string(told); strings.Contains(s, secret) || strings.Contains(s, panicText) {
			t.Errorf("after %s a peer was told %q", lines(frames[0]), s)
		}
	}
	crash := func(method string) []byte {
		head := frame.AppendCallHead(nil, 0, service+"/"+method, block)
		return raw(frame.Call, frame.Ext, 0, 1, 0, string(head)+"\x81\x04\x43now")
	}
	quit(crash("panic"))
	quit(crash("panicInline"))
	quit(callExt(1, 0, "nope", block, ""))
	quit(callExt(1, 0, "echo", append(block, 0x7F, 0, 0), ""))
	quit(callExt(1, 0, "echo", append(block, 0x81, 9, 9), ""))
	quit(callExt(1, 0, "wait", block, ""), callExt(1, 0, "wait", block, ""))
	quit(hello(params))
	quit(raw(0x0B, 0, 0, 0, 0, secret))
	broken := dialPeer(t, c.addr) // a HELLO that is wrong behind its AUTH
	body := frame.AppendParams(nil, frame.Params{Auth: []byte(secret)}, 1)
	broken.send(raw(frame.Hello, 0, 1, frame.Magic, 1, string(body)+"\x01\x00\x04\x00\x00"))
	for {
		h, text, err := broken.next()
		if err != nil {
			break
		}
		if strings.Contains(string(text), secret) {
			t.Errorf("%v tells %q", h, text)
		}
	}
	if log := c.log.String(); strings.Contains(log, secret) {
		t.Errorf("the server's log has the secret:\n%s", clip(log))
	} else if !strings.Contains(log, panicText) {
		t.Errorf("the server's log does not tell of the panic:\n%s", clip(log))
	}
	if text, _ := frame.Explain(hello(params)); strings.Contains(text, secret) {
		t.Errorf("the explanation has the secret: %s", text)
	}
	if text, _ := frame.Explain(callExt(1, 0, "echo", block, "")); strings.Contains(text, secret) {
		t.Errorf("the explanation has the secret: %s", text)
	}
}

// TestAbuseA29FileExhaustion lets a server run out of descriptors: who is inside is served, and
// when there are descriptors again it accepts again.
func TestAbuseA29FileExhaustion(t *testing.T) {
	eachDriver(t, func(t *testing.T, d transport.Driver) {
		o := order{Driver: d, Files: 64}
		o.Limits.HelloTimeout = 700 * time.Millisecond
		siege(t, o, 8<<20, func(c *child) {
			var outside []net.Conn
			for range times(150, 1000) {
				if nc, err := net.DialTimeout("tcp", c.addr[len("tcp://"):], time.Second); err == nil {
					outside = append(outside, nc)
				}
			}
			time.Sleep(200 * time.Millisecond)
			wantEcho(t, c.honest, "inside")
			for _, nc := range outside {
				nc.Close()
			}
			p := greetPeer(t, c.addr, wide)
			p.send(call(1, 0, "echo", "outside"))
			p.awaitResult(1)
			p.nc.Close()
		})
	})
}

// TestAbuseA29OneHost opens more connections than one host may have.
func TestAbuseA29OneHost(t *testing.T) {
	eachDriver(t, func(t *testing.T, d transport.Driver) {
		addr, _ := serve(t, transport.Config{Driver: d, MaxConnsPerHost: 5})
		var inside []*peer
		for range 5 {
			p := greetPeer(t, addr, wide)
			p.wantOpen()
			inside = append(inside, p)
		}
		for range 20 {
			p := dialPeer(t, addr)
			p.send(hello(wide))
			p.wantGone()
			if p.read.Load() > 64 {
				t.Errorf("one too many was sent %d bytes", p.read.Load())
			}
		}
		for _, p := range inside {
			p.wantOpen()
		}
		inside[0].reset()
		eventually(t, "the place is free", func() bool {
			p := greetPeer(t, addr, wide)
			defer p.nc.Close()
			_, _, err := p.next()
			return err == nil
		})
	})
}
