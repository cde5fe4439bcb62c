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
	"github.com/leverrpc/lever/lb"
)

// ask gives the address that serves a resource.
func ask(t *testing.T, svc Service, resource string) (string, error) {
	t.Helper()
	return Call[string](t.Context(), svc.Resource(resource).Method("get"))
}

func TestResourcesComeToTheirOwner(t *testing.T) {
	c, svc := newCluster(t, 3, ClientConfig{})
	var ms []lb.Member
	for _, in := range c.view.Load().Instances {
		ms = append(ms, in.member())
	}
	table := lb.NewTable(ms, lb.SlotBits)
	seen := map[string]bool{}
	for i := range 100 {
		name := fmt.Sprint("r", i)
		got, err := ask(t, svc, name)
		if want := table.Owner(name).ID; got != want || err != nil {
			t.Errorf("%s is served by %s, %v; want %s", name, got, err, want)
		}
		seen[got] = true
	}
	if len(seen) != 3 {
		t.Errorf("only %v serve resources", seen)
	}
}

func TestTheDeputyServesAfterSomeTime(t *testing.T) {
	for _, x := range []struct {
		name   string
		config ClientConfig
		wait   time.Duration
		want   bool
	}{
		{"not at once", ClientConfig{}, time.Second, false},
		{"after two seconds", ClientConfig{}, 2100 * time.Millisecond, true},
		{"after what is configured", ClientConfig{Failover: 5 * time.Second}, 4 * time.Second, false},
		{"never", ClientConfig{Failover: -1}, time.Hour, false},
	} {
		t.Run(x.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, svc := newCluster(t, 3, x.config)
				owner, err := ask(t, svc, "r")
				if err != nil {
					t.Fatal(err)
				}
				c.nodes[owner].down.Store(true)
				crash(c.nodes[owner].server)
				synctest.Wait()
				if got, err := ask(t, svc, "r"); !errors.Is(err, Unavailable) || EffectOf(err) != NotSent {
					t.Errorf("at once: %q, %v", got, err)
				}
				time.Sleep(x.wait)
				deputy, err := ask(t, svc, "r")
				if (err == nil) != x.want || deputy == owner {
					t.Errorf("after %v: %q, %v", x.wait, deputy, err)
				}
				c.nodes[owner].down.Store(false)
				time.Sleep(10 * time.Second)
				if got, err := ask(t, svc, "r"); got != owner {
					t.Errorf("when the owner is back: %q, %v", got, err)
				}
			})
		})
	}
}

// A call that has waited for the news of another owner may be sent on by that one, as any call.
func TestWaitsForAnotherOwnerAreNoTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 3, ClientConfig{})
		before := View{Epoch: 1, Instances: c.view.Load().Instances}
		c.view.Store(&before)
		owner, err := ask(t, svc, "r")
		if err != nil {
			t.Fatal(err)
		}
		var refused atomic.Bool
		for _, nd := range c.nodes {
			nd.answer = func(context.Context) error {
				if refused.Swap(true) {
					return nil
				}
				return Errorf(WrongOwner, "as far as it knows")
			}
		}
		c.nodes[owner].down.Store(true)
		crash(c.nodes[owner].server)
		synctest.Wait()
		time.AfterFunc(500*time.Millisecond, func() {
			after := View{Epoch: 2}
			for _, in := range before.Instances {
				if in.Addr != owner {
					after.Instances = append(after.Instances, in)
				}
			}
			c.view.Store(&after)
		})
		if got, err := ask(t, svc, "r"); err != nil || got == owner || !refused.Load() {
			t.Errorf("called %q, %v; refused before: %v", got, err, refused.Load())
		}
	})
}

func TestDrainingInstancesGetNoNewCalls(t *testing.T) {
	c, svc := newCluster(t, 3, ClientConfig{})
	all := *c.view.Load()
	next := &View{Instances: append([]Instance(nil), all.Instances...)}
	next.Instances[1].Draining = true
	c.view.Store(next)
	for range 50 {
		got, err := Call[string](t.Context(), svc.Method("get"))
		if err != nil || got == next.Instances[1].Addr {
			t.Fatalf("%q, %v", got, err)
		}
	}
	for i := range 50 {
		if got, err := ask(t, svc, fmt.Sprint("r", i)); err != nil || got == next.Instances[1].Addr {
			t.Fatalf("r%d: %q, %v", i, got, err)
		}
	}
	last := &View{Instances: next.Instances[1:2]}
	c.view.Store(last)
	if got, err := Call[string](t.Context(), svc.Method("get")); got != last.Instances[0].Addr {
		t.Errorf("with nobody else: %q, %v", got, err)
	}
}

func TestNearKeysComeToTheSameInstance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // where no instance is slow by chance
		c, svc := newCluster(t, 5, ClientConfig{})
		near := svc.Near("user-7").Method("get")
		home, err := Call[string](t.Context(), near)
		if err != nil {
			t.Fatal(err)
		}
		for range 50 {
			if got, err := Call[string](t.Context(), near); got != home || err != nil {
				t.Fatalf("%q, %v; want %s", got, err, home)
			}
		}
		c.nodes[home].down.Store(true)
		crash(c.nodes[home].server)
		for range 20 {
			got, err := Call[string](t.Context(), near)
			if err != nil && EffectOf(err) > NotSent || got == home {
				t.Errorf("without its home: %q, %v", got, err)
			}
		}
	})
}

// An owner that serves its resources quickly must not make others look slow that are asked for what
// takes long anywhere.
func TestOwnersDoNotOutrunOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 2, ClientConfig{})
		for _, n := range c.nodes {
			n.answer = func(ctx context.Context) error {
				took := 10 * time.Millisecond
				if info, _ := CallInfo(ctx); info.Resource != "" {
					took = time.Millisecond
				}
				time.Sleep(took)
				return nil
			}
		}
		served := map[string]int{}
		for range 200 {
			for range 3 {
				if _, err := ask(t, svc, "r"); err != nil {
					t.Fatal(err)
				}
			}
			got, err := Call[string](t.Context(), svc.Method("get"))
			if err != nil {
				t.Fatal(err)
			}
			served[got]++
		}
		for addr, n := range served {
			if n < 60 {
				t.Errorf("%s has served %d of 200 calls, want about 100", addr, n)
			}
		}
		if len(served) != 2 {
			t.Errorf("only %v have served", served)
		}
	})
}

// The extension VIEW tells by which view a call has come, if that has an epoch.
func TestCallsTellTheirView(t *testing.T) {
	c, svc := newCluster(t, 2, ClientConfig{})
	view := *c.view.Load()
	view.Epoch = 7
	c.view.Store(&view)
	m := svc.Resource("r").Method("get")
	var a attempt
	if err := a.begin(t.Context(), &m, false); err != nil {
		t.Fatal(err)
	}
	ep, _, failed := a.connect(t.Context(), &m, transport.Now(), 0)
	if failed != nil {
		t.Fatal(failed)
	}
	ep.Done(lb.Ignored, 0, 0)
	got := append(m.ext, a.stamp...)
	want := frame.View{Epoch: 7, Digest: lb.View{Members: takersOf(&view, func(string) any { return nil })}.Digest()}
	if v, ok := frame.FindView(got); v != want || !ok {
		t.Errorf("VIEW is %+v, want %+v", v, want)
	}
	if _, err := ask(t, svc, "r"); err != nil {
		t.Error(err)
	}
}

func TestRedirectsComeThroughAResult(t *testing.T) {
	want := redirect{"n7", frame.View{Epoch: 3, Digest: 4}}
	e := failure("bank/get", &session.Event{Status: frame.WrongOwner, Ext: want.appendTo(nil)})
	if e.redirect == nil || *e.redirect != want {
		t.Errorf("got %+v, want %+v", e.redirect, want)
	}
	for _, ext := range [][]byte{nil, frame.AppendExtension(nil, frame.ExtView, make([]byte, 3))} {
		if e := failure("bank/get", &session.Event{Status: frame.WrongOwner, Ext: ext}); e.redirect != nil {
			t.Errorf("%x: got %+v, want nothing", ext, e.redirect)
		}
	}
}

// A redirect that is remembered while a newer view is made must not outlast that view.
func TestRedirectsFromBeforeTheViewAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 2, ClientConfig{})
		view := *c.view.Load()
		view.Epoch = 7
		c.view.Store(&view)
		owner, err := ask(t, svc, "r")
		if err != nil {
			t.Fatal(err)
		}
		other := view.Instances[0].name()
		if view.Instances[0].Addr == owner {
			other = view.Instances[1].name()
		}
		hints := map[string]*redirect{"r": {other, frame.View{Epoch: 7}}}
		svc.s.directory.hints.Store(&hints)
		if got, err := ask(t, svc, "r"); err != nil || got != owner {
			t.Errorf("the call went to %s (%v), want %s", got, err, owner)
		}
		hints = map[string]*redirect{"r": {other, frame.View{Epoch: 8}}}
		svc.s.directory.hints.Store(&hints)
		if got, err := ask(t, svc, "r"); err != nil || got == owner {
			t.Errorf("by a newer view the call went to %s (%v), want the other", got, err)
		}
	})
}

// Finding the owner, and telling by which view, allocates nothing.
func TestOwnersCostNoAllocation(t *testing.T) {
	if testing.Short() {
		t.Skip("counts allocations")
	}
	c, svc := newCluster(t, 3, ClientConfig{})
	add := Declare2[int64, int64, int64]("add")
	sum := Inline(Func2(func(_ context.Context, a, b int64) (int64, error) { return a + b, nil }))
	for _, nd := range c.nodes {
		if err := nd.server.Handle("add", sum); err != nil {
			t.Fatal(err)
		}
	}
	view := *c.view.Load()
	view.Epoch = 1
	c.view.Store(&view)
	r := svc.Resource("r")
	call := func() {
		if _, err := add.Call(context.Background(), r, 1, 2); err != nil {
			t.Error(err)
		}
	}
	call()
	const nameOfResource = 1 // the server hands the handler a text of its own
	if n := testing.AllocsPerRun(1000, call); n > allocsAllowed+nameOfResource {
		t.Errorf("%v allocations, want %d", n, allocsAllowed+nameOfResource)
	}
}
