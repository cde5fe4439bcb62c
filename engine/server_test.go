package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
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
		{"a regular method as a stream", session.Open{Name: "bank/ping", Flags: frame.Stream}, empty, frame.WrongKind},
		{"a streaming method as a regular one", session.Open{Name: "bank/holdChan"}, empty, frame.WrongKind},
		{"a private method", session.Open{Name: "bank/_x"}, empty, frame.Private},
		{"a method in another case", session.Open{Name: "bank/Ping"}, empty, frame.NoMethod},
		{"a service in another case", session.Open{Name: "Bank/ping"}, empty, frame.NoService},
		{"a resource with NUL", session.Open{Name: "bank/ping", Ext: badResource}, empty, frame.InvalidArgument},
		{"arguments that are no list", session.Open{Name: "bank/ping"}, nullValue, frame.InvalidArgument},
		{"no arguments at all", session.Open{Name: "bank/ping"}, nil, frame.InvalidArgument},
		{"bytes behind the list", session.Open{Name: "bank/ping"}, append(bytes.Clone(empty), 0), frame.InvalidArgument},
	} {
		t.Run(x.name, func(t *testing.T) {
			for range 2 { // by name, and bound
				ev := c.call(t, x.open, x.args)
				if ev.Status != x.status || ev.Effect != session.NotExecuted || ev.Flags&frame.NoRetry == 0 && x.status != frame.NoService {
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
			if ev := c.call(t, session.Open{Name: "bank/note", Flags: frame.Oneway}, empty); ev.Err != nil {
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
		if !errors.Is(err, context.Canceled) || !errors.Is(err, Cancelled) || EffectOf(err) != MaybeExecuted {
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
		for want, ctx := range map[time.Duration]context.Context{time.Second: ctx, time.Minute: t.Context()} {
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
		if !errors.Is(err, DeadlineExceeded) || !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
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
		if got, err := Call[string](t.Context(), shop.Method("buy"), 1, "x"); err != nil || got != "shop buy [1 x]" {
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
	if _, err := Call[[]byte](t.Context(), svc.Method("big")); !errors.Is(err, TooLarge) || EffectOf(err) != Executed {
		t.Errorf("a large result = %v (%v)", err, EffectOf(err))
	}
}

func TestInterceptors(t *testing.T) {
	var log strings.Builder
	note := func(side string) Interceptor {
		return func(ctx context.Context, method string, next func(context.Context) error) error {
			err := next(ctx)
			fmt.Fprintf(&log, "%s %s %v; ", side, method, CodeOf(err).String())
			return err
		}
	}
	svc := dialPipe(t, bank(t, ServerConfig{Intercept: note("server")}), ClientConfig{Intercept: note("client")})
	if got, err := Call[string](t.Context(), svc.Method("greet"), "ann"); err != nil || got != "hello ann" {
		t.Errorf("greet = %q, %v", got, err)
	}
	if _, err := Call[None](t.Context(), svc.Method("fail"), "x"); !errors.Is(err, Application) {
		t.Errorf("fail = %v", err)
	}
	want := "server bank/greet OK; client bank/greet OK; server bank/fail INTERNAL; client bank/fail APPLICATION; "
	if log.String() != want {
		t.Errorf("got  %s\nwant %s", log.String(), want)
	}
}

func TestInterceptorsThatRefuse(t *testing.T) {
	deny := func(context.Context, string, func(context.Context) error) error {
		return Errorf(Unauthenticated, "who?")
	}
	silent := func(context.Context, string, func(context.Context) error) error { return nil }
	svc := dialPipe(t, bank(t, ServerConfig{Intercept: deny}), ClientConfig{})
	if _, err := Call[string](t.Context(), svc.Method("greet"), "ann"); !errors.Is(err, Unauthenticated) {
		t.Errorf("refused by the server: %v", err)
	}
	for _, ic := range []Interceptor{deny, silent} {
		svc := dialPipe(t, tail(t), ClientConfig{Intercept: ic})
		if _, err := Call[string](t.Context(), svc.Method("greet"), "ann"); err == nil {
			t.Error("a call that the client's interceptor did not make gives no error")
		}
		if _, err := Open[string, string](t.Context(), svc.Method("echoChan")); err == nil {
			t.Error("a stream that the client's interceptor did not open gives no error")
		}
	}
}

func TestDeclarations(t *testing.T) {
	var (
		zero  = Declare0[string]("zero")
		one   = Declare1[[]byte, []byte]("one")
		two   = Declare2[string, Payload, string]("two")
		three = Declare3[string, string, int64, account]("three")
		four  = Declare4[int, int, int, int, int]("four")
		bad   = Declare1[func(), int]("bad")
		wrong = Declare0[int]("wrongChan")
	)
	s := NewServer(ServerConfig{Service: "bank"})
	err := s.Add(
		zero.Func(func(context.Context) (string, error) { return "0", nil }),
		one.Func(func(_ context.Context, b []byte) ([]byte, error) { return append(b, '1'), nil }),
		two.Func(func(_ context.Context, a string, p Payload) (string, error) { return a + p.String(), nil }),
		three.Func(func(_ context.Context, a, b string, c int64) (account, error) { return account{a + b, c}, nil }),
		four.Func(func(_ context.Context, a, b, c, d int) (int, error) { return a*1000 + b*100 + c*10 + d, nil }),
	)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Add(bad.Func(func(context.Context, func()) (int, error) { return 0, nil }),
		wrong.Func(func(context.Context) (int, error) { return 0, nil })); err == nil ||
		strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("Add of two bad declarations = %v", err)
	}
	svc := dialPipe(t, s, ClientConfig{})
	ctx := t.Context()
	for range 2 {
		if got, err := zero.Call(ctx, svc); err != nil || got != "0" {
			t.Errorf("zero = %q, %v", got, err)
		}
		if got, err := one.Call(ctx, svc, []byte("x")); err != nil || string(got) != "x1" {
			t.Errorf("one = %q, %v", got, err)
		}
		if got, err := two.Call(ctx, svc, "a", must(PayloadOf("b"))); err != nil || got != "ab" {
			t.Errorf("two = %q, %v", got, err)
		}
		if got, err := three.Call(ctx, svc, "ann", "bob", 500); err != nil || got != (account{"annbob", 500}) {
			t.Errorf("three = %v, %v", got, err)
		}
		if got, err := four.Call(ctx, svc, 1, 2, 3, 4); err != nil || got != 1234 {
			t.Errorf("four = %v, %v", got, err)
		}
	}
	if _, err := bad.Call(ctx, svc, nil); !errors.Is(err, InvalidArgument) || EffectOf(err) != NotSent {
		t.Errorf("bad = %v", err)
	}
	if _, err := wrong.Call(ctx, svc); !errors.Is(err, WrongKind) || EffectOf(err) != NotSent {
		t.Errorf("wrong = %v", err)
	}
}

func TestCallsDoNotAllocate(t *testing.T) {
	if testing.Short() {
		t.Skip("counts allocations")
	}
	svc := dialPipe(t, bank(t, ServerConfig{}), ClientConfig{})
	add := Declare2[int64, int64, int64]("add")
	ctx := context.Background()
	var failed atomic.Bool
	call := func() {
		if _, err := add.Call(ctx, svc, 1000, 2000); err != nil {
			failed.Store(true)
		}
	}
	for range 100 {
		call()
	}
	if n := testing.AllocsPerRun(1000, call); n > allocsAllowed || failed.Load() {
		t.Errorf("%v allocations per call on both sides together, failed: %v", n, failed.Load())
	}
}
