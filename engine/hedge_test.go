package engine

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// hedgeCluster is three instances, all connected, of which each call's first takes slow and any
// other none. It counts the handlers that were told to stop.
func hedgeCluster(t *testing.T, n int, slow time.Duration) (c *cluster, svc Service, stopped *atomic.Int64) {
	t.Helper()
	c, svc = newCluster(t, n, ClientConfig{})
	for range 10 * n {
		if _, err := Call[string](t.Context(), svc.Method("get")); err != nil {
			t.Fatal(err)
		}
	}
	stopped = new(atomic.Int64)
	var calls atomic.Int64
	for _, nd := range c.nodes {
		nd.calls.Store(0)
		nd.answer = func(ctx context.Context) error {
			if calls.Add(1)%2 == 0 {
				return nil
			}
			select {
			case <-time.After(slow):
			case <-ctx.Done():
				stopped.Add(1)
			}
			return ctx.Err()
		}
	}
	return c, svc, stopped
}

func TestSlowCallIsHedged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc, stopped := hedgeCluster(t, 3, time.Second)
		m := svc.Method("get").Idempotent().Hedged(10 * time.Millisecond)
		began := time.Now()
		_, err := Call[string](t.Context(), m)
		if d := time.Since(began); err != nil || d != 10*time.Millisecond {
			t.Errorf("the call = %v after %v", err, d)
		}
		synctest.Wait()
		for addr, nd := range c.nodes {
			if n := nd.calls.Load(); n > 1 {
				t.Errorf("%s got both calls", addr)
			}
		}
		if c.calls() != 2 || stopped.Load() != 1 {
			t.Errorf("%d runs, %d cancelled; want 2 and 1", c.calls(), stopped.Load())
		}
		for range 10 {
			if ep, err := svc.s.picker.Pick(transport.Now(), 0, nil); err != nil || ep.Stats().Success != 1 {
				t.Errorf("the slow instance is blamed: %+v", ep.Stats())
			}
		}
	})
}

func TestFastCallIsNotHedged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc, stopped := hedgeCluster(t, 3, 10*time.Millisecond-1)
		m := svc.Method("get").Idempotent().Hedged(10 * time.Millisecond)
		for range 100 {
			if _, err := Call[string](t.Context(), m); err != nil {
				t.Error(err)
			}
		}
		if c.calls() != 100 || stopped.Load() != 0 || svc.s.client.hedges.used.Load() != 0 {
			t.Errorf("%d runs of 100 calls", c.calls())
		}
	})
}

func TestSecondCallsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc, _ := hedgeCluster(t, 3, 0)
		for _, nd := range c.nodes {
			nd.answer = func(context.Context) error { time.Sleep(time.Second); return nil }
		}
		m := svc.Method("get").Idempotent().Hedged(10 * time.Millisecond)
		const calls = 1000
		for range calls {
			if _, err := Call[string](t.Context(), m); err != nil {
				t.Error(err)
			}
		}
		const most = calls + calls/50 + hedgeMax/hedgeCost
		if n := c.calls(); n > most || n < most-2 {
			t.Errorf("%d runs of %d calls, want at most %d", n, calls, most)
		}
	})
}

func TestCallIsHedgedWhenMostHaveEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc, _ := hedgeCluster(t, 3, 0)
		var i atomic.Int64
		for _, nd := range c.nodes {
			nd.answer = func(ctx context.Context) error { // 1 ms, and one of fifty a second
				d := time.Millisecond
				if i.Add(1)%50 == 0 {
					d = time.Second
				}
				select {
				case <-time.After(d):
				case <-ctx.Done():
				}
				return nil
			}
		}
		m := svc.Method("get").Idempotent().Hedged(0)
		call := func() time.Duration {
			began := time.Now()
			if _, err := Call[string](t.Context(), m); err != nil {
				t.Error(err)
			}
			return time.Since(began)
		}
		for range 400 { // 8 s: enough for the quantile to be known
			call()
		}
		c.nodes["tcp://node0:1"].calls.Store(0)
		for range 100 {
			if d := call(); d > 5*time.Millisecond {
				t.Errorf("a call took %v", d)
			}
		}
	})
}

func TestNothingIsHedgedAtOneInstance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc, _ := hedgeCluster(t, 1, time.Second)
		m := svc.Method("get").Idempotent().Hedged(time.Millisecond)
		if _, err := Call[string](t.Context(), m); err != nil || c.calls() != 1 {
			t.Errorf("the call = %v after %d runs", err, c.calls())
		}
		client := svc.s.client
		if client.hedges.used.Load() != 0 || client.budget.used.Load() != 0 {
			t.Error("the budgets paid for a call that was not made")
		}
	})
}

func TestOnlyIdempotentMethodsAreHedged(t *testing.T) {
	_, svc := newScripted(t, 2, ClientConfig{}, nil)
	_, err := Call[None](t.Context(), svc.Method("get").Hedged(0))
	if !errors.Is(err, InvalidArgument) || EffectOf(err) != NotSent {
		t.Errorf("the call = %v (%v)", err, EffectOf(err))
	}
}

func TestHedgedCallGoesOnWithTheOtherAnswer(t *testing.T) {
	const after = 10 * time.Millisecond
	for _, x := range []struct {
		name          string
		first, second func(conn *transport.Conn, ev *session.Event)
		want          error
	}{
		{"the second is refused", ok, func(conn *transport.Conn, ev *session.Event) {
			refuseWith(conn, ev, session.Result{Status: frame.Unavailable, Flags: frame.Unprocessed})
		}, nil},
		{"the second is lost", ok, func(conn *transport.Conn, _ *session.Event) {
			conn.Close(frame.ReasonInternal, "lost")
		}, nil},
		{"the first is lost", func(conn *transport.Conn, _ *session.Event) {
			conn.Close(frame.ReasonInternal, "lost")
		}, nil, Unavailable},
		{"the second fails for good", ok, func(conn *transport.Conn, ev *session.Event) {
			refuseWith(conn, ev, session.Result{Status: frame.NoResource})
		}, NoResource},
	} {
		t.Run(x.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				base := 0
				s, svc := newScripted(t, 2, ClientConfig{Attempts: -1}, nil)
				s.answer = func(n int, conn *transport.Conn, ev *session.Event) {
					switch kept := *ev; {
					case n <= base || base == 0:
						ok(conn, ev)
					case n == base+1: // later than the second
						time.AfterFunc(2*after, func() { x.first(conn, &kept) })
					case x.second != nil:
						x.second(conn, ev)
					}
				}
				for range 10 {
					if _, err := Call[None](t.Context(), svc.Method("get")); err != nil {
						t.Fatal(err)
					}
				}
				base = len(s.arrivals())
				ctx, cancel := context.WithTimeout(t.Context(), 4*after)
				defer cancel()
				_, err := Call[None](ctx, svc.Method("get").Idempotent().Hedged(after))
				if x.second == nil {
					x.want = DeadlineExceeded // the second is never answered
				}
				if n := len(s.arrivals()) - base; n != 2 || (err == nil) != (x.want == nil) ||
					x.want != nil && !errors.Is(err, x.want) {
					t.Errorf("the call = %v after %d tries", err, n)
				}
			})
		})
	}
}

// The second instance does not know the method, as in a rolling update, while the first runs it.
func TestHedgedCallThatIsRefusedTellsOfTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, svc := newScripted(t, 2, ClientConfig{}, func(n int, conn *transport.Conn, ev *session.Event) {
			switch {
			case n <= 20:
				ok(conn, ev)
			case n > 21:
				refuseWith(conn, ev, session.Result{
					Status: frame.NoMethod, Flags: frame.Unprocessed | frame.NoRetry,
				})
			}
		})
		for range 20 {
			if _, err := Call[None](t.Context(), svc.Method("get")); err != nil {
				t.Fatal(err)
			}
		}
		_, err := Call[None](t.Context(), svc.Method("get").Idempotent().Hedged(10*time.Millisecond))
		if !errors.Is(err, NoMethod) || EffectOf(err) != MaybeExecuted {
			t.Errorf("the call = %v (%v); want no method, maybe executed", err, EffectOf(err))
		}
	})
}

func TestDurationsKnowTheirQuantile(t *testing.T) {
	for _, most := range []time.Duration{
		time.Microsecond, 10 * time.Microsecond, time.Millisecond, 77 * time.Millisecond, time.Minute,
	} {
		var d durations
		now := time.Hour
		for i := range 1000 {
			took := most / 2
			if i%10 == 0 {
				took = most
			}
			d.add(now, took)
		}
		if got := d.p95(); got != 0 {
			t.Errorf("before its time: %v", got)
		}
		d.add(now+durationsRefresh, most)
		if got := d.p95(); got < most || got > most*3/2+2*time.Microsecond {
			t.Errorf("95 %% of calls up to %v end within %v", most, got)
		}
	}
	for took := time.Duration(0); took < 3*time.Minute; took += took/16 + time.Microsecond {
		b := durationBucket(took)
		if limit := durationLimit(b); b < durationBuckets-1 && (took >= limit ||
			b > 0 && took < durationLimit(b-1)) {
			t.Fatalf("%v is in bucket %d, which ends at %v", took, b, limit)
		}
	}
}
