package engine

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// An Interceptor that gives up before next has returned, as one that bounds the time of calls does,
// must not spoil later calls: they would share the memory of one that goes on.
func TestAnInterceptorMayLeaveACallBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		impatient := func(ctx context.Context, _ string, next func(context.Context) error) error {
			done := make(chan error, 1)
			go func() { done <- next(ctx) }()
			select {
			case err := <-done:
				return err
			case <-time.After(time.Millisecond):
				return errors.New("too slow")
			}
		}
		s := NewServer(ServerConfig{Service: "bank"})
		err := s.Handle("echo", Func1(func(_ context.Context, text string) (string, error) {
			if text == "slow" {
				time.Sleep(10 * time.Millisecond)
			}
			return text, nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		m := dialPipe(t, s, ClientConfig{Intercept: impatient}).Method("echo")
		for i := range 100 {
			if got, err := Call[string](t.Context(), m, "slow"); err == nil {
				t.Fatalf("slow = %q, want an error", got)
			}
			for j := range 3 {
				want := fmt.Sprint(i, j)
				if got, err := Call[string](t.Context(), m, want); got != want || err != nil {
					t.Fatalf("got %q, %v, want %q", got, err, want)
				}
			}
		}
		time.Sleep(time.Second) // until those left behind have ended
	})
}

func TestNextIsForOneCallAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var kept func(context.Context) error
		svc := dialPipe(t, bank(t, ServerConfig{}), ClientConfig{
			Intercept: func(ctx context.Context, _ string, next func(context.Context) error) error {
				kept = next
				return next(ctx)
			}})
		if got, err := Call[string](t.Context(), svc.Method("greet"), "ann"); got != "hello ann" || err != nil {
			t.Fatalf("greet = %q, %v", got, err)
		}
		if err := kept(t.Context()); !errors.Is(err, Internal) || EffectOf(err) != NotSent {
			t.Errorf("next after the call: %v (%v), want %v", err, EffectOf(err), Internal)
		}
	})
}
