package bench

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leverrpc/lever/bench/load/meter"
	"github.com/leverrpc/lever/bench/load/sample"
	"github.com/leverrpc/lever/engine"
)

// engineObject is the method that takes a value and gives it back.
var (
	engineObject = engine.Declare1[sample.Order, sample.Order]("object")
	engineInline = engine.Declare1[sample.Order, sample.Order]("inlineObject")
)

// engineService makes a server and a client of it in memory: what remains is the cost of the
// engine, without sockets. Both sides share the process, so allocations are those of both.
func engineService(tb testing.TB) engine.Service {
	object := func(_ context.Context, o sample.Order) (sample.Order, error) { return o, nil }
	bytes := func(_ context.Context, dst, in []byte) ([]byte, error) { return append(dst, in...), nil }
	inline := engineInline.Func(object)
	inline.Handler = engine.Inline(inline.Handler)
	s := engine.NewServer(engine.ServerConfig{
		Service: "bench",
		MaxWait: time.Hour, // however busy the machine is, no call may be refused
	})
	err := s.Add(engineObject.Func(object), inline,
		engine.Named{Name: "bytes", Handler: engine.Bytes(bytes)},
		engine.Named{Name: "inlineBytes", Handler: engine.Inline(engine.Bytes(bytes))},
		engine.Named{Name: "pingChan", Handler: engine.Chan0(engineEcho)},
	)
	if err != nil {
		tb.Fatal(err)
	}
	c, err := s.Pipe(engine.ClientConfig{Env: "bench"})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := c.Close(); err != nil {
			tb.Error(err)
		}
	})
	return c.Service("/bench")
}

func engineEcho(_ context.Context, ch *engine.Chan[[]byte, []byte]) error {
	for {
		p, err := ch.Recv()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = ch.Send(p)
		}
		if err != nil {
			return err
		}
	}
}

// engineOp is something that is measured, and how often both sides together may allocate for it.
type engineOp struct {
	name   string
	budget float64
	op     func() error
}

// engineOps are the operations of the bars: a value, whose text costs one copy at each side,
// and 64 bytes.
func engineOps(tb testing.TB) []engineOp {
	s := engineService(tb)
	ctx, order, payload := context.Background(), sample.TheOrder(), sample.Bytes(64)
	object := func(d engine.Declared1[sample.Order, sample.Order]) func() error {
		return func() error {
			got, err := d.Call(ctx, s, order)
			if err != nil {
				return err
			}
			return got.Check()
		}
	}
	bytes := func(m engine.Method) func() error {
		rooms := sync.Pool{New: func() any { return new([]byte) }} // there may be many callers
		return func() error {
			room := rooms.Get().(*[]byte)
			defer rooms.Put(room)
			got, err := engine.CallBytes(ctx, m, (*room)[:0], payload)
			if err != nil {
				return err
			}
			*room = got
			return sample.CheckBytes(payload, got)
		}
	}
	ch, err := engine.Open[[]byte, []byte](ctx, s.Method("pingChan"))
	if err != nil {
		tb.Fatal(err)
	}
	ping := func() error {
		if err := ch.Send(payload); err != nil {
			return err
		}
		got, err := ch.Recv()
		if err != nil {
			return err
		}
		return sample.CheckBytes(payload, got)
	}
	return []engineOp{
		{"value on a worker", 4, object(engineObject)},
		{"value inline", 4, object(engineInline)},
		{"bytes on a worker", 0, bytes(s.Method("bytes"))},
		{"bytes inline", 0, bytes(s.Method("inlineBytes"))},
		{"ping on a stream", 2, ping},
	}
}

// BenchmarkEngine runs each operation with one caller, and with 64 that share the connection. On a
// machine that others use too, compare the processor time: it does not count while they run.
func BenchmarkEngine(b *testing.B) {
	for _, o := range engineOps(b) {
		b.Run(o.name+"/1", func(b *testing.B) {
			b.ReportAllocs()
			engineCallers(b, 1, o.op)
		})
	}
	for _, o := range engineOps(b)[:4] { // a stream has one reader
		b.Run(o.name+"/64", func(b *testing.B) {
			b.ReportAllocs()
			engineCallers(b, 64, o.op)
		})
	}
}

// engineCallers shares b.N operations among callers, and reports their processor time.
func engineCallers(b *testing.B, callers int, op func() error) {
	before := meter.ReadUsage()
	var left atomic.Int64
	left.Store(int64(b.N))
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				if err := op(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	used := meter.ReadUsage().Sub(before)
	b.ReportMetric(float64(used.CPU())/float64(b.N), "cpu-ns/op")
}
