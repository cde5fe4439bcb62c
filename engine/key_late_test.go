package engine

import (
	"context"
	"errors"
	"math"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine/transport"
)

// A key is remembered for a time, and a call whose first try may have run must not come back later.
func TestCallWithAKeyComesInTimeOrNotAtAll(t *testing.T) {
	const keep = time.Second
	for name, x := range map[string]struct {
		dial time.Duration // of the second connection
		busy bool          // its slots are taken first
	}{
		"a long way": {dial: 3 * keep},
		"no slot":    {dial: 100 * time.Millisecond, busy: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var runs, dials atomic.Int64
				config := ServerConfig{Service: "bank", Once: OnceLimits{Keep: keep}}
				config.Transport.Session.Params.Calls = 64
				srv := NewServer(config)
				err := errors.Join(srv.Handle("get", Func0(func(context.Context) (string, error) {
					if runs.Add(1) == 1 {
						crash(srv)
					}
					return "x", nil
				})), srv.Handle("long", Func0(func(context.Context) (string, error) {
					time.Sleep(3 * keep)
					return "", nil
				})))
				if err != nil {
					t.Fatal(err)
				}
				cl, err := NewClient(ClientConfig{Addrs: []string{"tcp://a:1"}, MaxConns: -1,
					dial: func(ctx context.Context, a transport.Addr, cfg transport.Config,
						h transport.Handler) (*transport.Conn, error) {
						if dials.Add(1) > 1 {
							time.Sleep(x.dial)
						}
						return srv.dialPipe(ctx, a, cfg, h)
					}})
				if err != nil {
					t.Fatal(err)
				}
				s := cl.Service("lever://test/bank")
				if x.busy {
					time.AfterFunc(20*time.Millisecond, func() {
						for range 200 {
							go Notify(t.Context(), s.Method("long"))
						}
					})
				}
				_, err = Call[string](t.Context(), s.Method("get").Once())
				inTime := err == nil && x.busy // it may get the first slot
				if n := runs.Load(); n != 1 || !inTime && EffectOf(err) != MaybeExecuted {
					t.Errorf("the call ran %d times, and ended with %v (%v)", n, err, EffectOf(err))
				}
				time.Sleep(time.Minute)
				cl.Close()
				srv.Shutdown(context.Background())
			})
		})
	}
}

func TestKeysAreRememberedForAsLongAsCanBeSaid(t *testing.T) {
	onceTest(t, ServerConfig{Once: OnceLimits{Keep: math.MaxInt64}}, func(t *testing.T, c *counter) {
		for range 3 {
			c.dial(t, "ann").call(t, keyedCall("count", "k"), argsOf(t, nil))
			time.Sleep(24 * 24 * time.Hour / 3)
		}
		if n := c.runs.Load(); n != 1 {
			t.Errorf("a call with one key ran %d times in 24 days", n)
		}
	})
}
