package engine

import (
	"context"
	"testing"
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
