package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// cluster is several instances of a service behind addresses that exist only in memory.
type cluster struct {
	nodes map[string]*node // by address
	view  atomic.Pointer[View]
}

// node is one instance.
type node struct {
	server *Server
	down   atomic.Bool  // cannot be dialled
	dials  atomic.Int64 // attempts
	calls  atomic.Int64 // handlers that ran
	answer func(context.Context) error
}

// newCluster makes n instances whose method "get" gives their address, and a client of them.
func newCluster(t *testing.T, n int, config ClientConfig) (*cluster, Service) {
	t.Helper()
	c := &cluster{nodes: map[string]*node{}}
	view := &View{}
	for i := range n {
		addr := fmt.Sprintf("tcp://node%d:1", i)
		nd := &node{server: NewServer(ServerConfig{Service: "bank"})}
		err := nd.server.Handle("get", Func0(func(ctx context.Context) (string, error) {
			nd.calls.Add(1)
			if nd.answer != nil {
				return addr, nd.answer(ctx)
			}
			return addr, nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		c.nodes[addr] = nd
		view.Instances = append(view.Instances, Instance{Addr: addr})
	}
	c.view.Store(view)
	config.Resolver = c
	config.dial = func(ctx context.Context, a transport.Addr, cfg transport.Config, h transport.Handler) (*transport.Conn, error) {
		nd := c.nodes[a.String()]
		nd.dials.Add(1)
		if nd.down.Load() {
			return nil, errors.New("connection refused")
		}
		return nd.server.dialPipe(ctx, a, cfg, h)
	}
	client, err := NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		for _, nd := range c.nodes {
			if err := nd.server.Shutdown(context.Background()); err != nil {
				t.Error(err)
			}
		}
	})
	return c, client.Service("lever://test/bank")
}

func (c *cluster) Resolve(context.Context, URL) (*View, error) { return c.view.Load(), nil }

// crash ends all connections of a server, as its death would.
func crash(s *Server) {
	s.mu.Lock()
	conns := slices.Collect(maps.Keys(s.pipes))
	s.mu.Unlock()
	for _, conn := range conns {
		conn.Close(frame.ReasonInternal, "crash")
	}
}

// calls adds up the handlers that ran.
func (c *cluster) calls() (n int64) {
	for _, nd := range c.nodes {
		n += nd.calls.Load()
	}
	return n
}

func TestCallsSpreadOverInstances(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 3, ClientConfig{})
		for range 300 {
			if _, err := Call[string](t.Context(), svc.Method("get")); err != nil {
				t.Fatal(err)
			}
		}
		for addr, nd := range c.nodes {
			if n := nd.calls.Load(); n < 50 {
				t.Errorf("%s got %d of 300 calls", addr, n)
			}
			if n := nd.dials.Load(); n != 1 {
				t.Errorf("%s was dialled %d times", addr, n)
			}
		}
	})
}

func TestInstanceThatCannotBeDialledIsPassedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 3, ClientConfig{})
		c.nodes["tcp://node1:1"].down.Store(true)
		for range 100 {
			if _, err := Call[string](t.Context(), svc.Method("get")); err != nil {
				t.Fatal(err)
			}
		}
		if n := c.nodes["tcp://node1:1"].dials.Load(); n > 3 {
			t.Errorf("the dead instance was dialled %d times at one moment", n)
		}
	})
}

func TestNoInstance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 2, ClientConfig{})
		for _, nd := range c.nodes {
			nd.down.Store(true)
		}
		_, err := Call[string](t.Context(), svc.Method("get"))
		if !errors.Is(err, Unavailable) || EffectOf(err) != NotSent {
			t.Errorf("get = %v (%v)", err, EffectOf(err))
		}
		for _, nd := range c.nodes {
			nd.down.Store(false)
		}
		time.Sleep(pauseMax)
		if _, err := Call[string](t.Context(), svc.Method("get")); err != nil {
			t.Errorf("after the instances came back: %v", err)
		}
		c.view.Store(&View{})
		if _, err := Call[string](t.Context(), svc.Method("get")); !errors.Is(err, Unavailable) || EffectOf(err) != NotSent {
			t.Errorf("without instances: %v", err)
		}
	})
}

func TestViewChangesAreFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 2, ClientConfig{})
		for _, addr := range []string{"tcp://node0:1", "tcp://node1:1", "tcp://node0:1"} {
			c.view.Store(&View{Instances: []Instance{{Addr: addr}}})
			for range 5 {
				if got, err := Call[string](t.Context(), svc.Method("get")); err != nil || got != addr {
					t.Fatalf("get = %q, %v, want %q", got, err, addr)
				}
			}
			synctest.Wait()
			if n := len(svc.s.client.links); n != 1 {
				t.Errorf("%d addresses are connected", n)
			}
		}
	})
}

func TestUnprocessedCallGoesElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 2, ClientConfig{})
		full := c.nodes["tcp://node0:1"]
		full.server.config.MaxRunning = 1
		release := make(chan None)
		full.answer = func(context.Context) error { <-release; return nil }
		// Occupy the one place there is, whoever the picker asks first.
		c.view.Store(&View{Instances: []Instance{{Addr: "tcp://node0:1"}}})
		go Call[string](t.Context(), svc.Method("get"))
		synctest.Wait()
		c.view.Store(&View{Instances: []Instance{{Addr: "tcp://node0:1"}, {Addr: "tcp://node1:1"}}})
		for range 20 {
			if got, err := Call[string](t.Context(), svc.Method("get")); err != nil || got != "tcp://node1:1" {
				t.Errorf("get = %q, %v", got, err)
			}
		}
		close(release)
	})
}

func TestRetryWaitsAsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 1, ClientConfig{})
		nd := c.nodes["tcp://node0:1"]
		nd.server.config.MaxRunning = 1
		nd.answer = func(context.Context) error { time.Sleep(overloadPause + time.Millisecond); return nil }
		go Call[string](t.Context(), svc.Method("get"))
		synctest.Wait()
		began := time.Now()
		if _, err := Call[string](t.Context(), svc.Method("get")); err != nil {
			t.Errorf("get = %v", err)
		}
		if d := time.Since(began); d < 2*overloadPause {
			t.Errorf("the answer came after %v, two pauses of %v were asked for", d, overloadPause)
		}
		ctx, cancel := context.WithTimeout(t.Context(), overloadPause/2)
		defer cancel()
		nd.server.running.Add(1)
		began = time.Now()
		_, err := Call[string](ctx, svc.Method("get"))
		if !errors.Is(err, ResourceExhausted) || EffectOf(err) != NotExecuted || time.Since(began) != 0 {
			t.Errorf("with no time to wait: %v after %v", err, time.Since(began))
		}
		nd.server.running.Add(-1)
	})
}

func TestLostCall(t *testing.T) {
	for _, idempotent := range []bool{false, true} {
		t.Run(fmt.Sprint("idempotent ", idempotent), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, svc := newCluster(t, 2, ClientConfig{})
				m := svc.Method("get")
				if idempotent {
					m = m.Idempotent()
				}
				var lost atomic.Bool
				for _, nd := range c.nodes {
					nd.answer = func(ctx context.Context) error {
						if lost.Swap(true) {
							return nil
						}
						crash(nd.server)
						<-ctx.Done()
						return ctx.Err()
					}
				}
				_, err := Call[string](t.Context(), m)
				switch {
				case idempotent && (err != nil || c.calls() != 2):
					t.Errorf("get = %v after %d executions", err, c.calls())
				case !idempotent && (!errors.Is(err, Unavailable) || EffectOf(err) != MaybeExecuted || c.calls() != 1):
					t.Errorf("get = %v (%v) after %d executions", err, EffectOf(err), c.calls())
				}
			})
		})
	}
}

func TestRetriesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 1, ClientConfig{})
		nd := c.nodes["tcp://node0:1"]
		nd.answer = func(context.Context) error { return Errorf(Unavailable, "no") }
		m := svc.Method("get").Idempotent()
		if _, err := Call[string](t.Context(), m); !errors.Is(err, Unavailable) || c.calls() != 1 {
			t.Errorf("an error of the handler was tried %d times", c.calls())
		}
		nd.server.running.Add(1)
		nd.server.config.MaxRunning = 1
		refused := 0
		for range 100 {
			began := time.Now()
			if _, err := Call[string](t.Context(), m); errors.Is(err, ResourceExhausted) {
				refused++
			}
			if time.Since(began) > 10*overloadPause {
				t.Errorf("a call was tried for %v", time.Since(began))
			}
		}
		if used := svc.s.client.budget.used.Load(); refused != 100 || used > budgetMax || used < budgetMax-2*tryCost {
			t.Errorf("%d calls refused, budget used %d", refused, used)
		}
		nd.server.running.Add(-1)
	})
}

func TestDrainLosesNoCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 3, ClientConfig{})
		for _, nd := range c.nodes {
			nd.answer = func(context.Context) error { time.Sleep(3 * time.Millisecond); return nil }
		}
		stop := time.Now().Add(time.Second)
		done := make(chan error, 8)
		for range cap(done) {
			go func() {
				for time.Now().Before(stop) {
					if _, err := Call[string](t.Context(), svc.Method("get")); err != nil {
						done <- err
						return
					}
				}
				done <- nil
			}()
		}
		time.Sleep(500 * time.Millisecond)
		if err := c.nodes["tcp://node0:1"].server.Shutdown(t.Context()); err != nil {
			t.Errorf("Shutdown = %v", err)
		}
		c.nodes["tcp://node0:1"].down.Store(true)
		for range cap(done) {
			if err := <-done; err != nil {
				t.Errorf("a call was lost: %v", err)
			}
		}
	})
}

func TestClosedClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 1, ClientConfig{})
		c.nodes["tcp://node0:1"].answer = func(ctx context.Context) error { <-ctx.Done(); return nil }
		failed := make(chan error)
		go func() {
			_, err := Call[string](t.Context(), svc.Method("get"))
			failed <- err
		}()
		synctest.Wait()
		svc.s.client.Close()
		if err := <-failed; !errors.Is(err, Unavailable) || EffectOf(err) != MaybeExecuted {
			t.Errorf("the call in flight = %v (%v)", err, EffectOf(err))
		}
		_, err := Call[string](t.Context(), svc.Method("get"))
		if !errors.Is(err, Unavailable) || !errors.Is(err, ErrClientClosed) || EffectOf(err) != NotSent {
			t.Errorf("a later call = %v (%v)", err, EffectOf(err))
		}
	})
}

func TestDialIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := NewClient(ClientConfig{
			Addrs: []string{"tcp://hole:1"},
			dial: func(ctx context.Context, _ transport.Addr, _ transport.Config, _ transport.Handler) (*transport.Conn, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			},
			Timeout: time.Second,
		})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		began := time.Now()
		m := c.Method("lever://test/bank/get")
		if _, err := Call[None](t.Context(), m); !errors.Is(err, DeadlineExceeded) || EffectOf(err) != NotSent {
			t.Errorf("with the configured time limit: %v", err)
		}
		if d := time.Since(began); d != time.Second {
			t.Errorf("it took %v", d)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if _, err := Call[None](ctx, m); !errors.Is(err, Unavailable) || EffectOf(err) != NotSent {
			t.Errorf("with much time: %v", err)
		}
		cancel()
		if _, err := Call[None](ctx, m); !errors.Is(err, Cancelled) || !errors.Is(err, context.Canceled) {
			t.Errorf("with a context that is over: %v", err)
		}
	})
}

func TestClientConfigRefuses(t *testing.T) {
	for name, config := range map[string]ClientConfig{
		"a bad address":          {Addrs: []string{"ftp://x:1"}},
		"addresses and resolver": {Addrs: []string{"x:1"}, Resolver: &cluster{}},
		"a bad environment":      {Env: "a_b"},
	} {
		if c, err := NewClient(config); err == nil || c != nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestRelativeURLsUseTheClientsEnvironment(t *testing.T) {
	svc := dialPipe(t, bank(t, ServerConfig{Env: "prod", Instance: "bank-1"}),
		ClientConfig{Env: "Test:81", Instance: "me"})
	c := svc.s.client
	got, err := Call[map[string]string](t.Context(), c.Method("/bank/a%2Fb/info"))
	want := map[string]string{"service": "bank", "method": "info", "resource": "a/b", "peer": "me", "env": "test", "ok": "true"}
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("info = %v, %v, want %v", got, err, want)
	}
	if u := c.Service("/bank").s.target.String(); u != "lever://test:81/bank" {
		t.Errorf("target = %s", u)
	}
	if c.Service("/bank").s != c.Service("lever://test:81/bank/r").s {
		t.Error("one service has two pickers")
	}
	got, err = Call[map[string]string](t.Context(), c.Service("/bank").Resource("x y").Resource("").Method("info"))
	if err != nil || got["resource"] != "" {
		t.Errorf("without resource: %v, %v", got, err)
	}
}

func TestStreamOfLostConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := tail(t)
		svc := dialPipe(t, s, ClientConfig{})
		ch, err := Open[string, string](t.Context(), svc.Method("echoChan"))
		if err != nil {
			t.Fatal(err)
		}
		if err := ch.Send("x"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		crash(s)
		synctest.Wait()
		if v, err := ch.Recv(); v != "echo x" || err != nil {
			t.Errorf("Recv = %q, %v", v, err)
		}
		if _, err := ch.Recv(); !errors.Is(err, Unavailable) || err == io.EOF {
			t.Errorf("Recv = %v", err)
		}
		if err := ch.Send("y"); !errors.Is(err, Unavailable) {
			t.Errorf("Send = %v", err)
		}
	})
}
