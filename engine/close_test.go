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
)

func TestCloseEndsCallsToThoseWhoHaveLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 2, ClientConfig{})
		client := svc.s.client
		c.nodes["tcp://node0:1"].answer = func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}
		get := func() error { _, err := Call[string](t.Context(), svc.Method("get")); return err }
		c.view.Store(&View{Instances: []Instance{{Addr: "tcp://node0:1"}}})
		first := make(chan error, 1)
		go func() { first <- get() }()
		synctest.Wait()
		c.view.Store(&View{Instances: []Instance{{Addr: "tcp://node1:1"}}})
		if err := get(); err != nil {
			t.Fatal(err)
		}
		if n := client.Conns(); n != 2 {
			t.Errorf("%d connections, want 2 with the one that finishes its last call", n)
		}
		client.Close()
		synctest.Wait()
		select {
		case err := <-first:
			if EffectOf(err) != MaybeExecuted {
				t.Errorf("the call ended with %v (%v)", err, EffectOf(err))
			}
		default:
			t.Error("the client is closed, and the call goes on")
		}
		if n := client.Conns(); n != 0 {
			t.Errorf("%d connections after Close", n)
		}
	})
}

func TestThoseWhoHaveLeftAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 2, ClientConfig{})
		for i := range 10 {
			c.view.Store(&View{Instances: []Instance{{Addr: fmt.Sprintf("tcp://node%d:1", i%2)}}})
			if _, err := Call[string](t.Context(), svc.Method("get")); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(2 * time.Second)
		client := svc.s.client
		client.mu.Lock()
		defer client.mu.Unlock()
		if n := len(client.leaving); n != 0 {
			t.Errorf("%d links are remembered", n)
		}
	})
}

// waits is a resolver that has no view yet.
var waits = viewFunc(func(ctx context.Context) (*View, error) {
	<-ctx.Done()
	return nil, ctx.Err()
})

type viewFunc func(ctx context.Context) (*View, error)

func (f viewFunc) Resolve(ctx context.Context, _ URL) (*View, error) { return f(ctx) }

func TestCloseEndsCallsThatWait(t *testing.T) {
	for name, svc := range map[string]func(*testing.T) Service{
		"for their next try": func(t *testing.T) Service {
			_, svc := newScripted(t, 1, ClientConfig{}, func(_ int, conn *transport.Conn, ev *session.Event) {
				refuseWith(conn, ev, session.Result{
					Status: frame.ResourceExhausted, Flags: frame.Unprocessed, Retry: time.Hour,
				})
			})
			return svc
		},
		"for the first view": func(t *testing.T) Service {
			client, err := NewClient(ClientConfig{Resolver: waits})
			if err != nil {
				t.Fatal(err)
			}
			return client.Service("lever://test/bank")
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc := svc(t)
				time.AfterFunc(time.Second, func() { svc.s.client.Close() })
				began := time.Now()
				_, err := Call[None](t.Context(), svc.Method("get"))
				if d := time.Since(began); err == nil || d != time.Second || EffectOf(err) == MaybeExecuted {
					t.Errorf("the call ended after %v with %v (%v), want 1s", d, err, EffectOf(err))
				}
			})
		})
	}
}

func TestCallIsCancelledWhileItWaitsForTheFirstView(t *testing.T) {
	for _, limit := range []time.Duration{0, time.Hour} {
		t.Run(limit.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, err := NewClient(ClientConfig{Resolver: waits, Timeout: limit})
				if err != nil {
					t.Fatal(err)
				}
				defer client.Close()
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(time.Second, cancel)
				_, err = Call[None](ctx, client.Service("lever://test/bank").Method("get"))
				if !errors.Is(err, Cancelled) || EffectOf(err) != NotSent {
					t.Errorf("the call ended with %v (%v)", err, EffectOf(err))
				}
			})
		})
	}
}

// A resolver may have forgotten a service that its client knows, or look at ctx first.
func TestCallIsCancelledWhileItWaitsForAnotherView(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, svc := newCluster(t, 1, ClientConfig{})
		if _, err := Call[string](t.Context(), svc.Method("get")); err != nil {
			t.Fatal(err)
		}
		svc.s.resolver = waits
		for want, end := range map[Code]func(context.Context, time.Duration) (context.Context, context.CancelFunc){
			DeadlineExceeded: context.WithTimeout,
			Cancelled: func(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(ctx)
				time.AfterFunc(d, cancel)
				return ctx, cancel
			},
		} {
			ctx, cancel := end(t.Context(), time.Second)
			_, err := Call[string](ctx, svc.Method("get"))
			if CodeOf(err) != want || EffectOf(err) != NotSent {
				t.Errorf("the call ended with %v (%v), want %v", err, EffectOf(err), want)
			}
			cancel()
		}
	})
}

func TestServicesThatNobodyKnowsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, err := NewClient(ClientConfig{Attempts: -1, IdleTimeout: time.Minute,
			Resolver: viewFunc(func(context.Context) (*View, error) { return nil, errors.New("unknown") })})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 100 {
			_, err := Call[None](t.Context(), client.Service(fmt.Sprintf("lever://test/service%d", i)).Method("get"))
			if !errors.Is(err, Unavailable) {
				t.Fatal(err)
			}
		}
		time.Sleep(2 * time.Minute)
		client.mu.Lock()
		defer client.mu.Unlock()
		if n := len(client.services); n != 0 {
			t.Errorf("%d services are remembered", n)
		}
		client.idle.Stop()
	})
}

// Who has asked for the view first may come to take it last.
func TestOlderViewsDoNotReplaceNewerOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 2, ClientConfig{})
		get := func() {
			if _, err := Call[string](t.Context(), svc.Method("get")); err != nil {
				t.Error(err)
			}
		}
		for _, epochs := range [][2]uint64{{2, 3}, {0, 0}} {
			get()
			var late atomic.Bool
			svc.s.resolver = viewFunc(func(context.Context) (*View, error) {
				view := c.view.Load()
				if late.CompareAndSwap(true, false) {
					time.Sleep(time.Millisecond)
				}
				return view, nil
			})
			old := &View{Epoch: epochs[0], Instances: []Instance{{Addr: "tcp://node0:1"}}}
			now := &View{Epoch: epochs[1], Instances: []Instance{{Addr: "tcp://node1:1"}}}
			c.view.Store(old)
			late.Store(true)
			go get()
			synctest.Wait()
			c.view.Store(now)
			get()
			time.Sleep(time.Second)
			if svc.s.view.Load() != now {
				t.Errorf("epochs %v: the client went back to an older view", epochs)
			}
		}
	})
}

func TestOfTwoLivesOfAnInstanceTheLaterOneIsCalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 2, ClientConfig{})
		for _, addr := range []string{"tcp://node0:1", "tcp://node1:1"} {
			c.view.Store(&View{Instances: []Instance{
				{ID: "a", Incarnation: 2, Addr: addr},
				{ID: "a", Incarnation: 1, Addr: "tcp://node0:1", Draining: true},
			}})
			for _, m := range []Method{svc.Method("get"), svc.Resource("r").Method("get")} {
				if got, err := Call[string](t.Context(), m); got != addr || err != nil {
					t.Errorf("the call went to %q (%v), want %s", got, err, addr)
				}
			}
		}
	})
}

// Also where the later one drains: what drains owns no resource, and the earlier one is no more.
func TestOfTwoLivesOfAnInstanceOnlyTheLaterOneCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 3, ClientConfig{})
		c.view.Store(&View{Epoch: 1, Instances: []Instance{
			{ID: "a", Incarnation: 2, Addr: "tcp://node1:1", Draining: true},
			{ID: "a", Incarnation: 1, Addr: "tcp://node0:1"},
			{ID: "b", Addr: "tcp://node2:1"},
		}})
		for i := range 20 {
			if got, err := ask(t, svc, fmt.Sprint("r", i)); got != "tcp://node2:1" || err != nil {
				t.Errorf("r%d came to %q (%v), want the one that does not drain", i, got, err)
			}
		}
	})
}

// A caller whose quota is used up gets its answers, and that is what instances are judged by.
func TestQuotasOfAnApplicationEjectNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 4, ClientConfig{})
		for _, nd := range c.nodes {
			nd.answer = func(context.Context) error { return Errorf(ResourceExhausted, "your quota is used up") }
		}
		for range 100 {
			if _, err := Call[string](t.Context(), svc.Method("get")); EffectOf(err) != Executed {
				t.Fatal(err)
			}
		}
		for _, e := range svc.s.picker.Endpoints() {
			if e.Stats().Ejected {
				t.Errorf("%s was ejected", e.ID())
			}
		}
	})
}
