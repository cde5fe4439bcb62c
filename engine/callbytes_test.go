package engine

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/wire"
)

// twice gives its argument two times.
var twice = Bytes(func(_ context.Context, dst, in []byte) ([]byte, error) {
	return append(append(dst, in...), in...), nil
})

func TestCallBytesAppendsTheResult(t *testing.T) {
	once := func(ctx context.Context, _ string, next func(context.Context) error) error { return next(ctx) }
	again := func(ctx context.Context, _ string, next func(context.Context) error) error {
		return errors.Join(next(ctx), next(ctx))
	}
	for name, intercept := range map[string]Interceptor{"plainly": nil, "with an interceptor": once,
		"with one that calls again": again} {
		s := NewServer(ServerConfig{Service: "bank"})
		if err := errors.Join(s.Handle("twice", twice), s.Handle("inline", Inline(twice))); err != nil {
			t.Fatal(err)
		}
		svc := dialPipe(t, s, ClientConfig{Intercept: intercept})
		for _, m := range []Method{svc.Method("twice"), svc.Method("inline"),
			svc.Method("twice").Idempotent().Hedged(time.Second)} {
			for _, size := range []int{0, 1, 64, smallResult/2 + 1, 40_000, 1 << 20} {
				in := bytes.Repeat([]byte("x"), size)
				want := append([]byte("head"), append(in, in...)...)
				for _, room := range []int{0, 2 * size} {
					dst := append(make([]byte, 0, 4+room), "head"...)
					got, err := CallBytes(t.Context(), m, dst, in)
					if err != nil || !bytes.Equal(got, want) {
						t.Fatalf("%s, %d bytes: got %d bytes, %v", name, size, len(got), err)
					}
					if room > 0 && &got[0] != &dst[0] {
						t.Errorf("%s, %d bytes: the result is not in dst, which has room", name, size)
					}
				}
			}
		}
	}
}

// TestALargeResultHasRoomTheNextTime calls an echo with little and with much in turns: neither is taken
// for the other.
func TestALargeResultHasRoomTheNextTime(t *testing.T) {
	s := NewServer(ServerConfig{Service: "bank"})
	var rooms []int
	err := s.Handle("echo", Bytes(func(_ context.Context, dst, in []byte) ([]byte, error) {
		rooms = append(rooms, cap(dst))
		return append(dst, in...), nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	m := dialPipe(t, s, ClientConfig{}).Method("echo")
	const large = 1 << 20
	for i, n := range []int{10, large, 10, large, 10} {
		if _, err := CallBytes(t.Context(), m, nil, make([]byte, n)); err != nil {
			t.Fatal(err)
		}
		if i > 1 && rooms[i] < n {
			t.Errorf("call %d of %d bytes found room for %d", i, n, rooms[i])
		}
		if n < large && rooms[i] > largeResult {
			t.Errorf("call %d of %d bytes was given %d", i, n, rooms[i])
		}
	}
}

func TestCallBytesGivesDstBackWithAnError(t *testing.T) {
	svc := dialPipe(t, bank(t, ServerConfig{}), ClientConfig{})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, x := range map[string]struct {
		ctx  context.Context
		m    Method
		want Code
	}{
		"the zero Method":             {t.Context(), Method{}, InvalidArgument},
		"a stream":                    {t.Context(), svc.Method("xChan"), WrongKind},
		"a method that is not there":  {t.Context(), svc.Method("x"), NoMethod},
		"a method that takes a value": {t.Context(), svc.Method("greet"), InvalidArgument},
		"a context that has ended":    {ended, svc.Method("upper"), Cancelled},
	} {
		dst := append(make([]byte, 0, 100), "head"...)
		got, err := CallBytes(x.ctx, x.m, dst, []byte("in"))
		if !errors.Is(err, x.want) || string(got) != "head" {
			t.Errorf("%s: got %q, %v, want head and %v", name, got, err, x.want)
		}
	}
}

// A value that is bytes is as good as raw bytes, as it is for Call; another one is not.
func TestCallBytesTakesAValueOfBytes(t *testing.T) {
	values := [][]byte{wire.AppendBytes(nil, []byte("tail")), wire.AppendString(nil, "tail")}
	_, svc := newScripted(t, 1, ClientConfig{}, func(n int, conn *transport.Conn, ev *session.Event) {
		conn.Result(ev.Call, session.Result{}, values[n-1])
	})
	got, err := CallBytes(t.Context(), svc.Method("get"), []byte("head"), nil)
	if err != nil || string(got) != "headtail" {
		t.Errorf("bytes: got %q, %v", got, err)
	}
	got, err = CallBytes(t.Context(), svc.Method("get"), []byte("head"), nil)
	if !errors.Is(err, Internal) || string(got) != "head" {
		t.Errorf("text: got %q, %v, want head and %v", got, err, Internal)
	}
}

func TestCallBytesDoesNotAllocate(t *testing.T) {
	if testing.Short() {
		t.Skip("counts allocations")
	}
	s := NewServer(ServerConfig{Service: "bank", MaxWait: patient})
	if err := s.Handle("twice", Inline(twice)); err != nil {
		t.Fatal(err)
	}
	m := dialPipe(t, s, ClientConfig{}).Method("twice")
	ctx, in, dst := context.Background(), make([]byte, 64), make([]byte, 0, 128)
	var failed error
	call := func() {
		if _, err := CallBytes(ctx, m, dst, in); err != nil {
			failed = err
		}
	}
	for range 100 {
		call()
	}
	if n := testing.AllocsPerRun(1000, call); n > allocsAllowed || failed != nil {
		t.Errorf("%v allocations per call on both sides together, %v", n, failed)
	}
}
