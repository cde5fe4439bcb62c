package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/internal/fleet"
)

// tenant registers handlers that hold a resource until they are told to let it go: hold, which is
// regular, and holdChan; and fence, which tells since when.
func tenant(in *instance) {
	whoami(in)
	err := errors.Join(
		in.server.Handle("hold", engine.Func0(func(ctx context.Context) (string, error) {
			<-ctx.Done()
			return "", ctx.Err()
		})),
		in.server.Handle("holdChan", engine.Chan0(func(ctx context.Context, _ *engine.Chan[int, int]) error {
			<-ctx.Done()
			return nil
		})),
		in.server.Handle("fence", engine.Func0(func(ctx context.Context) (uint64, error) {
			epoch, ok := engine.Fence(ctx)
			if !ok {
				return 0, errors.New("no fence")
			}
			return epoch, nil
		})),
	)
	if err != nil {
		panic(err)
	}
}

// The lease of a cut-off instance ends by its own clock, sooner than at the keeper, and all that it
// covers ends then.
func TestInstancesStopWhenTheirLeaseIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, fleet.Config{Bits: 6})
		defer w.end()
		var hook atomic.Value // why the context of the Close hook has ended
		a := w.start(engine.ServerConfig{Resources: engine.Hooks[int]{
			Close: func(ctx context.Context, _ string, _ int) error {
				_, fenced := engine.Fence(ctx)
				hook.Store(fmt.Sprint(context.Cause(ctx), fenced))
				return nil
			},
		}}, tenant)
		r := w.client(engine.ClientConfig{Attempts: -1}).Resource("r")
		ended := make(chan error, 2)
		go func() {
			_, err := engine.Call[string](t.Context(), r.Method("hold"))
			ended <- err
		}()
		ch, err := engine.Open[int, int](t.Context(), r.Method("holdChan"))
		if err != nil {
			t.Fatal(err)
		}
		go func() { _, err := ch.Recv(); ended <- err }()
		if _, err := engine.Call[string](t.Context(), r.Method("who")); err != nil {
			t.Error(err)
		}
		until, _ := a.Member().Lease()
		a.Member().Cut(true)
		time.Sleep(time.Until(until) - time.Millisecond)
		if _, err := engine.Call[string](t.Context(), r.Method("who")); err != nil || len(ended) > 0 {
			t.Errorf("before the end of the lease: %v, %d calls were ended", err, len(ended))
		}
		time.Sleep(time.Millisecond)
		if _, err := engine.Call[string](t.Context(), r.Method("who")); !errors.Is(err, engine.NotLeased) ||
			engine.EffectOf(err) != engine.NotExecuted {
			t.Errorf("at the end of the lease: %v (%v)", err, engine.EffectOf(err))
		}
		synctest.Wait()
		for range 2 {
			if len(ended) == 0 {
				t.Fatal("a call goes on")
			}
			if err := <-ended; !errors.Is(err, engine.Moved) {
				t.Errorf("a call ended with %v", err)
			}
		}
		if got := hook.Load(); got != "engine: the lease is over true" {
			t.Errorf("Close saw %v", got)
		}
		a.Member().Cut(false)
		time.Sleep(10 * time.Second)
		if _, err := engine.Call[string](t.Context(), r.Method("who")); err != nil {
			t.Errorf("when it has a lease again: %v", err)
		}
	})
}

// After the death of an owner the next one begins when the dead one's lease is over, and with a
// higher fence.
func TestNextOwnerWaitsForTheLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, fleet.Config{Bits: 6})
		defer w.end()
		a := w.start(engine.ServerConfig{}, tenant)
		svc := w.client(engine.ClientConfig{Attempts: -1})
		m := svc.Resource("r").Method("fence")
		before, err := engine.Call[uint64](t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		w.start(engine.ServerConfig{}, tenant)
		until, _ := a.Member().Lease()
		w.kill(a)
		for time.Since(until) < time.Minute {
			after, err := engine.Call[uint64](t.Context(), m)
			if err != nil {
				time.Sleep(100 * time.Millisecond)
				continue
			}
			if early := time.Until(until); early > 0 || after <= before {
				t.Errorf("the next owner began %v before the end of the lease, fence %d after %d", early, after, before)
			}
			break
		}
		if late := time.Since(until); late > 3*time.Second {
			t.Errorf("the next owner began only %v after the end of the lease", late)
		}
	})
}

func TestNoFenceWithoutALedger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, fleet.Config{})
		defer w.end()
		w.start(engine.ServerConfig{}, tenant)
		svc := w.client(engine.ClientConfig{})
		for _, m := range []engine.Method{svc.Method("fence"), svc.Resource("r").Method("fence")} {
			if n, err := engine.Call[uint64](t.Context(), m); !errors.Is(err, engine.Application) {
				t.Errorf("%d, %v", n, err)
			}
		}
		if _, ok := engine.Fence(t.Context()); ok {
			t.Error("a context of nothing has a fence")
		}
	})
}

// What is free goes to those who join; what is in use stays, until Rebalance.
func TestRebalanceMovesWhatIsInUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, fleet.Config{Bits: 6})
		defer w.end()
		var d diary
		hooks := func(id string) engine.ServerConfig {
			return engine.ServerConfig{Resources: engine.Hooks[*account]{
				New: func(_ context.Context, name string) (*account, error) {
					d.add("%s new %s", id, name)
					return &account{name: name}, nil
				},
				Close: func(_ context.Context, name string, _ *account) error {
					d.add("%s close %s", id, name)
					return nil
				},
			}}
		}
		a := w.start(hooks("n1"), tenant)
		svc := w.client(engine.ClientConfig{})
		owners(t, svc, 10)
		w.start(hooks("n2"), tenant)
		time.Sleep(time.Second)
		share := map[string]int{}
		view := w.keeper.View()
		for slot := range 1 << view.Owners.Bits() {
			owner, _ := view.Owners.OwnerOf(slot)
			share[owner.ID]++
		}
		if share["n2"] < 10 {
			t.Errorf("the empty slots are at %v", share)
		}
		if moved := differ(owners(t, svc, 10), owners(t, svc, 10)); moved > 0 || d.take() == "" {
			t.Errorf("%d moved before anybody asked", moved)
		}
		ended := make(chan error, 10)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		for i := range 10 {
			ch, err := engine.Open[int, int](ctx, svc.Resource(fmt.Sprint("r", i)).Method("holdChan"))
			if err != nil {
				t.Fatal(err)
			}
			go func() { _, err := ch.Recv(); ended <- err }()
		}
		time.Sleep(time.Millisecond) // until all of them have come to their handlers
		if err := a.server.Rebalance(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		closed := strings.Count(d.take(), "n1 close")
		moved := 0
		for _, id := range owners(t, svc, 10) {
			if id == "n2" {
				moved++
			}
		}
		made := strings.Count(d.take(), "n2 new")
		if moved == 0 || moved == 10 || closed != moved || made != moved || len(ended) != moved {
			t.Errorf("%d of 10 have moved: %d closed, %d made, %d streams ended", moved, closed, made, len(ended))
		}
		for range len(ended) {
			if err := <-ended; !errors.Is(err, engine.Moved) {
				t.Errorf("a stream ended with %v", err)
			}
		}
	})
}

// A resource that is handed over is closed when its calls have ended, and only then begins
// elsewhere.
func TestHandOversWaitForCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, fleet.Config{Bits: 6})
		defer w.end()
		var d diary
		slow := func(in *instance) {
			err := in.server.Handle("slow", engine.Func0(func(ctx context.Context) (string, error) {
				d.add("%s begins", in.id)
				time.Sleep(700 * time.Millisecond)
				d.add("%s ends", in.id)
				return in.id, nil
			}))
			if err != nil {
				t.Error(err)
			}
		}
		a := w.start(engine.ServerConfig{}, slow)
		name := atHome("n2", 6)
		m := w.client(engine.ClientConfig{}).Resource(name).Method("slow")
		first := make(chan error, 1)
		go func() { _, err := engine.Call[string](t.Context(), m); first <- err }()
		time.Sleep(100 * time.Millisecond)
		w.start(engine.ServerConfig{}, slow)
		if owner, _ := w.keeper.View().Owners.Owner(name); owner.ID != "n1" {
			t.Fatalf("%s has gone to %s while it was in use", name, owner.ID)
		}
		go func() {
			if err := a.server.Rebalance(t.Context()); err != nil {
				t.Error(err)
			}
			d.add("rebalanced")
		}()
		time.Sleep(100 * time.Millisecond)
		if got, err := engine.Call[string](t.Context(), m); got != "n2" || err != nil {
			t.Errorf("the second call: %q, %v", got, err)
		}
		if err := <-first; err != nil {
			t.Errorf("the first call: %v", err)
		}
		// The new owner may begin in the moment in which the old one is told that all is done.
		got := strings.Replace(d.take(), "n2 begins, rebalanced", "rebalanced, n2 begins", 1)
		if want := "n1 begins, n1 ends, rebalanced, n2 begins, n2 ends"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}

// A shutdown hands everything over, without waiting for the end of a lease; no call fails.
func TestShutdownsHandOver(t *testing.T) {
	for _, bits := range []int{0, 6} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, fleet.Config{Bits: bits, Delay: func() time.Duration { return time.Millisecond }})
			defer w.end()
			slow := engine.ServerConfig{Resources: engine.Hooks[int]{
				Close: func(context.Context, string, int) error { time.Sleep(300 * time.Millisecond); return nil },
			}}
			a := w.start(slow, tenant)
			w.start(slow, tenant)
			svc := w.client(engine.ClientConfig{})
			owners(t, svc, 30)
			stop, ended := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(ended)
				for {
					select {
					case <-stop:
						return
					default:
						owners(t, svc, 30)
						time.Sleep(time.Millisecond)
					}
				}
			}()
			time.Sleep(100 * time.Millisecond)
			began := time.Now()
			a.stop()
			err := <-a.served
			a.served <- nil
			if took := time.Since(began); err != nil || took > time.Second {
				t.Errorf("bits %d: the shutdown took %v: %v", bits, took, err)
			}
			time.Sleep(100 * time.Millisecond)
			close(stop)
			<-ended
			for i, id := range owners(t, svc, 30) {
				if id == a.id {
					t.Errorf("bits %d: r%d is at the one that has left", bits, i)
				}
			}
		})
	}
}

// Instances that cannot join say why.
func TestServersThatCannotJoinEnd(t *testing.T) {
	for _, x := range []struct {
		name   string
		config engine.ServerConfig
		want   string
	}{
		{"no environment", engine.ServerConfig{Self: engine.Instance{Addr: "tcp://n:1"}}, "Env"},
		{"no address", engine.ServerConfig{Env: "test"}, "set Self.Addr"},
	} {
		x.config.Service, x.config.Registrar = "bank", fleet.New(fleet.Config{})
		err := engine.NewServer(x.config).Serve(t.Context())
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v, want %q", x.name, err, x.want)
		}
	}
	s := engine.NewServer(engine.ServerConfig{Service: "bank", Env: "test", Registrar: fleet.New(fleet.Config{})})
	if err := s.ListenAndServe(t.Context(), "tcp://:0"); err == nil || !strings.Contains(err.Error(), "others cannot dial") {
		t.Errorf("an address of no host: %v", err)
	}
}
