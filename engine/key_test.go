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

func TestKeyTravelsWithEveryTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, svc := newScripted(t, 3, ClientConfig{},
			func(n int, conn *transport.Conn, ev *session.Event) {
				if n%3 != 0 {
					refuseWith(conn, ev, session.Result{Status: frame.Unavailable, Flags: frame.Unprocessed})
					return
				}
				ok(conn, ev)
			})
		mine := Key{1, 2, 3}
		m := svc.Resource("acct").Method("get")
		for _, m := range []Method{m.Keyed(mine), m.Once(), m.Once()} {
			if _, err := Call[None](t.Context(), m); err != nil {
				t.Error(err)
			}
		}
		keys := map[string]bool{}
		for i, a := range s.arrivals() {
			key, _ := frame.FindExtension(a.ext, frame.ExtIdempotencyKey)
			attempt, _ := frame.FindExtension(a.ext, frame.ExtAttempt)
			keys[string(key)] = true
			want := ""
			if i%3 > 0 {
				want = string(rune(i % 3))
			}
			resource, _ := frame.FindExtension(a.ext, frame.ExtResource)
			if err := frame.CheckExtensions(a.ext); err != nil || string(attempt) != want ||
				len(key) != 16 || string(resource) != "acct" {
				t.Errorf("try %d carries % x (%v)", i, a.ext, err)
			}
			if i < 3 && Key(key) != mine {
				t.Errorf("try %d carries the key % x", i, key)
			}
		}
		if len(keys) != 3 {
			t.Errorf("3 calls carried %d keys", len(keys))
		}
	})
}

// TestLostCallWithAKeyRunsOnce loses the connection while a call runs, and after it.
func TestLostCallWithAKeyRunsOnce(t *testing.T) {
	for _, when := range []string{"while it runs", "when it has run"} {
		t.Run(when, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, svc := newCluster(t, 3, ClientConfig{})
				for _, nd := range c.nodes {
					nd.answer = func(context.Context) error {
						if when == "while it runs" {
							crash(nd.server)
							time.Sleep(time.Second)
							return nil
						}
						go crash(nd.server) // before or after the result, as it comes
						return nil
					}
				}
				for i := range 8 { // as many as the budget of retries allows
					synctest.Wait() // until the crash of the last call is over
					before := c.calls()
					_, err := Call[string](t.Context(), svc.Method("get").Once())
					if err != nil || c.calls() != before+1 {
						t.Fatalf("call %d = %v after %d runs", i, err, c.calls()-before)
					}
				}
			})
		})
	}
}

func TestLostCallWithAKeyGoesNowhereElse(t *testing.T) {
	for _, x := range []struct {
		name   string
		lose   func(nd *node)
		change func(m Method) Method
		calls  int64
	}{
		{"when its instance is gone", func(nd *node) { nd.down.Store(true) }, Method.Once, 1},
		{"when its instance is another one", func(nd *node) {
			old := nd.server
			nd.server = NewServer(ServerConfig{Service: "bank"})
			nd.server.routes.table.Store(old.routes.table.Load())
			go old.Shutdown(context.Background())
		}, Method.Once, 1},
		{"when too much time has passed", func(nd *node) {
			time.Sleep(defaultKeep / 2)
		}, Method.Once, 1},
		{"unless it is idempotent", func(nd *node) { nd.down.Store(true) },
			func(m Method) Method { return m.Once().Idempotent() }, 2},
	} {
		t.Run(x.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, svc := newCluster(t, 3, ClientConfig{})
				var lost atomic.Bool
				for _, nd := range c.nodes {
					nd.answer = func(context.Context) error {
						if !lost.Swap(true) {
							old := nd.server
							x.lose(nd)
							crash(old)
						}
						return nil
					}
				}
				_, err := Call[string](t.Context(), x.change(svc.Method("get")))
				if c.calls() != x.calls {
					t.Errorf("%d runs, want %d", c.calls(), x.calls)
				}
				if x.calls == 2 {
					if err != nil {
						t.Error(err)
					}
				} else if !errors.Is(err, Unavailable) || EffectOf(err) != MaybeExecuted {
					t.Errorf("the call = %v (%v)", err, EffectOf(err))
				}
			})
		})
	}
}

func TestKeyedCallIsNotRepeatedWhereNobodyRemembers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, svc := newScripted(t, 2, ClientConfig{},
			func(_ int, conn *transport.Conn, _ *session.Event) {
				conn.Close(frame.ReasonInternal, "crash")
			})
		_, err := Call[None](t.Context(), svc.Method("get").Once())
		if EffectOf(err) != MaybeExecuted || len(s.arrivals()) != 1 {
			t.Errorf("the call = %v (%v) after %d tries", err, EffectOf(err), len(s.arrivals()))
		}
	})
}

func TestInterceptorThatCallsAgainKeepsTheKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		twice := func(ctx context.Context, _ string, next func(context.Context) error) error {
			return errors.Join(next(ctx), next(ctx))
		}
		c, svc := newCluster(t, 1, ClientConfig{Intercept: twice})
		if _, err := Call[string](t.Context(), svc.Method("get").Once()); err != nil || c.calls() != 1 {
			t.Errorf("the call = %v after %d runs", err, c.calls())
		}
	})
}
