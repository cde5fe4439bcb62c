package engine

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine/transport"
)

func TestLostConnectionIsOneFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 2, ClientConfig{})
		for _, nd := range c.nodes {
			nd.answer = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		}
		var calls sync.WaitGroup
		for range 20 {
			calls.Go(func() {
				_, err := Call[string](t.Context(), svc.Method("get"))
				if EffectOf(err) != MaybeExecuted {
					t.Errorf("a call on a lost connection = %v (%v)", err, EffectOf(err))
				}
			})
		}
		synctest.Wait()
		for _, nd := range c.nodes {
			crash(nd.server)
		}
		calls.Wait()
		var eps []string
		for range 2 {
			ep, err := svc.s.picker.Pick(transport.Now(), 0, nil)
			if err != nil {
				t.Fatal(err)
			}
			if s := ep.Stats(); s.Ejected || s.Success < 0.75 {
				t.Errorf("%s after one lost connection: %+v", ep.ID(), s)
			}
			eps = append(eps, ep.ID())
		}
		if eps[0] == eps[1] {
			t.Errorf("%s got both calls: one instance is out", eps[0])
		}
	})
}

func TestEffectIsThatOfAllTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 1, ClientConfig{})
		nd := c.nodes["tcp://node0:1"]
		nd.answer = func(ctx context.Context) error {
			nd.down.Store(true)
			crash(nd.server)
			<-ctx.Done()
			return ctx.Err()
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := Call[string](ctx, svc.Method("get").Idempotent())
		if !errors.Is(err, Unavailable) || EffectOf(err) != MaybeExecuted || nd.dials.Load() < 2 {
			t.Errorf("a call that ran once and could not be sent again = %v (%v) after %d dials",
				err, EffectOf(err), nd.dials.Load())
		}
	})
}
