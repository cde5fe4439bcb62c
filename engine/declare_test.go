package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
)

func TestInterceptors(t *testing.T) {
	var log strings.Builder
	note := func(side string) Interceptor {
		return func(ctx context.Context, method string, next func(context.Context) error) error {
			err := next(ctx)
			fmt.Fprintf(&log, "%s %s %v; ", side, method, CodeOf(err).String())
			return err
		}
	}
	svc := dialPipe(t, bank(t, ServerConfig{Intercept: note("server")}),
		ClientConfig{Intercept: note("client")})
	if got, err := Call[string](t.Context(), svc.Method("greet"), "ann"); err != nil ||
		got != "hello ann" {
		t.Errorf("greet = %q, %v", got, err)
	}
	if _, err := Call[None](t.Context(), svc.Method("fail"), "x"); !errors.Is(err, Application) {
		t.Errorf("fail = %v", err)
	}
	want := "server bank/greet OK; client bank/greet OK; server bank/fail INTERNAL; client bank/fail APPLICATION; "
	if log.String() != want {
		t.Errorf("got  %s\nwant %s", log.String(), want)
	}
}

func TestInterceptorsThatRefuse(t *testing.T) {
	deny := func(context.Context, string, func(context.Context) error) error {
		return Errorf(Unauthenticated, "who?")
	}
	silent := func(context.Context, string, func(context.Context) error) error { return nil }
	svc := dialPipe(t, bank(t, ServerConfig{Intercept: deny}), ClientConfig{})
	if _, err := Call[string](t.Context(), svc.Method("greet"), "ann"); !errors.Is(err,
		Unauthenticated) {
		t.Errorf("refused by the server: %v", err)
	}
	for _, ic := range []Interceptor{deny, silent} {
		svc := dialPipe(t, tail(t), ClientConfig{Intercept: ic})
		if _, err := Call[string](t.Context(), svc.Method("greet"), "ann"); err == nil {
			t.Error("a call that the client's interceptor did not make gives no error")
		}
		if _, err := Open[string, string](t.Context(), svc.Method("echoChan")); err == nil {
			t.Error("a stream that the client's interceptor did not open gives no error")
		}
	}
}

func TestDeclarations(t *testing.T) {
	var (
		zero  = Declare0[string]("zero")
		one   = Declare1[[]byte, []byte]("one")
		two   = Declare2[string, Payload, string]("two")
		three = Declare3[string, string, int64, account]("three")
		four  = Declare4[int, int, int, int, int]("four")
		bad   = Declare1[func(), int]("bad")
		wrong = Declare0[int]("wrongChan")
	)
	s := NewServer(ServerConfig{Service: "bank"})
	err := s.Add(
		zero.Func(func(context.Context) (string, error) { return "0", nil }),
		one.Func(func(_ context.Context, b []byte) ([]byte, error) { return append(b, '1'), nil }),
		two.Func(func(_ context.Context, a string, p Payload) (string, error) { return a + p.String(), nil }),
		three.Func(func(_ context.Context, a, b string, c int64) (account, error) { return account{a + b, c}, nil }),
		four.Func(func(_ context.Context, a, b, c, d int) (int, error) { return a*1000 + b*100 + c*10 + d, nil }),
	)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Add(bad.Func(func(context.Context, func()) (int, error) { return 0, nil }),
		wrong.Func(func(context.Context) (int, error) { return 0, nil })); err == nil ||
		strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("Add of two bad declarations = %v", err)
	}
	svc := dialPipe(t, s, ClientConfig{})
	ctx := t.Context()
	for range 2 {
		if got, err := zero.Call(ctx, svc); err != nil || got != "0" {
			t.Errorf("zero = %q, %v", got, err)
		}
		if got, err := one.Call(ctx, svc, []byte("x")); err != nil || string(got) != "x1" {
			t.Errorf("one = %q, %v", got, err)
		}
		if got, err := two.Call(ctx, svc, "a", must(PayloadOf("b"))); err != nil || got != "ab" {
			t.Errorf("two = %q, %v", got, err)
		}
		if got, err := three.Call(ctx, svc, "ann", "bob", 500); err != nil ||
			got != (account{"annbob", 500}) {
			t.Errorf("three = %v, %v", got, err)
		}
		if got, err := four.Call(ctx, svc, 1, 2, 3, 4); err != nil || got != 1234 {
			t.Errorf("four = %v, %v", got, err)
		}
	}
	if _, err := bad.Call(ctx, svc, nil); !errors.Is(err, InvalidArgument) ||
		EffectOf(err) != NotSent {
		t.Errorf("bad = %v", err)
	}
	if _, err := wrong.Call(ctx, svc); !errors.Is(err, WrongKind) || EffectOf(err) != NotSent {
		t.Errorf("wrong = %v", err)
	}
}

func TestCallsDoNotAllocate(t *testing.T) {
	if testing.Short() {
		t.Skip("counts allocations")
	}
	svc := dialPipe(t, bank(t, ServerConfig{MaxWait: patient}), ClientConfig{})
	add := Declare2[int64, int64, int64]("add")
	ctx := context.Background()
	var failed atomic.Bool
	call := func() {
		if _, err := add.Call(ctx, svc, 1000, 2000); err != nil {
			failed.Store(true)
		}
	}
	for range 100 {
		call()
	}
	if n := testing.AllocsPerRun(1000, call); n > allocsAllowed || failed.Load() {
		t.Errorf("%v allocations per call on both sides together, failed: %v", n, failed.Load())
	}
}
