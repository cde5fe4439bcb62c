package engine

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/pool"
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
	flags   frame.Flags // of the results
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
		conn.Result(call, session.Result{Flags: s.flags}, s.payload)
	}
	s.calls = s.calls[:0]
}

// BenchmarkCaller measures the caller's part of a call, for one caller and for many that share the
// connection: with 512 of them what their calls hold does not fit the processor's nearer caches any
// more. With GOMAXPROCS=1 the time is that of a processor.
func BenchmarkCaller(b *testing.B) {
	type order struct {
		ID          int64
		Name, Email string
		Tags        []string
		Score       float64
	}
	sent := order{1 << 40, "Ada Lovelace", "ada@engine.example", []string{"computing", "poetry"}, 99.25}
	c, err := coderFor[order]()
	if err != nil {
		b.Fatal(err)
	}
	value, _, err := c.encode(&pool.Bytes{}, &sent)
	if err != nil {
		b.Fatal(err)
	}
	ctx, raw, echo := context.Background(), make([]byte, 64), Declare1[order, order]("upper")
	for _, kind := range []struct {
		name   string
		result []byte
		flags  frame.Flags
		caller func(Service) func() error
	}{
		{"bytes", raw, frame.Bytes, func(s Service) func() error {
			m, room := s.Method("upper"), make([]byte, 0, 64)
			return func() error { _, err := CallBytes(ctx, m, room, raw); return err }
		}},
		{"value", value, 0, func(s Service) func() error {
			return func() error { _, err := echo.Call(ctx, s, sent); return err }
		}},
	} {
		for _, callers := range []int{1, 64, 512} {
			b.Run(fmt.Sprintf("%s/%d", kind.name, callers), func(b *testing.B) {
				at := &inBatches{size: callers, flags: kind.flags, payload: kind.result}
				benchmarkCallers(b, callers, at, kind.caller)
			})
		}
	}
}

// benchmarkCallers makes b.N calls of a service at an instance that is on a connection in memory.
func benchmarkCallers(b *testing.B, callers int, at *inBatches, caller func(Service) func() error) {
	config := ClientConfig{Addrs: []string{"tcp://node:1"}}
	config.dial = func(_ context.Context, _ transport.Addr, cfg transport.Config,
		h transport.Handler) (*transport.Conn, error) {
		near, _ := transport.Pipe(cfg, transport.Config{}, h, at)
		return near, nil
	}
	client, err := NewClient(config)
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	s := client.Service("lever://test/bank")
	b.ReportAllocs()
	var all sync.WaitGroup
	for range callers {
		call := caller(s)
		all.Go(func() {
			for range (b.N + callers - 1) / callers {
				if err := call(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
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
