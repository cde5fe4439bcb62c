package abuse

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/frame"
)

// serveRaw listens as a hostile server: f plays each connection, after both HELLOs.
func serveRaw(t testing.TB, f func(p *peer)) (addr string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	all.Go(func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, nc)
			mu.Unlock()
			all.Go(func() {
				defer nc.Close()
				nc.SetDeadline(time.Now().Add(patience))
				p := &peer{t: t, nc: nc}
				if h, _, err := p.next(); err != nil || h.Type != frame.Hello {
					return
				}
				body := frame.AppendParams(nil, wide, 1)
				p.send(raw(frame.Hello, 0, frame.Version, frame.Magic, 0, string(body)))
				f(p)
			})
		}
	})
	t.Cleanup(func() {
		ln.Close()
		mu.Lock()
		for _, nc := range open {
			nc.Close()
		}
		mu.Unlock()
		all.Wait()
	})
	return "tcp://" + ln.Addr().String()
}

// TestAbuseA50MaliciousServer breaks each rule as a server. The client closes, says why, and each
// of its calls ends once and with an error.
func TestAbuseA50MaliciousServer(t *testing.T) {
	result := func(id uint32) []byte { return raw(frame.Result, 0, 0, id, 0, "\xd0") }
	msg := raw(frame.Msg, frame.Bytes, 0, 1, 0, "x")
	repeat := func(n int, f []byte) (all []byte) {
		for range n {
			all = append(all, f...)
		}
		return all
	}
	tests := []struct {
		name   string
		stream bool
		bad    []byte
		want   frame.Reason
	}{
		{"messages for a call without a stream", false, msg, frame.ReasonProtocol},
		{"a result for no call", false, result(99), frame.ReasonProtocol},
		{"a result twice", true, join(result(1), result(1)), frame.ReasonProtocol},
		{"a message after the result", true, join(result(1), msg), frame.ReasonProtocol},
		{"a message after FINISH", true,
			join(raw(frame.Finish, 0, 0, 1, 0, ""), msg), frame.ReasonProtocol},
		{"a flood of messages that nobody reads", true,
			repeat(2000, raw(frame.Msg, frame.Bytes, 0, 1, 0, string(make([]byte, 1000)))),
			frame.ReasonFlow},
		{"a flood of empty messages", true,
			repeat(1100, raw(frame.Msg, frame.Bytes, 0, 1, 0, "")), frame.ReasonCalm},
		{"a flood of questions", true, repeat(1100, ping(1)), frame.ReasonCalm},
		{"a flood of grease", true, repeat(1100, raw(0x9A, 0, 0, 0, 0, "")), frame.ReasonCalm},
		{"too much credit for the connection", true, repeat(2, credit(0, 1<<31-1)), frame.ReasonFlow},
		{"too much credit for a call", true, repeat(2, credit(1, 1<<31-1)), frame.ReasonFlow},
		{"slots without end", true,
			repeat(40_000, raw(frame.Credit, 0, 0xFFFF, 0, 0, "")), frame.ReasonCalm},
		{"a GOAWAY that takes back", true, join(raw(frame.GoAway, 0, 0, 0, 1, ""),
			raw(frame.GoAway, 0, 0, 0, 3, "")), frame.ReasonProtocol},
		{"a call", true, call(2, 0, "echo", ""), frame.ReasonProtocol},
		{"a bind", true, bind(1, "echo"), frame.ReasonProtocol},
		{"a cancel", true, cancel(1), frame.ReasonProtocol},
		{"a second HELLO", true, raw(frame.Hello, 0, 1, frame.Magic, 0, ""), frame.ReasonProtocol},
		{"a frame too large", true, headerOnly(frame.Msg, 0, 1, 1<<24-1), frame.ReasonFrameTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			verdict := make(chan frame.Reason, 8)
			addr := serveRaw(t, func(p *peer) {
				for {
					h, _, err := p.next()
					if err != nil {
						return
					}
					if h.Type == frame.Call {
						break
					}
				}
				p.send(tt.bad)
				verdict <- p.drain()
			})
			client := newClient(t, addr, engine.ClientConfig{Attempts: -1})
			ctx, stop := context.WithTimeout(context.Background(), patience)
			defer stop()
			var err error
			if tt.stream {
				var ch *bytesChan
				if ch, err = engine.Open[[]byte, []byte](ctx, client.Method("idleChan")); err == nil {
					<-ch.Context().Done() // without a look at what arrives
				}
			} else if _, err = engine.Call[[]byte](ctx, client.Method("echo"), []byte("x")); err == nil {
				t.Error("the call did not fail")
			}
			select {
			case got := <-verdict:
				if got != tt.want {
					t.Errorf("the client closed for %v, want %v", got, tt.want)
				}
			case <-ctx.Done():
				t.Errorf("the client did not close, want %v (%v)", tt.want, err)
			}
		})
	}
}
