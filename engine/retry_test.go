package engine

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

func TestUnprocessedCallGoesElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 2, ClientConfig{})
		full := c.nodes["tcp://node0:1"]
		full.server.config.MaxRunning = 1
		release := make(chan None)
		full.answer = func(context.Context) error { <-release; return nil }
		// Occupy the one place there is, whoever the picker asks first.
		c.view.Store(&View{Instances: []Instance{{Addr: "tcp://node0:1"}}})
		go Call[string](t.Context(), svc.Method("get"))
		synctest.Wait()
		c.view.Store(&View{Instances: []Instance{{Addr: "tcp://node0:1"}, {Addr: "tcp://node1:1"}}})
		for range 20 {
			if got, err := Call[string](t.Context(), svc.Method("get")); err != nil ||
				got != "tcp://node1:1" {
				t.Errorf("get = %q, %v", got, err)
			}
		}
		close(release)
	})
}

func TestRetryWaitsAsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 1, ClientConfig{})
		nd := c.nodes["tcp://node0:1"]
		nd.server.config.MaxRunning = 1
		nd.answer = func(context.Context) error { time.Sleep(overloadPause + time.Millisecond); return nil }
		go Call[string](t.Context(), svc.Method("get"))
		synctest.Wait()
		began := time.Now()
		if _, err := Call[string](t.Context(), svc.Method("get")); err != nil {
			t.Errorf("get = %v", err)
		}
		if d := time.Since(began); d < 2*overloadPause {
			t.Errorf("the answer came after %v, two pauses of %v were asked for", d, overloadPause)
		}
		ctx, cancel := context.WithTimeout(t.Context(), overloadPause/2)
		defer cancel()
		nd.server.running.Add(1)
		began = time.Now()
		_, err := Call[string](ctx, svc.Method("get"))
		if !errors.Is(err, ResourceExhausted) || EffectOf(err) != NotExecuted ||
			time.Since(began) != 0 {
			t.Errorf("with no time to wait: %v after %v", err, time.Since(began))
		}
		nd.server.running.Add(-1)
	})
}

func TestLostCall(t *testing.T) {
	for _, idempotent := range []bool{false, true} {
		t.Run(fmt.Sprint("idempotent ", idempotent), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, svc := newCluster(t, 2, ClientConfig{})
				m := svc.Method("get")
				if idempotent {
					m = m.Idempotent()
				}
				var lost atomic.Bool
				for _, nd := range c.nodes {
					nd.answer = func(ctx context.Context) error {
						if lost.Swap(true) {
							return nil
						}
						crash(nd.server)
						<-ctx.Done()
						return ctx.Err()
					}
				}
				_, err := Call[string](t.Context(), m)
				switch {
				case idempotent && (err != nil || c.calls() != 2):
					t.Errorf("get = %v after %d executions", err, c.calls())
				case !idempotent && (!errors.Is(err, Unavailable) || EffectOf(err) != MaybeExecuted || c.calls() != 1):
					t.Errorf("get = %v (%v) after %d executions", err, EffectOf(err), c.calls())
				}
			})
		})
	}
}

func TestDeclaredIdempotentCallIsRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 2, ClientConfig{})
		var lost atomic.Bool
		for _, nd := range c.nodes {
			nd.answer = func(ctx context.Context) error {
				if !lost.Swap(true) {
					crash(nd.server)
				}
				return nil
			}
		}
		get := Declare0[string]("get")
		if _, err := get.With(Method.Idempotent).Call(t.Context(), svc); err != nil || c.calls() != 2 {
			t.Errorf("idempotent: %v after %d executions", err, c.calls())
		}
		lost.Store(false)
		if _, err := get.Call(t.Context(), svc); EffectOf(err) != MaybeExecuted || c.calls() != 3 {
			t.Errorf("not idempotent: %v after %d executions", err, c.calls())
		}
	})
}

func TestRetriesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 1, ClientConfig{})
		nd := c.nodes["tcp://node0:1"]
		nd.answer = func(context.Context) error { return Errorf(Unavailable, "no") }
		m := svc.Method("get").Idempotent()
		if _, err := Call[string](t.Context(), m); !errors.Is(err, Unavailable) || c.calls() != 1 {
			t.Errorf("an error of the handler was tried %d times", c.calls())
		}
		nd.server.running.Add(1)
		nd.server.config.MaxRunning = 1
		refused := 0
		for range 100 {
			began := time.Now()
			if _, err := Call[string](t.Context(), m); errors.Is(err, ResourceExhausted) {
				refused++
			}
			if time.Since(began) > 10*overloadPause {
				t.Errorf("a call was tried for %v", time.Since(began))
			}
		}
		if used := svc.s.client.budget.used.Load(); refused != 100 || used > budgetMax ||
			used < budgetMax-2*tryCost {
			t.Errorf("%d calls refused, budget used %d", refused, used)
		}
		nd.server.running.Add(-1)
		nd.answer = nil
		time.Sleep(10 * throttleTime)
		for range budgetMax {
			if _, err := Call[string](t.Context(), m); err != nil {
				t.Error(err)
			}
		}
		if used := svc.s.client.budget.used.Load(); used != 0 {
			t.Errorf("after good calls the budget used is %d", used)
		}
	})
}

// An instance that gets no calls is nobody to go to: the one that refused the call has to be asked
// again, after a pause.
func TestTriesComeBackWhereNobodyElseTakesCalls(t *testing.T) {
	for name, others := range map[string][]Instance{
		"an earlier life": {{ID: "a", Incarnation: 1, Addr: "tcp://node0:1", Draining: true}},
		"one that drains": {{ID: "b", Addr: "tcp://node1:1", Draining: true}},
		"a later tier":    {{ID: "b", Addr: "tcp://node1:1", Tier: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, svc := newScripted(t, 2, ClientConfig{}, func(n int, conn *transport.Conn, ev *session.Event) {
					if n == 1 {
						refuseWith(conn, ev, session.Result{Status: frame.Unavailable, Flags: frame.Unprocessed})
						return
					}
					ok(conn, ev)
				})
				view := &View{Instances: append(others, Instance{ID: "a", Incarnation: 2, Addr: "tcp://node0:1"})}
				svc.s.fixed = view
				svc.s.resolver = fixed{view}
				began := time.Now()
				if _, err := Call[None](t.Context(), svc.Method("get")); err != nil || len(s.arrivals()) != 2 {
					t.Errorf("the call ended with %v after %d tries", err, len(s.arrivals()))
				}
				if time.Since(began) == 0 {
					t.Error("it came back without a pause")
				}
			})
		})
	}
}
