package engine

import (
	"context"
	"testing"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// inRounds is a client below a Client: it tells when all the calls of a round are answered.
type inRounds struct {
	left int
	done chan None
}

func (c *inRounds) HandleEvent(conn *transport.Conn, ev *session.Event) {
	if ev.Kind != session.Resulted {
		return
	}
	conn.Forget(ev.Call)
	if c.left--; c.left == 0 {
		c.done <- None{}
	}
}

// BenchmarkServer measures calls of 64 bytes that come to a Server in rounds, in memory: what one
// on a worker costs beyond an inline one is the work of this package. With GOMAXPROCS=1 the time is
// that of a processor.
func BenchmarkServer(b *testing.B) {
	echo := Bytes(func(_ context.Context, dst, in []byte) ([]byte, error) {
		return append(dst, in...), nil
	})
	for _, kind := range []struct {
		name    string
		handler Handler
		round   int
	}{
		{"inline/64", Inline(echo), 64}, {"worker/64", echo, 64}, {"worker/1", echo, 1},
	} {
		b.Run(kind.name, func(b *testing.B) {
			s := NewServer(ServerConfig{Service: "bank"})
			if err := s.Handle("echo", kind.handler); err != nil {
				b.Fatal(err)
			}
			near, far := transport.NetPipe(64 << 10)
			if _, err := s.ServeConn(far); err != nil {
				b.Fatal(err)
			}
			rounds := &inRounds{done: make(chan None, 1)}
			c := transport.NewConn(near, session.Client, transport.Config{}, rounds)
			payload, open := make([]byte, 64), session.Open{Name: "bank/echo", Flags: frame.Bytes}
			b.ReportAllocs()
			for left := b.N; left > 0; left -= kind.round {
				rounds.left = kind.round
				for range kind.round {
					if _, err := c.OpenAt(transport.Now(), &open, payload, true); err != nil {
						b.Fatal(err)
					}
				}
				<-rounds.done
			}
			b.StopTimer()
			c.Close(frame.ReasonNone, "")
			if err := s.Shutdown(context.Background()); err != nil {
				b.Fatal(err)
			}
		})
	}
}
