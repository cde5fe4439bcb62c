package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/internal/fleet"
	"github.com/leverrpc/lever/lb"
)

// A caller whose source is silent is sent on among the instances that it knows.
func TestHintsNeedNoNewView(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, fleet.Config{Bits: 6})
		defer w.end()
		a := w.start(engine.ServerConfig{}, whoami)
		views := w.keeper.Resolver()
		svc := w.client(engine.ClientConfig{Resolver: views})
		before := owners(t, svc, 10)
		w.start(engine.ServerConfig{}, whoami)
		time.Sleep(time.Second)
		owners(t, svc, 1)
		time.Sleep(time.Second)
		views.Cut(true)
		if err := a.server.Rebalance(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		began := time.Now()
		after := owners(t, svc, 10)
		if took := time.Since(began); differ(before, after) == 0 || took > 10*time.Millisecond {
			t.Errorf("after %v the owners are %v", took, after)
		}
	})
}

// A stream that came to the wrong instance comes to the right one when it is opened again, also if
// the caller's source is silent.
func TestStreamsOpenedAgainFindTheOwner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, fleet.Config{Bits: 6})
		defer w.end()
		a := w.start(engine.ServerConfig{}, tenant)
		views := w.keeper.Resolver()
		svc := w.client(engine.ClientConfig{Resolver: views})
		r := svc.Resource(atHome("n2", 6))
		if id, err := engine.Call[string](t.Context(), r.Method("who")); id != "n1" || err != nil {
			t.Fatal(id, err)
		}
		w.start(engine.ServerConfig{}, tenant)
		time.Sleep(time.Second)
		owners(t, svc, 1)
		time.Sleep(time.Second)
		views.Cut(true)
		if err := a.server.Rebalance(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		for _, refused := range []bool{true, false} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			ch, err := engine.Open[int, int](ctx, r.Method("holdChan"))
			if err == nil {
				_, err = ch.Recv()
			}
			if errors.Is(err, engine.WrongOwner) != refused {
				t.Errorf("got %v, want it refused: %v", err, refused)
			}
			cancel()
		}
	})
}

// Where hashing decides, a join ends what it moves: streams with MOVED, and the rest when its calls
// have ended.
func TestLostResourcesAreClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, fleet.Config{})
		defer w.end()
		var d diary
		start := func(id string) *instance {
			return w.start(engine.ServerConfig{Resources: engine.Hooks[int]{
				New: func(_ context.Context, name string) (int, error) { d.add("%s new %s", id, name); return 0, nil },
				Close: func(ctx context.Context, name string, _ int) error {
					d.add("%s close %s %v", id, name, ctx.Err())
					return nil
				},
			}}, tenant)
		}
		a := start("n1")
		err := a.server.Handle("slow", engine.Func0(func(ctx context.Context) (string, error) {
			time.Sleep(5 * time.Second)
			return a.id, ctx.Err()
		}))
		if err != nil {
			t.Fatal(err)
		}
		svc := w.client(engine.ClientConfig{})
		ended, done := make(chan error, 20), make(chan error, 20)
		for i := range 20 {
			r := svc.Resource(fmt.Sprint("r", i))
			ch, err := engine.Open[int, int](t.Context(), r.Method("holdChan"))
			if err != nil {
				t.Fatal(err)
			}
			go func() { _, err := ch.Recv(); ended <- err }()
			go func() { _, err := engine.Call[string](t.Context(), r.Method("slow")); done <- err }()
			defer ch.Close()
		}
		time.Sleep(time.Second)
		start("n2")
		time.Sleep(time.Second)
		moved := len(ended)
		if moved == 0 || moved == 20 {
			t.Errorf("%d of 20 streams ended", moved)
		}
		for range moved {
			if err := <-ended; !errors.Is(err, engine.Moved) {
				t.Errorf("a stream ended with %v", err)
			}
		}
		if text := d.take(); strings.Contains(text, "close") {
			t.Errorf("closed while calls run: %s", text)
		}
		for range 20 {
			if err := <-done; err != nil {
				t.Errorf("a call that had begun: %v", err)
			}
		}
		synctest.Wait()
		if text := d.take(); strings.Count(text, "n1 close") != moved || strings.Count(text, "<nil>") != moved {
			t.Errorf("%d streams ended, and then: %s", moved, text)
		}
	})
}

// A resource that is lost while it is made is closed, and the call is sent on.
func TestResourcesMayBeLostBeforeTheyAreMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, fleet.Config{})
		defer w.end()
		var d diary
		start := func(id string) {
			w.start(engine.ServerConfig{Resources: engine.Hooks[int]{
				New: func(_ context.Context, name string) (int, error) {
					time.Sleep(time.Second)
					d.add("%s makes", id)
					return 0, nil
				},
				Close: func(context.Context, string, int) error { d.add("%s closes", id); return nil },
			}}, whoami)
		}
		start("n1")
		name := atHome("n2", lb.SlotBits)
		got := make(chan string, 1)
		go func() {
			m := w.client(engine.ClientConfig{}).Resource(name).Method("who")
			id, err := engine.Call[string](t.Context(), m)
			got <- fmt.Sprint(id, err)
		}()
		time.Sleep(500 * time.Millisecond)
		start("n2")
		if id := <-got; id != "n2<nil>" {
			t.Errorf("the call: %s", id)
		}
		if text := d.take(); text != "n1 makes, n1 closes, n2 makes" {
			t.Error(text)
		}
	})
}

// atHome gives a resource that hashing has at id, one of n1 and n2.
func atHome(id string, bits int) string {
	table := lb.NewTable([]lb.Member{{ID: "n1"}, {ID: "n2"}}, bits)
	for n := 0; ; n++ {
		if name := fmt.Sprint("r", n); table.Owner(name).ID == id {
			return name
		}
	}
}

// seat is a Membership whose views a test gives.
type seat struct {
	place
	mu      sync.Mutex
	view    *engine.View
	changed chan struct{}
}

func (s *seat) Register(context.Context, engine.URL, engine.Instance) (engine.Membership, error) {
	return s, nil
}

func (s *seat) View() *engine.View {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view
}

func (s *seat) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

func (s *seat) show(view *engine.View) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.view = view
	close(s.changed)
	s.changed = make(chan struct{})
}

// still is a Resolver of one view.
type still struct{ *engine.View }

func (s still) Resolve(context.Context, engine.URL) (*engine.View, error) { return s.View, nil }

// An instance that is called by a newer view than it has waits for that, also if the caller has
// heard of the view only from another instance.
func TestInstancesWaitForTheCallersView(t *testing.T) {
	all := []engine.Instance{{ID: "n1", Addr: "tcp://n1:1"}, {ID: "n2", Addr: "tcp://n2:1"}}
	held := func(epoch uint64, id string) *engine.View {
		m := []lb.Member{{ID: id}}
		return &engine.View{
			Epoch: epoch, Instances: all, Owners: new(lb.Ledger).Update(epoch, m, lb.NewTable(m, 4), nil),
		}
	}
	before, after, name := held(5, "n1"), held(6, "n2"), atHome("n2", 4)
	for _, x := range []struct {
		name     string
		view     *engine.View // the caller's
		attempts int
		late     time.Duration // of n2
		want     error
	}{
		{"the caller knows", after, -1, 300 * time.Millisecond, nil},
		{"n1 tells the caller", before, 2, 300 * time.Millisecond, nil},
		{"n2 is too late", after, -1, 1100 * time.Millisecond, engine.WrongOwner},
	} {
		t.Run(x.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				seats := []*seat{{view: after, changed: make(chan struct{})}, {view: before, changed: make(chan struct{})}}
				servers := map[string]*engine.Server{}
				ctx, stop := context.WithCancel(t.Context())
				served := make(chan error)
				for i, in := range all {
					s := engine.NewServer(engine.ServerConfig{Service: "bank", Env: "test", Registrar: seats[i], Self: in})
					whoami(&instance{id: in.ID, server: s})
					servers[in.Addr] = s
					go func() { served <- s.Serve(ctx) }()
				}
				config := engine.ClientConfig{Resolver: still{x.view}, Attempts: x.attempts}
				config.Reach(func(addr string) *engine.Server { return servers[addr] })
				c, err := engine.NewClient(config)
				if err != nil {
					t.Fatal(err)
				}
				time.AfterFunc(x.late, func() { seats[1].show(after) })
				began := time.Now()
				id, err := engine.Call[string](t.Context(), c.Service("lever://test/bank").Resource(name).Method("who"))
				if x.want == nil && (id != "n2" || err != nil || time.Since(began) > x.late+time.Millisecond) {
					t.Errorf("after %v: %q, %v", time.Since(began), id, err)
				}
				if x.want != nil && (!errors.Is(err, x.want) || time.Since(began) != time.Second) {
					t.Errorf("after %v: %q, %v, want %v", time.Since(began), id, err, x.want)
				}
				stop()
				if err := errors.Join(<-served, <-served, c.Close()); err != nil {
					t.Error(err)
				}
				time.Sleep(time.Minute)
			})
		})
	}
}

// An instance that was given a slot again, and has not seen who had it meanwhile, begins anew.
func TestTenuresDoNotRunOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		self := []lb.Member{{ID: "n1"}}
		table := lb.NewTable(self, 4)
		ledger := new(lb.Ledger).Update(5, self, table, nil)
		view := func(epoch uint64) *engine.View {
			return &engine.View{Epoch: epoch, Owners: ledger, Instances: []engine.Instance{{ID: "n1", Addr: "tcp://n1:1"}}}
		}
		at := &seat{view: view(5), changed: make(chan struct{})}
		made := 0
		s := engine.NewServer(engine.ServerConfig{
			Service: "bank", Env: "test", Registrar: at, Self: engine.Instance{ID: "n1", Addr: "tcp://n1:1"},
			Resources: engine.Hooks[int]{New: func(context.Context, string) (int, error) { made++; return made, nil }},
		})
		tenant(&instance{id: "n1", server: s})
		ctx, stop := context.WithCancel(t.Context())
		served := make(chan error)
		go func() { served <- s.Serve(ctx) }()
		c, err := s.Pipe(engine.ClientConfig{})
		if err != nil {
			t.Fatal(err)
		}
		fence := c.Service("lever://test/bank").Resource("r").Method("fence")
		if n, err := engine.Call[uint64](t.Context(), fence); n != 5 || err != nil {
			t.Errorf("first: %d, %v", n, err)
		}
		at.show(view(6)) // nothing has changed for the slot
		synctest.Wait()
		if n, err := engine.Call[uint64](t.Context(), fence); n != 5 || err != nil || made != 1 {
			t.Errorf("as before: %d, %v, made %d times", n, err, made)
		}
		ledger = ledger.Update(9, self, table, func(int) bool { return true })
		at.show(view(9))
		synctest.Wait()
		if n, err := engine.Call[uint64](t.Context(), fence); n != 9 || err != nil || made != 2 {
			t.Errorf("given again: %d, %v, made %d times", n, err, made)
		}
		stop()
		if err := errors.Join(<-served, c.Close()); err != nil {
			t.Error(err)
		}
	})
}
