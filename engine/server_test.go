package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/pool"
	"github.com/leverrpc/lever/wire"
)

// rawClient talks to a server below the checks of Client, and gives the end of each call.
type rawClient struct {
	conn  *transport.Conn
	ended chan session.Event
}

func (c *rawClient) HandleEvent(conn *transport.Conn, ev *session.Event) {
	if ev.Kind == session.Resulted {
		copied := *ev
		copied.Payload = bytes.Clone(ev.Payload)
		conn.Forget(ev.Call)
		c.ended <- copied
	}
}

// newRawClient connects to s.
func newRawClient(t *testing.T, s *Server) *rawClient {
	t.Helper()
	c := &rawClient{ended: make(chan session.Event, 10)}
	conn, err := s.dialPipe(t.Context(), transport.Addr{}, transport.Config{}, c)
	if err != nil {
		t.Fatal(err)
	}
	c.conn = conn
	t.Cleanup(func() {
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return c
}

// call makes one call and waits for its end.
func (c *rawClient) call(t *testing.T, o session.Open, payload []byte) session.Event {
	t.Helper()
	if _, err := c.conn.Open(o, payload); err != nil {
		t.Fatal(err)
	}
	return <-c.ended
}

func TestServerChecksWhatClientsShould(t *testing.T) {
	s := bank(t, ServerConfig{})
	if err := s.Handle("holdChan", Chan0(func(ctx context.Context, _ *Chan[None, None]) error { return nil })); err != nil {
		t.Fatal(err)
	}
	c := newRawClient(t, s)
	empty, err := wire.AppendList(nil)
	if err != nil {
		t.Fatal(err)
	}
	badResource := frame.AppendExtension(nil, frame.ExtResource, []byte("a\x00"))
	for _, x := range []struct {
		name   string
		open   session.Open
		args   []byte
		status frame.Status
	}{
		{"a regular method as a stream", session.Open{Name: "bank/ping", Flags: frame.Stream},
			empty, frame.WrongKind},
		{"a streaming method as a regular one", session.Open{Name: "bank/holdChan"}, empty,
			frame.WrongKind},
		{"a private method", session.Open{Name: "bank/_x"}, empty, frame.Private},
		{"a method in another case", session.Open{Name: "bank/Ping"}, empty, frame.NoMethod},
		{"a service in another case", session.Open{Name: "Bank/ping"}, empty, frame.NoService},
		{"a resource with NUL", session.Open{Name: "bank/ping", Ext: badResource}, empty,
			frame.InvalidArgument},
		{"arguments that are no list", session.Open{Name: "bank/ping"}, nullValue,
			frame.InvalidArgument},
		{"no arguments at all", session.Open{Name: "bank/ping"}, nil, frame.InvalidArgument},
		{"more in the list than its count", session.Open{Name: "bank/greet"},
			[]byte{0x81, 2, 0x40, 0x40}, frame.InvalidArgument},
		{"bytes behind the list", session.Open{Name: "bank/ping"}, append(bytes.Clone(empty), 0),
			frame.InvalidArgument},
	} {
		t.Run(x.name, func(t *testing.T) {
			for range 2 { // by name, and bound
				ev := c.call(t, x.open, x.args)
				if ev.Status != x.status || ev.Effect != session.NotExecuted ||
					ev.Flags&frame.NoRetry == 0 && x.status != frame.NoService {
					t.Errorf("got %v, %v, %#x %q", ev.Status, ev.Effect, ev.Flags, ev.Payload)
				}
			}
		})
	}
	if ev := c.call(t, session.Open{Name: "bank/ping"}, empty); ev.Status != frame.OK {
		t.Errorf("a decent call after all that: %v", ev.Status)
	}
}

func TestOnewayCallsRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewServer(ServerConfig{Service: "bank"})
		ran := 0
		if err := s.Handle("note", Func0(func(context.Context) (None, error) { ran++; return None{}, nil })); err != nil {
			t.Fatal(err)
		}
		c := newRawClient(t, s)
		empty, _ := wire.AppendList(nil)
		for range 3 {
			if ev := c.call(t, session.Open{Name: "bank/note", Flags: frame.Oneway},
				empty); ev.Err != nil {
				t.Error(ev.Err)
			}
			synctest.Wait()
		}
		if ran != 3 || s.running.Load() != 0 {
			t.Errorf("%d one-way calls ran, %d still do", ran, s.running.Load())
		}
	})
}

func TestCallerThatGivesUpEndsTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan error, 1)
		s := NewServer(ServerConfig{Service: "bank"})
		err := s.Handle("wait", Func0(func(ctx context.Context) (None, error) {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			<-ctx.Done()
			ended <- ctx.Err()
			return None{}, ctx.Err()
		}))
		if err != nil {
			t.Fatal(err)
		}
		svc := dialPipe(t, s, ClientConfig{})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err = Call[None](ctx, svc.Method("wait"))
		if !errors.Is(err, context.Canceled) || !errors.Is(err, Cancelled) ||
			EffectOf(err) != MaybeExecuted {
			t.Errorf("wait = %v (%v)", err, EffectOf(err))
		}
		if err := <-ended; err != context.Canceled {
			t.Errorf("the handler's context ended with %v", err)
		}
	})
}

func TestDeadlineReachesTheHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewServer(ServerConfig{Service: "bank"})
		err := s.Handle("left", Func0(func(ctx context.Context) (time.Duration, error) {
			d, ok := ctx.Deadline()
			if !ok {
				return 0, nil
			}
			return time.Until(d), nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		svc := dialPipe(t, s, ClientConfig{Timeout: time.Minute})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for want, ctx := range map[time.Duration]context.Context{time.Second: ctx,
			time.Minute: t.Context()} {
			if got, err := Call[time.Duration](ctx, svc.Method("left")); err != nil || got != want {
				t.Errorf("left = %v, %v, want %v", got, err, want)
			}
		}
	})
}

func TestConfiguredTimeLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := dialPipe(t, bank(t, ServerConfig{}), ClientConfig{Timeout: time.Second})
		began := time.Now()
		_, err := Call[None](t.Context(), svc.Method("wait"))
		if !errors.Is(err, DeadlineExceeded) || !errors.Is(err, context.DeadlineExceeded) ||
			time.Since(began) != time.Second {
			t.Errorf("wait = %v after %v", err, time.Since(began))
		}
	})
}

func TestFallbackServesTheRest(t *testing.T) {
	s := bank(t, ServerConfig{})
	err := errors.Join(
		s.Fallback(Dynamic(func(ctx context.Context, a Args) (Payload, error) {
			i, _ := CallInfo(ctx)
			list, err := a.List()
			if err != nil {
				return Payload{}, err
			}
			return PayloadOf(fmt.Sprint(i.Service, " ", i.Method, " ", list))
		})),
		s.Fallback(DynamicChan(func(ctx context.Context, a Args, ch *Chan[Payload, Payload]) error {
			return ch.Send(a.Payload)
		})),
	)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Fallback(Dynamic(nil)); err == nil {
		t.Error("a second fallback is accepted")
	}
	svc := dialPipe(t, s, ClientConfig{})
	shop := svc.s.client.Service("lever://test/shop")
	for range 2 {
		if got, err := Call[string](t.Context(), shop.Method("buy"), 1, "x"); err != nil ||
			got != "shop buy [1 x]" {
			t.Errorf("buy = %q, %v", got, err)
		}
	}
	if _, err := Call[string](t.Context(), shop.Method("_x")); !errors.Is(err, Private) {
		t.Errorf("a private method = %v", err)
	}
	ch, err := Open[Payload, None](t.Context(), shop.Method("buyChan"), []byte("raw"))
	if err != nil {
		t.Fatal(err)
	}
	if p, err := ch.Recv(); err != nil || string(p.Bytes()) != "raw" {
		t.Errorf("buyChan = %v, %v", p, err)
	}
}

func TestTooLarge(t *testing.T) {
	s := bank(t, ServerConfig{})
	small := ClientConfig{}
	svc := dialPipe(t, s, small)
	big := make([]byte, session.DefaultParams.MaxMessage+1)
	_, err := Call[[]byte](t.Context(), svc.Method("blob"), big)
	if !errors.Is(err, TooLarge) || EffectOf(err) != NotSent {
		t.Errorf("large arguments = %v (%v)", err, EffectOf(err))
	}
	if err := s.Handle("big", Func0(func(context.Context) ([]byte, error) { return big, nil })); err != nil {
		t.Fatal(err)
	}
	if _, err := Call[[]byte](t.Context(), svc.Method("big")); !errors.Is(err, TooLarge) ||
		EffectOf(err) != Executed {
		t.Errorf("a large result = %v (%v)", err, EffectOf(err))
	}
}

func TestAnnouncedSizeIsUsed(t *testing.T) {
	var config ServerConfig
	config.Transport.Session.Params.MaxMessage = 8 << 20
	svc := dialPipe(t, bank(t, config), ClientConfig{Transport: config.Transport})
	big := make([]byte, 6<<20)
	if got, err := Call[[]byte](t.Context(), svc.Method("blob"), big); err != nil ||
		len(got) != len(big) {
		t.Errorf("the first call, %d bytes = %d bytes, %v", len(big), len(got), err)
	}
	_, err := Call[[]byte](t.Context(), svc.Method("blob"), make([]byte, 8<<20+1))
	if !errors.Is(err, TooLarge) || EffectOf(err) != NotSent {
		t.Errorf("more than that = %v (%v)", err, EffectOf(err))
	}
}

func TestNothingIsLeftOfCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before, counted := pool.Live()
		var kept []context.Context
		keep := func(ctx context.Context) (None, error) { kept = append(kept, ctx); return None{}, nil }
		s := both(t, ServerConfig{})
		if err := s.Add(Named{"keep", Func0(keep)}); err != nil {
			t.Fatal(err)
		}
		svc := dialPipe(t, s, ClientConfig{})
		exercise(t, svc)
		for range 3 {
			if _, err := Call[None](t.Context(), svc.Method("keep")); err != nil {
				t.Error(err)
			}
		}
		synctest.Wait()
		for _, ctx := range kept {
			if ctx.Err() != context.Canceled {
				t.Errorf("the context of a call that is over: %v", ctx.Err())
			}
		}
		if after, _ := pool.Live(); counted &&
			after > before+2 { // the reader of each side may hold one
			t.Errorf("%d buffers live, %d before", after, before)
		}
		if n := s.running.Load(); n != 0 {
			t.Errorf("%d handlers run", n)
		}
	})
}
