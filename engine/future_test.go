package engine

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestFuturesGiveTheirOwnResults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := dialPipe(t, bank(t, ServerConfig{}), ClientConfig{})
		add, greet := svc.Method("add"), svc.Method("greet")
		var sums []*Future[int64]
		var texts []*Future[string]
		for i := range int64(300) {
			sums = append(sums, Go[int64](t.Context(), add, i, int64(1)))
			texts = append(texts, Go[string](t.Context(), greet, fmt.Sprint(i)))
		}
		for i := range sums {
			if got, err := sums[i].Wait(); got != int64(i+1) || err != nil {
				t.Errorf("%d + 1 = %d, %v", i, got, err)
			}
			if got, err := texts[i].Wait(); got != "hello "+fmt.Sprint(i) || err != nil {
				t.Errorf("greet %d = %q, %v", i, got, err)
			}
		}
		if got, err := sums[7].Wait(); got != 8 || err != nil {
			t.Errorf("the second Wait = %d, %v", got, err)
		}
	})
}

func TestAFutureIsReadyWhenItsAnswerIsHere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, intercept := range []Interceptor{nil, func(ctx context.Context, _ string,
			next func(context.Context) error) error {
			return next(ctx)
		}} {
			c, svc := newCluster(t, 1, ClientConfig{Intercept: intercept})
			c.nodes["tcp://node0:1"].answer = func(context.Context) error {
				time.Sleep(time.Second)
				return nil
			}
			began := time.Now()
			f := Go[string](t.Context(), svc.Method("get"))
			synctest.Wait()
			if f.Ready() {
				t.Error("it is ready before the handler is")
			}
			time.Sleep(time.Second)
			synctest.Wait()
			if !f.Ready() || time.Since(began) != time.Second {
				t.Errorf("ready = %v after %v", f.Ready(), time.Since(began))
			}
			if got, err := f.Wait(); got != "tcp://node0:1" || err != nil || !f.Ready() {
				t.Errorf("get = %q, %v", got, err)
			}
		}
	})
}

func TestWhatIsWrongAtOnceIsWhatWaitGives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := dialPipe(t, bank(t, ServerConfig{}), ClientConfig{})
		for _, tt := range []struct {
			name string
			got  error
			want Code
		}{
			{"a result without a wire form", errOf(Go[chan int](t.Context(), svc.Method("ping"))), InvalidArgument},
			{"an argument without one", errOf(Go[None](t.Context(), svc.Method("ping"), make(chan int))), InvalidArgument},
			{"the wrong kind", errOf(Go[None](t.Context(), svc.Method("pingChan"))), WrongKind},
			{"the zero Method", errOf(Go[None](t.Context(), Method{})), InvalidArgument},
		} {
			if !errors.Is(tt.got, tt.want) || EffectOf(tt.got) != NotSent {
				t.Errorf("%s: %v (%v)", tt.name, tt.got, EffectOf(tt.got))
			}
		}
		if err := errOf(Go[None](t.Context(), svc.Method("fail"), "so")); EffectOf(err) != Executed {
			t.Errorf("the handler's error: %v (%v)", err, EffectOf(err))
		}
	})
}

// errOf waits and gives the error alone.
func errOf[R any](f *Future[R]) error {
	_, err := f.Wait()
	return err
}

func TestTheContextOfGoEndsTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := dialPipe(t, bank(t, ServerConfig{}), ClientConfig{})
		ctx, cancel := context.WithCancel(t.Context())
		f := Go[None](ctx, svc.Method("wait"))
		synctest.Wait()
		cancel()
		if err := errOf(f); !errors.Is(err, context.Canceled) || EffectOf(err) != MaybeExecuted {
			t.Errorf("Wait = %v (%v)", err, EffectOf(err))
		}
	})
}

func TestAFutureIsTriedAgainByWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 2, ClientConfig{})
		var lost atomic.Bool
		for _, nd := range c.nodes {
			nd.answer = func(context.Context) error {
				if !lost.Swap(true) {
					crash(nd.server)
				}
				return nil
			}
		}
		m := svc.Method("get")
		if err := errOf(Go[string](t.Context(), m.Idempotent())); err != nil || c.calls() != 2 {
			t.Errorf("idempotent: %v after %d executions", err, c.calls())
		}
		lost.Store(false)
		if err := errOf(Go[string](t.Context(), m)); EffectOf(err) != MaybeExecuted || c.calls() != 3 {
			t.Errorf("not idempotent: %v after %d executions", err, c.calls())
		}
	})
}

func TestAFutureThatNobodyWaitsForLeavesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 2, ClientConfig{})
		for range 10 {
			Go[string](t.Context(), svc.Method("get"))
		}
		synctest.Wait()
		if c.calls() != 10 {
			t.Errorf("%d of 10 calls were executed", c.calls())
		}
		for _, ep := range svc.s.picker.Endpoints() {
			if n := ep.Stats().Calls; n != 0 {
				t.Errorf("%d calls count as in flight", n)
			}
		}
	})
}
