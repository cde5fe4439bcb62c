package engine_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/internal/fleet"
)

// The news that an owner has left may come later than its connections end. What is called meanwhile
// waits for it, but not for ever.
func TestCallsOutlastTheirOwner(t *testing.T) {
	for _, x := range []struct {
		name   string
		bits   int
		config engine.ClientConfig
		news   time.Duration // when the caller hears of it
		want   bool
		most   time.Duration
	}{
		{"with a ledger", 8, engine.ClientConfig{}, 500 * time.Millisecond, true, 510 * time.Millisecond},
		{"by hashing", 0, engine.ClientConfig{}, 500 * time.Millisecond, true, 510 * time.Millisecond},
		{"by hashing, with no deputy", 0, engine.ClientConfig{Failover: time.Millisecond},
			500 * time.Millisecond, true, 510 * time.Millisecond},
		{"for a second", 8, engine.ClientConfig{}, time.Minute, false, 1100 * time.Millisecond},
		{"for longer, with more attempts", 8, engine.ClientConfig{Attempts: 20}, 3 * time.Second, true, 5 * time.Second},
		{"but not if they are tried once", 8, engine.ClientConfig{Attempts: -1}, time.Minute, false, 0},
	} {
		t.Run(x.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, fleet.Config{Bits: x.bits})
				defer w.end()
				a := w.start(engine.ServerConfig{}, whoami)
				views := w.keeper.Resolver()
				x.config.Resolver = views
				svc := w.client(x.config)
				if x.bits == 0 {
					w.start(engine.ServerConfig{}, whoami)
				}
				all := owners(t, svc, 20)
				if x.bits > 0 {
					w.start(engine.ServerConfig{}, whoami)
				}
				time.Sleep(time.Second)
				owners(t, svc, 1)
				views.Cut(true)
				a.stop()
				a.served <- <-a.served
				time.AfterFunc(x.news, func() {
					views.Cut(false)
					w.launch(engine.ServerConfig{}, whoami) // this makes a view
				})
				began := time.Now()
				var callers sync.WaitGroup
				for i, owner := range all {
					callers.Go(func() {
						m := svc.Resource(fmt.Sprint("r", i)).Method("who")
						_, err := engine.Call[string](t.Context(), m)
						took := time.Since(began)
						switch {
						case owner == a.id && took > x.most:
							t.Errorf("r%d took %v, want %v at most", i, took, x.most)
						case (err == nil) != (x.want || owner != a.id):
							t.Errorf("r%d of %s: %v", i, owner, err)
						case err != nil && engine.EffectOf(err) != engine.NotSent:
							t.Errorf("r%d: %v (%v)", i, err, engine.EffectOf(err))
						}
					})
				}
				callers.Wait()
				time.Sleep(x.news + time.Second) // the other instance has begun
			})
		})
	}
}
