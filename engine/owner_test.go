package engine_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/internal/fleet"
)

// whoami registers a method that tells which instance runs it.
func whoami(in *instance) {
	err := in.server.Handle("who", engine.Func0(func(context.Context) (string, error) { return in.id, nil }))
	if err != nil {
		panic(err)
	}
}

// owners asks for n resources which instance serves each.
func owners(t *testing.T, svc engine.Service, n int) []string {
	t.Helper()
	ids := make([]string, n)
	for i := range n {
		id, err := engine.Call[string](t.Context(), svc.Resource(fmt.Sprint("r", i)).Method("who"))
		if err != nil {
			t.Fatalf("r%d: %v", i, err)
		}
		ids[i] = id
	}
	return ids
}

// differ counts the places in which two lists differ.
func differ(a, b []string) (n int) {
	for i := range a {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}

func TestCallsGoToTheOwnerAndStayThere(t *testing.T) {
	for _, x := range []struct {
		name  string
		bits  int
		moves bool // a join moves part of what is in use
	}{{"by hashing", 0, true}, {"by a ledger", 8, false}} {
		t.Run(x.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, fleet.Config{Bits: x.bits})
				defer w.end()
				w.start(engine.ServerConfig{}, whoami)
				one, other := w.client(engine.ClientConfig{}), w.client(engine.ClientConfig{})
				first := owners(t, one, 60)
				w.start(engine.ServerConfig{}, whoami)
				w.start(engine.ServerConfig{}, whoami)
				time.Sleep(time.Second)
				owners(t, one, 1) // the new view is noticed by a call
				time.Sleep(time.Millisecond)
				now := owners(t, one, 60)
				if moved := differ(first, now); (moved > 0) != x.moves {
					t.Errorf("%d of 60 resources moved when two instances joined", moved)
				}
				if n := differ(now, owners(t, other, 60)); n > 0 {
					t.Errorf("two callers disagree about %d resources", n)
				}
			})
		})
	}
}

// A client that knows too little is sent on; no call is lost, and none runs twice.
func TestStaleCallersAreSentOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, fleet.Config{})
		defer w.end()
		calls := map[string]int{}
		count := func(in *instance) {
			err := in.server.Handle("who", engine.Func0(func(context.Context) (string, error) {
				w.mu.Lock()
				defer w.mu.Unlock()
				calls[in.id]++
				return in.id, nil
			}))
			if err != nil {
				t.Error(err)
			}
		}
		w.start(engine.ServerConfig{}, count)
		w.start(engine.ServerConfig{}, count)
		stale := w.client(engine.ClientConfig{})
		owners(t, stale, 40)
		w.start(engine.ServerConfig{}, count)
		time.Sleep(time.Second)
		clear(calls)
		got := owners(t, stale, 40) // the domain is still that of two instances
		if calls["n3"] == 0 || calls["n1"]+calls["n2"]+calls["n3"] != 40 {
			t.Errorf("calls ran as %v", calls)
		}
		if n := differ(got, owners(t, w.client(engine.ClientConfig{}), 40)); n > 0 {
			t.Errorf("%d calls ran at an instance that is not the owner", n)
		}
	})
}

// An instance that does not own a resource says so, and names the owner; a caller who cannot be
// sent on learns that nothing ran.
func TestStrangersAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, fleet.Config{})
		defer w.end()
		a := w.start(engine.ServerConfig{}, whoami)
		w.start(engine.ServerConfig{}, whoami)
		all := owners(t, w.client(engine.ClientConfig{}), 20)
		direct, err := a.server.Pipe(engine.ClientConfig{Attempts: -1})
		if err != nil {
			t.Fatal(err)
		}
		defer direct.Close()
		for i, owner := range all {
			r := direct.Service("lever://test/bank").Resource(fmt.Sprint("r", i))
			got, err := engine.Call[string](t.Context(), r.Method("who"))
			if owner == a.id && (err != nil || got != owner) {
				t.Errorf("its own r%d: %q, %v", i, got, err)
			}
			if owner != a.id && (!errors.Is(err, engine.WrongOwner) || engine.EffectOf(err) != engine.NotExecuted) {
				t.Errorf("r%d of %s: %q, %v (%v)", i, owner, got, err, engine.EffectOf(err))
			}
		}
	})
}

// Where views are in order somebody takes out who is gone; until then nobody stands in for him.
func TestNobodyStandsInWhereViewsAreInOrder(t *testing.T) {
	for _, x := range []struct {
		name string
		bits int
	}{{"by hashing", 0}, {"with leases", 8}} {
		t.Run(x.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, fleet.Config{Bits: x.bits})
				defer w.end()
				a := w.start(engine.ServerConfig{}, whoami)
				b := w.start(engine.ServerConfig{}, whoami)
				svc := w.client(engine.ClientConfig{Attempts: -1})
				all := owners(t, svc, 20)
				w.kill(a)
				for _, after := range []time.Duration{0, 3 * time.Second} {
					time.Sleep(after)
					for i, owner := range all {
						got, err := engine.Call[string](t.Context(), svc.Resource(fmt.Sprint("r", i)).Method("who"))
						if owner == b.id && err != nil {
							t.Errorf("r%d of the other: %v", i, err)
						}
						if owner == a.id && !errors.Is(err, engine.Unavailable) {
							t.Errorf("r%d of the dead %s after %v: %q, %v", i, owner, after, got, err)
						}
					}
				}
				time.Sleep(12 * time.Second)
				_, _ = engine.Call[string](t.Context(), svc.Resource("r").Method("who")) // it notices the new view
				time.Sleep(time.Second)
				for i, id := range owners(t, svc, 20) {
					if id == a.id {
						t.Errorf("r%d is at the dead %s", i, id)
					}
				}
			})
		})
	}
}

// place is a Membership of a view that never changes.
type place struct{ view *engine.View }

func (p place) Register(context.Context, engine.URL, engine.Instance) (engine.Membership, error) {
	return p, nil
}
func (p place) View() *engine.View                           { return p.view }
func (p place) Changed() <-chan struct{}                     { return nil }
func (p place) Lease() (time.Time, bool)                     { return time.Time{}, false }
func (p place) Release(context.Context, uint64, []int) error { return nil }
func (p place) Drain(context.Context) error                  { return nil }
func (p place) Leave(context.Context) error                  { return nil }

// Where a list of addresses is all that is known, instances find themselves by these.
func TestInstancesFindThemselvesInTheView(t *testing.T) {
	other := engine.Instance{ID: "other", Addr: "tcp://other:1"}
	for _, x := range []struct {
		name string
		self engine.Instance // as the view has it
		want bool
	}{
		{"by address", engine.Instance{Addr: "tcp://n1:1"}, true},
		{"by id", engine.Instance{ID: "n1", Addr: "tcp://proxy:1"}, true},
		{"by id and incarnation", engine.Instance{ID: "n1", Addr: "tcp://n1:1", Incarnation: 7}, true},
		{"not in another life", engine.Instance{ID: "n1", Addr: "tcp://n1:1", Incarnation: 8}, false},
		{"not among others", other, false},
	} {
		t.Run(x.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := engine.NewServer(engine.ServerConfig{
					Service: "bank", Env: "test", Registrar: place{&engine.View{Instances: []engine.Instance{x.self}}},
					Self: engine.Instance{ID: "n1", Addr: "tcp://n1:1", Incarnation: 7},
				})
				whoami(&instance{id: "n1", server: s})
				ctx, stop := context.WithCancel(t.Context())
				served := make(chan error)
				go func() { served <- s.Serve(ctx) }()
				c, err := s.Pipe(engine.ClientConfig{Attempts: -1})
				if err != nil {
					t.Fatal(err)
				}
				_, err = engine.Call[string](t.Context(), c.Service("lever://test/bank").Resource("r").Method("who"))
				if (err == nil) != x.want || err != nil && !errors.Is(err, engine.WrongOwner) {
					t.Errorf("got %v, want it served: %v", err, x.want)
				}
				stop()
				if err := errors.Join(<-served, c.Close()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
