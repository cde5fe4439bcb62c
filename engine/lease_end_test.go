package engine

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/lb"
)

// grantor is a Membership of one instance, which owns everything, with a lease that the test sets.
type grantor struct {
	view   *View
	silent bool // it hears nothing

	mu    sync.Mutex
	until time.Time
	slow  bool // the next who asks gets its answer late
}

func newGrantor(until time.Time) *grantor {
	members := []lb.Member{{ID: "n1", Incarnation: 7, Weight: 1}}
	ledger := new(lb.Ledger).Update(1, members, lb.NewTable(members, 6), nil)
	return &grantor{until: until, view: &View{
		Epoch: 1, Owners: ledger, Instances: []Instance{{ID: "n1", Incarnation: 7, Addr: "tcp://n1:1"}},
	}}
}

func (g *grantor) Register(context.Context, URL, Instance) (Membership, error) { return g, nil }
func (g *grantor) View() *View                                                 { return g.view }
func (g *grantor) Changed() <-chan struct{}                                    { return nil }
func (g *grantor) Release(ctx context.Context, _ uint64, _ []int) error        { return g.hear(ctx) }
func (g *grantor) Drain(ctx context.Context) error                             { return g.hear(ctx) }
func (g *grantor) Leave(ctx context.Context) error                             { return g.hear(ctx) }

func (g *grantor) hear(ctx context.Context) error {
	if g.silent {
		<-ctx.Done()
	}
	return ctx.Err()
}

func (g *grantor) Lease() (time.Time, bool) {
	g.mu.Lock()
	until, slow := g.until, g.slow
	g.slow = false
	g.mu.Unlock()
	if slow {
		time.Sleep(5 * time.Millisecond)
	}
	return until, true
}

func (g *grantor) set(until time.Time, slow bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.until, g.slow = until, slow
}

// serve starts the server that g is the Registrar of, and gives a client's way to a resource of it.
func (g *grantor) serve(t *testing.T) (resource Service) {
	t.Helper()
	srv := NewServer(ServerConfig{Service: "bank", Env: "test", Registrar: g,
		Self: Instance{ID: "n1", Incarnation: 7, Addr: "tcp://n1:1"}})
	err := errors.Join(
		srv.Handle("holdChan", Chan0(func(ctx context.Context, _ *Chan[int, int]) error {
			<-ctx.Done()
			return nil
		})),
		srv.Handle("get", Func0(func(context.Context) (string, error) { return "x", nil })))
	if err != nil {
		t.Fatal(err)
	}
	client, stop := startPiped(t, srv)
	t.Cleanup(func() {
		client.Close()
		stop()
	})
	return client.Service("lever://test/bank/r")
}

// startPiped starts a server and gives a client of it, and what stops it and gives its error.
func startPiped(t *testing.T, srv *Server) (client *Client, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ctx) }()
	client, err := srv.Pipe(ClientConfig{Attempts: -1})
	if err != nil {
		t.Fatal(err)
	}
	return client, func() error { cancel(); return <-served }
}

// In real time, as a clock that stands still between two looks at it does not show how far away the
// end of such a lease is.
func TestALeaseThatItsSourceEndsCoversNothing(t *testing.T) {
	g := newGrantor(time.Now().Add(4 * time.Second))
	r := g.serve(t)
	if _, err := Call[string](t.Context(), r.Method("get")); err != nil {
		t.Fatal(err)
	}
	ch, err := Open[int, int](t.Context(), r.Method("holdChan"))
	if err != nil {
		t.Fatal(err)
	}
	g.set(time.Time{}, false)
	ended := make(chan error, 1)
	go func() { _, err := ch.Recv(); ended <- err }()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Error("the lease has ended, and the stream goes on")
	}
	if _, err := Call[string](t.Context(), r.Method("get")); !errors.Is(err, NotLeased) {
		t.Errorf("after the end of the lease a call gives %v", err)
	}
}

func TestLeasesThatAreReadLateDoNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGrantor(time.Now().Add(-time.Second))
		r := g.serve(t)
		get := func() error { _, err := Call[string](t.Context(), r.Method("get")); return err }
		time.Sleep(30 * time.Millisecond) // between two looks at the lease that is over
		if err := get(); !errors.Is(err, NotLeased) {
			t.Fatal(err)
		}
		g.set(time.Now().Add(9*time.Second), true)
		first := make(chan error, 1)
		go func() { first <- get() }()
		synctest.Wait()
		g.set(time.Now().Add(-time.Hour), false)
		if err := get(); !errors.Is(err, NotLeased) {
			t.Fatal(err)
		}
		<-first
		if err := get(); !errors.Is(err, NotLeased) {
			t.Errorf("a call gives %v, though the end of the lease was known before", err)
		}
	})
}

// A server that is told to stop has its grace for those whom it serves, whatever its registry does.
func TestAShutdownDoesNotWaitLongForASilentSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGrantor(time.Now().Add(time.Hour))
		g.silent = true
		var written bool
		srv := NewServer(ServerConfig{Service: "bank", Env: "test", Registrar: g,
			Self: Instance{ID: "n1", Incarnation: 7, Addr: "tcp://n1:1"},
			Resources: Hooks[int]{Close: func(ctx context.Context, _ string, _ int) error {
				time.Sleep(100 * time.Millisecond)
				written = ctx.Err() == nil
				return nil
			}}})
		err := srv.Handle("get", Func0(func(ctx context.Context) (string, error) {
			select {
			case <-time.After(2 * time.Second):
			case <-ctx.Done():
			}
			return "x", ctx.Err()
		}))
		if err != nil {
			t.Fatal(err)
		}
		client, stop := startPiped(t, srv)
		s := client.Service("lever://test/bank")
		if _, err := Call[string](t.Context(), s.Resource("r").Method("get")); err != nil {
			t.Fatal(err)
		}
		served := make(chan error, 1)
		go func() { served <- stop() }()
		began := time.Now()
		for i := range 9 {
			go func() {
				if _, err := Call[string](t.Context(), s.Method("get")); EffectOf(err) == MaybeExecuted {
					t.Errorf("a call %d s after the shutdown had begun ended with %v", i, err)
				}
			}()
			time.Sleep(time.Second)
		}
		err = <-served
		if d := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || d > 9*time.Second || !written {
			t.Errorf("the shutdown = %v after %v; the hook could write: %v", err, d, written)
		}
		client.Close()
	})
}
