package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine/transport"
)

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
		if _, err := Call[string](t.Context(), svc.Method("get")); !errors.Is(err, Unavailable) ||
			EffectOf(err) != NotSent {
			t.Errorf("without instances: %v", err)
		}
	})
}

func TestDialsAreSpacedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 1, ClientConfig{Attempts: 1})
		nd := c.nodes["tcp://node0:1"]
		nd.down.Store(true)
		for range 1000 {
			_, err := Call[string](t.Context(), svc.Method("get"))
			if !errors.Is(err, Unavailable) || EffectOf(err) != NotSent {
				t.Fatalf("get = %v (%v)", err, EffectOf(err))
			}
			time.Sleep(time.Millisecond)
		}
		if n := nd.dials.Load(); n < 3 || n > 8 {
			t.Errorf("%d dials in a second", n)
		}
	})
}

func TestViewChangesAreFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 2, ClientConfig{})
		for _, addr := range []string{"tcp://node0:1", "tcp://node1:1", "tcp://node0:1"} {
			c.view.Store(&View{Instances: []Instance{{Addr: addr}}})
			for range 5 {
				if got, err := Call[string](t.Context(), svc.Method("get")); err != nil ||
					got != addr {
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
		if !errors.Is(err, Unavailable) || !errors.Is(err, ErrClientClosed) ||
			EffectOf(err) != NotSent {
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
		if _, err := Call[None](t.Context(), m); !errors.Is(err, DeadlineExceeded) ||
			EffectOf(err) != NotSent {
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
		if _, err := Call[None](ctx, m); !errors.Is(err, Cancelled) ||
			!errors.Is(err, context.Canceled) {
			t.Errorf("with a context that is over: %v", err)
		}
	})
}

func TestClientConfigRefuses(t *testing.T) {
	for name, config := range map[string]ClientConfig{
		"a bad address":          {Addrs: []string{"ftp://x:1"}},
		"addresses and resolver": {Addrs: []string{"x:1"}, Resolver: &cluster{}},
		"a bad environment":      {Env: "a_b"},
		"too many connections":   {MaxConns: mostConns + 1},
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
	want := map[string]string{"service": "bank", "method": "info", "resource": "a/b",
		"peer": "me", "env": "test", "ok": "true"}
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("info = %v, %v, want %v", got, err, want)
	}
	if u := c.Service("/bank").s.target.String(); u != "lever://test:81/bank" {
		t.Errorf("target = %s", u)
	}
	if c.Service("/bank").s != c.Service("lever://test:81/bank/r").s {
		t.Error("one service has two pickers")
	}
	got, err = Call[map[string]string](t.Context(),
		c.Service("/bank").Resource("x y").Resource("").Method("info"))
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

func TestIdleConnectionIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 1, ClientConfig{IdleTimeout: time.Minute})
		nd := c.nodes["tcp://node0:1"]
		live := func() int {
			synctest.Wait()
			nd.server.mu.Lock()
			defer nd.server.mu.Unlock()
			return len(nd.server.adopted)
		}
		time.Sleep(time.Second) // not at the moment of a look
		nd.answer = func(context.Context) error { time.Sleep(285 * time.Second); return nil }
		if _, err := Call[string](t.Context(), svc.Method("get")); err != nil || live() != 1 ||
			nd.dials.Load() != 1 {
			t.Errorf("a long call = %v over %d connections", err, live())
		}
		nd.answer = nil
		for range 10 {
			time.Sleep(28 * time.Second)
			if _, err := Call[string](t.Context(), svc.Method("get")); err != nil ||
				nd.dials.Load() != 1 {
				t.Errorf("get = %v over %d connections", err, nd.dials.Load())
			}
		}
		time.Sleep(61 * time.Second)
		if n := live(); n != 0 {
			t.Errorf("%d connections are open", n)
		}
		if _, err := Call[string](t.Context(), svc.Method("get")); err != nil ||
			nd.dials.Load() != 2 {
			t.Errorf("get = %v over %d connections", err, nd.dials.Load())
		}
	})
}

// lost is a Resolver that knows nothing.
type lost struct{}

func (lost) Resolve(ctx context.Context, _ URL) (*View, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestResolverThatKnowsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := NewClient(ClientConfig{Resolver: lost{}, Timeout: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_, err = Call[None](t.Context(), c.Method("lever://test/bank/get"))
		if !errors.Is(err, DeadlineExceeded) || EffectOf(err) != NotSent {
			t.Errorf("get = %v (%v)", err, EffectOf(err))
		}
	})
}

func TestViewsThatRollLoseNoCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 3, ClientConfig{})
		all := c.view.Load().Instances
		for _, nd := range c.nodes {
			nd.answer = func(context.Context) error { time.Sleep(time.Millisecond); return nil }
		}
		done := make(chan error, 8)
		stop := time.Now().Add(time.Second)
		for range cap(done) {
			go func() {
				var err error
				for err == nil && time.Now().Before(stop) {
					_, err = Call[string](t.Context(), svc.Method("get"))
				}
				done <- err
			}()
		}
		for i := 0; time.Now().Before(stop); i++ {
			time.Sleep(700 * time.Microsecond)
			c.view.Store(&View{Instances: []Instance{all[i%3], all[(i+1)%3]}})
		}
		for range cap(done) {
			if err := <-done; err != nil {
				t.Errorf("a call was lost: %v", err)
			}
		}
	})
}

// A connection may greet and be over before its dialling has returned.
func TestConnectionsThatEndAtOnceAreErrors(t *testing.T) {
	s := bank(t, ServerConfig{})
	svc := dialPipe(t, s, ClientConfig{Attempts: -1})
	svc.s.client.config.dial = func(ctx context.Context, a transport.Addr, cfg transport.Config, h transport.Handler) (*transport.Conn, error) {
		conn, err := s.dialPipe(ctx, a, cfg, h)
		if err == nil {
			<-h.(*clientConn).hello
			crash(s)
			<-conn.Done()
		}
		return conn, err
	}
	_, err := Call[None](t.Context(), svc.Method("ping"))
	if !errors.Is(err, Unavailable) || EffectOf(err) != NotSent {
		t.Errorf("got %v (%v), want one that says that nothing was sent", err, EffectOf(err))
	}
}
