package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// patient is how long calls may wait where a machine that is busy is no reason to refuse any.
const patient = time.Hour

// bank is a service with a method of each form.
func bank(t testing.TB, config ServerConfig) *Server {
	t.Helper()
	config.Service = "bank"
	s := NewServer(config)
	for name, h := range map[string]Handler{
		"ping":  Func0(func(context.Context) (None, error) { return None{}, nil }),
		"upper": Inline(Bytes(func(_ context.Context, dst, in []byte) ([]byte, error) { return append(dst, bytes.ToUpper(in)...), nil })),
		"greet": Func1(func(_ context.Context, name string) (string, error) { return "hello " + name, nil }),
		"add":   Inline(Func2(func(_ context.Context, a, b int64) (int64, error) { return a + b, nil })),
		"join":  Func3(func(_ context.Context, a string, b []string, c bool) (string, error) { return fmt.Sprint(a, b, c), nil }),
		"four":  Func4(func(_ context.Context, a, b, c, d int) ([]int, error) { return []int{d, c, b, a}, nil }),
		"blob":  Func1(func(_ context.Context, b []byte) ([]byte, error) { return b, nil }),
		"echo":  Dynamic(func(_ context.Context, a Args) (Payload, error) { return a.Payload, nil }),
		"fail":  Func1(func(_ context.Context, what string) (None, error) { return None{}, errors.New(what) }),
		"panic": Func0(func(context.Context) (None, error) { panic("secret") }),
		"wait": Func0(func(ctx context.Context) (None, error) {
			<-ctx.Done()
			return None{}, ctx.Err()
		}),
		"info": Func0(func(ctx context.Context) (map[string]string, error) {
			i, ok := CallInfo(ctx)
			return map[string]string{"service": i.Service, "method": i.Method,
				"resource": i.Resource,
				"peer":     i.Peer, "env": i.Env, "ok": fmt.Sprint(ok)}, nil
		}),
	} {
		if err := s.Handle(name, h); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// dialPipe gives a client of s in memory, and ends both with the test.
func dialPipe(t testing.TB, s *Server, config ClientConfig) Service {
	t.Helper()
	c, err := s.Pipe(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
	})
	return c.Service("lever://test/bank")
}

func TestCall(t *testing.T) {
	svc := dialPipe(t, bank(t, ServerConfig{}), ClientConfig{})
	ctx := t.Context()
	if _, err := Call[None](ctx, svc.Method("ping")); err != nil {
		t.Errorf("ping: %v", err)
	}
	if got, err := Call[[]byte](ctx, svc.Method("upper"), []byte("abc")); err != nil ||
		string(got) != "ABC" {
		t.Errorf("upper = %q, %v", got, err)
	}
	if got, err := Call[string](ctx, svc.Method("greet"), "ann"); err != nil || got != "hello ann" {
		t.Errorf("greet = %q, %v", got, err)
	}
	if got, err := Call[int64](ctx, svc.Method("add"), int64(1<<53), 1); err != nil ||
		got != 1<<53+1 {
		t.Errorf("add = %v, %v", got, err)
	}
	if got, err := Call[string](ctx, svc.Method("join"), "a", []string{"b"}, true); err != nil ||
		got != "a[b] true" {
		t.Errorf("join = %q, %v", got, err)
	}
	if got, err := Call[[]int](ctx, svc.Method("four"), 1, 2, 3, 4); err != nil ||
		fmt.Sprint(got) != "[4 3 2 1]" {
		t.Errorf("four = %v, %v", got, err)
	}
	if got, err := Call[[]byte](ctx, svc.Method("blob"), []byte(nil)); err != nil || got == nil ||
		len(got) != 0 {
		t.Errorf("blob of nothing = %#v, %v", got, err)
	}
	big := bytes.Repeat([]byte("x"), 3<<20)
	if got, err := Call[[]byte](ctx, svc.Method("blob"), big); err != nil ||
		!bytes.Equal(got, big) {
		t.Errorf("blob of 3 MiB: %d bytes, %v", len(got), err)
	}
}

func TestErrorText(t *testing.T) {
	svc := dialPipe(t, bank(t, ServerConfig{}), ClientConfig{})
	_, err := Call[None](t.Context(), svc.Method("fail"), "no money")
	if err == nil || err.Error() != "engine: call bank/fail: no money" {
		t.Errorf("fail = %v", err)
	}
	if !strings.Contains(fmt.Sprint(err), "bank/fail") || EffectOf(err) != Executed {
		t.Errorf("effect %v", EffectOf(err))
	}
}

func TestDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := dialPipe(t, bank(t, ServerConfig{}), ClientConfig{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		_, err := Call[None](ctx, svc.Method("wait"))
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, DeadlineExceeded) {
			t.Errorf("wait = %v", err)
		}
		if d := time.Since(began); d != time.Second {
			t.Errorf("took %v", d)
		}
	})
}
