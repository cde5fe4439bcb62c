package engine

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// passing is an Interceptor that only makes the call.
func passing(ctx context.Context, _ string, next func(context.Context) error) error { return next(ctx) }

func TestBytesFuturesGiveTheirOwnResults(t *testing.T) {
	for name, intercept := range map[string]Interceptor{"plainly": nil, "with an interceptor": passing} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc := dialPipe(t, bank(t, ServerConfig{}), ClientConfig{Intercept: intercept})
				upper := svc.Method("upper")
				futures := make([]BytesFuture, 100)
				for round := range 3 {
					for i := range futures {
						dst, in := append(make([]byte, 0, 64), "to "...), fmt.Appendf(nil, "a%d-%d", round, i)
						if err := futures[i].Go(t.Context(), upper, dst, in); err != nil {
							t.Fatal(err)
						}
					}
					for i := range futures {
						got, err := futures[i].Wait()
						if want := fmt.Sprintf("to A%d-%d", round, i); string(got) != want || err != nil {
							t.Errorf("got %q, %v, want %q", got, err, want)
						}
					}
				}
			})
		})
	}
}

func TestABytesFutureHasOneCallAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		upper := dialPipe(t, bank(t, ServerConfig{}), ClientConfig{}).Method("upper")
		var f BytesFuture
		if _, err := f.Wait(); err != errLanded || !f.Ready() {
			t.Errorf("Wait without a call = %v", err)
		}
		if err := f.Go(t.Context(), upper, nil, []byte("one")); err != nil {
			t.Fatal(err)
		}
		err := f.Go(t.Context(), upper, nil, []byte("two"))
		if !errors.Is(err, errFlying) || EffectOf(err) != NotSent {
			t.Errorf("Go with a call under way = %v (%v)", err, EffectOf(err))
		}
		synctest.Wait()
		if got, err := f.Wait(); string(got) != "ONE" || err != nil {
			t.Errorf("Wait = %q, %v, want ONE", got, err)
		}
	})
}

func TestABytesFutureGivesDstBackWithAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := dialPipe(t, bank(t, ServerConfig{}), ClientConfig{})
		head := append(make([]byte, 0, 100), "head"...)
		var f BytesFuture
		for _, m := range []Method{{}, svc.Method("xChan"), svc.Method("")} {
			if err := f.Go(t.Context(), m, head, nil); err == nil || EffectOf(err) != NotSent || f.state != landed {
				t.Errorf("Go of %v = %v (%v)", m, err, EffectOf(err))
			}
		}
		if err := f.Go(t.Context(), svc.Method("x"), head, nil); err != nil {
			t.Fatal(err)
		}
		if got, err := f.Wait(); !errors.Is(err, NoMethod) || string(got) != "head" {
			t.Errorf("a method that is not there: %q, %v", got, err)
		}
	})
}

// dialSlow gives a method that gives its argument back a second later.
func dialSlow(t *testing.T, config ClientConfig) Method {
	t.Helper()
	s := NewServer(ServerConfig{Service: "bank"})
	err := s.Handle("slow", Bytes(func(_ context.Context, dst, in []byte) ([]byte, error) {
		time.Sleep(time.Second)
		return append(dst, in...), nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	return dialPipe(t, s, config).Method("slow")
}

func TestABytesFutureIsReadyWhenItsAnswerIsHere(t *testing.T) {
	for name, intercept := range map[string]Interceptor{"plainly": nil, "with an interceptor": passing} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				slow := dialSlow(t, ClientConfig{Intercept: intercept})
				var f BytesFuture
				if err := f.Go(t.Context(), slow, nil, []byte("in")); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if f.Ready() {
					t.Error("it is ready before the handler is")
				}
				time.Sleep(time.Second)
				synctest.Wait()
				if !f.Ready() {
					t.Error("it is not ready when the answer is here")
				}
				if got, err := f.Wait(); string(got) != "in" || err != nil {
					t.Errorf("Wait = %q, %v", got, err)
				}
			})
		})
	}
}

func TestTheContextOfABytesFutureEndsTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := dialSlow(t, ClientConfig{})
		ctx, cancel := context.WithCancel(t.Context())
		var f BytesFuture
		if err := f.Go(ctx, slow, []byte("head"), nil); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		cancel()
		got, err := f.Wait()
		if !errors.Is(err, context.Canceled) || EffectOf(err) != MaybeExecuted || string(got) != "head" {
			t.Errorf("Wait = %q, %v (%v)", got, err, EffectOf(err))
		}
		if err := f.Go(t.Context(), slow, nil, []byte("x")); err != nil {
			t.Fatal(err)
		}
		if got, err := f.Wait(); string(got) != "x" || err != nil {
			t.Errorf("the next call = %q, %v", got, err)
		}
	})
}

// TestBytesFuturesAllocateNothing has many calls under way, as who uses it has.
func TestBytesFuturesAllocateNothing(t *testing.T) {
	s := NewServer(ServerConfig{Service: "bank", MaxWait: patient})
	if err := s.Handle("twice", Inline(twice)); err != nil {
		t.Fatal(err)
	}
	m := dialPipe(t, s, ClientConfig{}).Method("twice")
	futures, in := make([]BytesFuture, 512), make([]byte, 64)
	rooms := make([][]byte, len(futures))
	for i := range rooms {
		rooms[i] = make([]byte, 0, 2*len(in))
	}
	var failed error
	round := func() {
		for i := range futures {
			if err := futures[i].Go(t.Context(), m, rooms[i], in); err != nil {
				failed = err
			}
		}
		for i := range futures {
			if _, err := futures[i].Wait(); err != nil {
				failed = err
			}
		}
	}
	for range 20 {
		round()
	}
	n := testing.AllocsPerRun(20, round) / float64(len(futures))
	if n > allocsAllowed+0.05 || failed != nil {
		t.Errorf("a call allocates %.2f times, want none (%v)", n, failed)
	}
}
