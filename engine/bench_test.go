package engine

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// BenchmarkCall measures one caller after another on one connection in memory: the cost of the
// engine itself, without sockets. The allocations are those of both sides together.
func BenchmarkCall(b *testing.B) {
	svc := dialPipe(b, bank(b, ServerConfig{}), ClientConfig{})
	ctx := context.Background()
	add := Declare2[int64, int64, int64]("add")
	greet := Declare1[string, string]("greet")
	upper, blob, sum, hello := svc.Method("upper"), svc.Method("blob"), svc.Method("add"), svc.Method("greet")
	payload := make([]byte, 64)
	for _, c := range []struct {
		name string
		call func() error
	}{
		{"bytes inline", func() error { _, err := Call[[]byte](ctx, upper, payload); return err }},
		{"bytes on a worker", func() error { _, err := Call[[]byte](ctx, blob, payload); return err }},
		{"values inline", func() error { _, err := Call[int64](ctx, sum, int64(1000), int64(2)); return err }},
		{"values inline, declared", func() error { _, err := add.Call(ctx, svc, 1000, 2); return err }},
		{"text on a worker", func() error { _, err := Call[string](ctx, hello, "ann"); return err }},
		{"text on a worker, declared", func() error { _, err := greet.Call(ctx, svc, "ann"); return err }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := c.call(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// inBatches is an instance that answers calls with the same payload each, below a Server: what is
// measured of this package then is the caller's part alone. It waits until size calls have come and
// answers them at once, so that every run has batches of one size. For one connection.
type inBatches struct {
	size    int
	payload []byte
	calls   []*session.Call
}

func (s *inBatches) HandleEvent(conn *transport.Conn, ev *session.Event) {
	if ev.Kind != session.Called {
		return
	}
	if s.calls = append(s.calls, ev.Call); len(s.calls) < s.size {
		return
	}
	for _, call := range s.calls {
		conn.Result(call, session.Result{Flags: frame.Bytes}, s.payload)
	}
	s.calls = s.calls[:0]
}

// BenchmarkCaller measures the caller's part of a call of 64 bytes, for one caller and for 64 that
// share the connection. With GOMAXPROCS=1 the time is that of a processor.
func BenchmarkCaller(b *testing.B) {
	payload, ctx := make([]byte, 64), context.Background()
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprintf("bytes/%d", callers), func(b *testing.B) {
			config := ClientConfig{Addrs: []string{"tcp://node:1"}}
			config.dial = func(_ context.Context, _ transport.Addr, cfg transport.Config,
				h transport.Handler) (*transport.Conn, error) {
				near, _ := transport.Pipe(cfg, transport.Config{}, h,
					&inBatches{size: callers, payload: payload})
				return near, nil
			}
			client, err := NewClient(config)
			if err != nil {
				b.Fatal(err)
			}
			defer client.Close()
			m := client.Service("lever://test/bank").Method("upper")
			b.ReportAllocs()
			var all sync.WaitGroup
			for range callers {
				all.Go(func() {
					for range (b.N + callers - 1) / callers {
						if _, err := Call[[]byte](ctx, m, payload); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			all.Wait()
		})
	}
}

// BenchmarkStream measures messages of 64 bytes that go one way.
func BenchmarkStream(b *testing.B) {
	s := NewServer(ServerConfig{Service: "bank"})
	err := s.Handle("sinkChan", Chan0(func(_ context.Context, ch *Chan[Payload, None]) error {
		for _, err := range ch.All() {
			if err != nil {
				return err
			}
		}
		return nil
	}))
	if err != nil {
		b.Fatal(err)
	}
	svc := dialPipe(b, s, ClientConfig{})
	ch, err := Open[None, []byte](context.Background(), svc.Method("sinkChan"))
	if err != nil {
		b.Fatal(err)
	}
	payload := make([]byte, 64)
	b.ReportAllocs()
	b.SetBytes(int64(len(payload)))
	for b.Loop() {
		if err := ch.Send(payload); err != nil {
			b.Fatal(err)
		}
	}
	if err := ch.Close(); err != nil {
		b.Fatal(err)
	}
}
