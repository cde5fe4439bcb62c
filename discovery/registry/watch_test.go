package registry

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/leverrpc/lever/discovery"
	"github.com/leverrpc/lever/engine"
)

// follow makes a resolver of a registry.
func (w *world) follow() *discovery.Resolver {
	c, _ := w.dial(ClientConfig{})
	r := discovery.New(c, discovery.Config{Logger: w.config.Logger})
	w.t.Cleanup(func() { r.Close() })
	return r
}

// sees gives what a resolver knows.
func (w *world) sees(r *discovery.Resolver) string {
	w.t.Helper()
	v, err := r.Resolve(w.t.Context(), bank)
	if err != nil {
		return err.Error()
	}
	return ids(v)
}

func TestCallersSeeInstances(t *testing.T) {
	bubble(t, Config{Grace: -1}, func(t *testing.T, w *world) {
		r := w.follow()
		if got := w.sees(r); got != "" {
			t.Errorf("an unknown service has %q", got)
		}
		a := w.join("a")
		w.eventually("a", time.Second, func() bool { return w.sees(r) == "a" })
		w.join("b")
		w.eventually("a and b", time.Second, func() bool { return w.sees(r) == "a b" })
		w.must(a.Leave(t.Context()))
		w.eventually("b", time.Second, func() bool { return w.sees(r) == "b" })
	})
}

func TestViewStaysWhenTheRegistryIsAway(t *testing.T) {
	for _, state := range []string{"", "state"} {
		bubble(t, Config{State: state}, func(t *testing.T, w *world) {
			r := w.follow()
			w.join("a")
			b := w.join("b")
			w.eventually("a and b", time.Second, func() bool { return w.sees(r) == "a b" })
			time.Sleep(time.Minute)
			w.stop()
			for range 3 * 60 {
				if time.Sleep(time.Second); w.sees(r) != "a b" {
					t.Fatalf("callers see %q", w.sees(r))
				}
			}
			w.start()
			began := time.Now()
			for time.Since(began) < time.Minute { // a restart is no reason to shrink either
				if time.Sleep(10 * time.Millisecond); w.sees(r) != "a b" {
					t.Fatalf("callers see %q", w.sees(r))
				}
			}
			if s, _ := r.State(bank); s.Err != nil {
				t.Errorf("State: %v", s.Err)
			}
			w.must(b.Leave(t.Context()))
			w.eventually("a", time.Second, func() bool { return w.sees(r) == "a" })
		})
	}
}

// Instances that all vanish at once, without a word, have more probably lost the registry.
func TestServiceThatIsLostIsKeptForAWhile(t *testing.T) {
	bubble(t, Config{Grace: -1}, func(t *testing.T, w *world) {
		r := w.follow()
		a := w.join("a")
		w.eventually("a", time.Second, func() bool { return w.sees(r) == "a" })
		a.kill()
		for range 4 * 60 {
			if time.Sleep(time.Second); w.sees(r) != "a" {
				t.Fatalf("callers see %q", w.sees(r))
			}
		}
		s, _ := r.State(bank)
		if !errors.Is(s.Err, discovery.ErrNoService) {
			t.Errorf("State: %v", s.Err)
		}
		time.Sleep(2 * time.Minute)
		if got := w.sees(r); got != "" {
			t.Errorf("callers see %q", got)
		}
		w.join("b")
		w.eventually("b", 6*time.Second, func() bool { return w.sees(r) == "b" })
	})
}

func TestLastInstanceThatLeavesIsGone(t *testing.T) {
	bubble(t, Config{Grace: -1}, func(t *testing.T, w *world) {
		r := w.follow()
		a := w.join("a")
		w.eventually("a", time.Second, func() bool { return w.sees(r) == "a" })
		w.must(a.Leave(t.Context()))
		w.eventually("nobody", time.Second, func() bool { return w.sees(r) == "" })
	})
}

func TestWatchEndsWithItsContext(t *testing.T) {
	bubble(t, Config{Grace: -1}, func(t *testing.T, w *world) {
		c, _ := w.dial(ClientConfig{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		views := 0
		if err := c.Watch(ctx, bank, func(engine.View) { views++ }); err != nil || views != 1 {
			t.Errorf("Watch = %v after %d views, want nil after 1", err, views)
		}
	})
}

func TestServicesThatNobodyWatchesAreForgotten(t *testing.T) {
	bubble(t, Config{Grace: -1}, func(t *testing.T, w *world) {
		c, _ := w.dial(ClientConfig{})
		for i := range maxTold + 100 {
			ctx, stop := context.WithCancel(t.Context())
			u := bank
			u.Service = fmt.Sprintf("service%d", i)
			if err := c.Watch(ctx, u, func(engine.View) { stop() }); err != nil {
				t.Fatal(err)
			}
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if n := len(c.told); n != maxTold {
			t.Errorf("%d services are remembered, want %d", n, maxTold)
		}
	})
}
