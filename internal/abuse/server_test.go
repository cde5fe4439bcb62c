package abuse

import (
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/engine/transport"
)

// service is what the test server serves.
const service = "abuse"

// gauge counts the handlers of the slow method.
type gauge struct {
	running, most, started atomic.Int64
}

func (g *gauge) enter() {
	n := g.running.Add(1)
	g.started.Add(1)
	for {
		most := g.most.Load()
		if n <= most || g.most.CompareAndSwap(most, n) {
			return
		}
	}
}

func (g *gauge) leave() { g.running.Add(-1) }

// stats is what a server tells about itself.
type stats struct {
	Running, Most, Started, Goroutines int
	Heap                               int // bytes in use after a collection
}

func (g *gauge) stats(context.Context) (stats, error) {
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return stats{
		Running: int(g.running.Load()), Most: int(g.most.Load()), Started: int(g.started.Load()),
		Goroutines: runtime.NumGoroutine(), Heap: int(m.HeapAlloc),
	}, nil
}

// nap is how long the slow method works, whether it is wanted or not.
const nap = 50 * time.Millisecond

// methods are those of the test server.
func methods(g *gauge) []engine.Named {
	echo := func(_ context.Context, dst, in []byte) ([]byte, error) { return append(dst, in...), nil }
	slow := func(_ context.Context, dst, in []byte) ([]byte, error) {
		g.enter()
		defer g.leave()
		time.Sleep(nap)
		return append(dst, in...), nil
	}
	wait := func(ctx context.Context, dst, in []byte) ([]byte, error) {
		g.enter()
		defer g.leave()
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return []engine.Named{
		{Name: "echo", Handler: engine.Inline(engine.Bytes(echo))},
		{Name: "work", Handler: engine.Bytes(echo)},
		{Name: "slow", Handler: engine.Bytes(slow)},
		{Name: "wait", Handler: engine.Bytes(wait)},
		{Name: "big", Handler: engine.Inline(engine.Bytes(big))},
		{Name: "any", Handler: engine.Func1(anything)},
		{Name: "stats", Handler: engine.Func0(g.stats)},
		{Name: "echoChan", Handler: engine.Chan0(echoAll)},
		{Name: "idleChan", Handler: engine.Chan0(idle)},
		{Name: "readChan", Handler: engine.Chan0(readAll)},
		{Name: "panic", Handler: engine.Func1(crash)},
		{Name: "panicInline", Handler: engine.Inline(engine.Func1(crash))},
		{Name: "panicChan", Handler: engine.Chan1(crashStream)},
	}
}

// big answers four bytes with as many as they say.
func big(_ context.Context, dst, in []byte) ([]byte, error) {
	if len(in) != 4 {
		return nil, errors.New("want four bytes")
	}
	return append(dst, make([]byte, binary.LittleEndian.Uint32(in))...), nil
}

// size is the argument of big.
func size(n int) string { return string(binary.LittleEndian.AppendUint32(nil, uint32(n))) }

func anything(_ context.Context, v any) (any, error) { return v, nil }

type bytesChan = engine.Chan[[]byte, []byte]

func echoAll(_ context.Context, ch *bytesChan) error {
	for m, err := range ch.All() {
		if err != nil {
			return err
		}
		if err := ch.Send(m); err != nil {
			return err
		}
	}
	return nil
}

func idle(ctx context.Context, _ *bytesChan) error {
	<-ctx.Done()
	return ctx.Err()
}

func readAll(_ context.Context, ch *bytesChan) error {
	for _, err := range ch.All() {
		if err != nil {
			return err
		}
	}
	return nil
}

// panicText must not reach a peer.
const panicText = "the-inner-secret"

func crash(_ context.Context, when string) (string, error) { panic(panicText + when) }

func crashStream(ctx context.Context, when string, ch *bytesChan) error {
	switch when {
	case "after a message":
		ch.Send([]byte("one"))
	case "after receiving":
		ch.Recv()
	case "after the end":
		<-ctx.Done()
	}
	panic(panicText)
}

// newServer makes the test server. It turns nothing away because it is busy, which is what attacks
// make it: the honest calls must still come through.
func newServer(g *gauge, cfg transport.Config, log *slog.Logger) (*engine.Server, error) {
	srv := engine.NewServer(engine.ServerConfig{
		Service: service, Logger: log, Transport: cfg, Grace: time.Second, Workers: 4,
		MaxWait: -1,
	})
	return srv, srv.Add(methods(g)...)
}

// serve starts the test server in this process and gives its address. It ends with the test.
func serve(t testing.TB, cfg transport.Config) (addr string, g *gauge) {
	t.Helper()
	g = &gauge{}
	srv, err := newServer(g, cfg, quiet)
	if err != nil {
		t.Fatal(err)
	}
	return start(t, srv), g
}

// start serves on a free port until the test ends.
func start(t testing.TB, srv *engine.Server) (addr string) {
	t.Helper()
	if err := srv.Listen("tcp://127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		<-served // what it could not wait for is the test's own doing
	})
	return srv.Addrs()[0]
}

// eachDriver runs f with each way of driving accepted connections.
func eachDriver(t *testing.T, f func(t *testing.T, d transport.Driver)) {
	for _, d := range []transport.Driver{transport.Gnet, transport.Net} {
		if d == transport.Gnet && runtime.GOOS == "windows" {
			continue
		}
		t.Run(d.String(), func(t *testing.T) { f(t, d) })
	}
}

// newClient makes an honest client of the server at addr. It ends with the test. If nothing else is
// said it keeps to one connection, so that attacks can count them: on a machine that is busy a call
// may wait for long enough to be a reason for another one.
func newClient(t testing.TB, addr string, cfg engine.ClientConfig) engine.Service {
	t.Helper()
	cfg.Addrs, cfg.Logger, cfg.MaxConns = []string{addr}, quiet, max(cfg.MaxConns, 1)
	c, err := engine.NewClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.Service("lever://test/" + service)
}

// wantEcho makes one honest call.
func wantEcho(t testing.TB, s engine.Service, text string) {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	got, err := engine.Call[[]byte](ctx, s.Method("echo"), []byte(text))
	if err != nil || string(got) != text {
		t.Fatalf("an honest call of echo(%q) gave %q, %v", text, got, err)
	}
}
