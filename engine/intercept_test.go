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
)

// An Interceptor that gives up before next has returned, as one that bounds the time of calls does,
// must not spoil later calls: they would share the memory of one that goes on.
func TestAnInterceptorMayLeaveACallBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		impatient := func(ctx context.Context, _ string, next func(context.Context) error) error {
			done := make(chan error, 1)
			go func() { done <- next(ctx) }()
			select {
			case err := <-done:
				return err
			case <-time.After(time.Millisecond):
				return errors.New("too slow")
			}
		}
		s := NewServer(ServerConfig{Service: "bank"})
		err := s.Handle("echo", Func1(func(_ context.Context, text string) (string, error) {
			if text == "slow" {
				time.Sleep(10 * time.Millisecond)
			}
			return text, nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		m := dialPipe(t, s, ClientConfig{Intercept: impatient}).Method("echo")
		for i := range 100 {
			if got, err := Call[string](t.Context(), m, "slow"); err == nil {
				t.Fatalf("slow = %q, want an error", got)
			}
			for j := range 3 {
				want := fmt.Sprint(i, j)
				if got, err := Call[string](t.Context(), m, want); got != want || err != nil {
					t.Fatalf("got %q, %v, want %q", got, err, want)
				}
			}
		}
		time.Sleep(time.Second) // until those left behind have ended
	})
}

func TestNextIsForOneCallAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var kept func(context.Context) error
		svc := dialPipe(t, bank(t, ServerConfig{}), ClientConfig{
			Intercept: func(ctx context.Context, _ string, next func(context.Context) error) error {
				kept = next
				return next(ctx)
			}})
		if got, err := Call[string](t.Context(), svc.Method("greet"), "ann"); got != "hello ann" || err != nil {
			t.Fatalf("greet = %q, %v", got, err)
		}
		if err := kept(t.Context()); !errors.Is(err, Internal) || EffectOf(err) != NotSent {
			t.Errorf("next after the call: %v (%v), want %v", err, EffectOf(err), Internal)
		}
	})
}

// impatience gives an Interceptor that has lost its patience after 10 ms, and what is closed when the
// call that it leaves behind has ended.
func impatience() (Interceptor, chan struct{}) {
	ended := make(chan struct{})
	return func(ctx context.Context, _ string, next func(context.Context) error) error {
		go func() { defer close(ended); next(ctx) }()
		time.Sleep(10 * time.Millisecond)
		return errors.New("too slow")
	}, ended
}

// TestAnInterceptorThatLeavesACallBehindLeavesTheCallersMemory alone: nothing comes to it later.
func TestAnInterceptorThatLeavesACallBehindLeavesTheCallersMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		impatient, left := impatience()
		s := NewServer(ServerConfig{Service: "bank"})
		err := s.Handle("echo", Bytes(func(_ context.Context, dst, in []byte) ([]byte, error) {
			time.Sleep(100 * time.Millisecond)
			return append(dst, in...), nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		m := dialPipe(t, s, ClientConfig{Intercept: impatient}).Method("echo")
		dst := make([]byte, 0, 64)
		if _, err := CallBytes(t.Context(), m, dst, []byte("theirs")); err == nil {
			t.Fatal("no error")
		}
		mine := append(dst, "mine, as the call is over"...)
		want := bytes.Clone(mine)
		<-left
		time.Sleep(time.Second) // until the answer has come
		if !bytes.Equal(mine, want) {
			t.Errorf("the memory of the caller has %q, want %q", mine, want)
		}
	})
}

// TestAnInterceptorThatLeavesACallBehindLeavesTheArguments, which may change by then.
func TestAnInterceptorThatLeavesACallBehindLeavesTheArguments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		impatient, left := impatience()
		var sent []string
		_, svc := newScripted(t, 1, ClientConfig{Intercept: impatient}, func(n int, conn *transport.Conn, ev *session.Event) {
			sent = append(sent, string(ev.Payload))
			call := ev.Call
			time.AfterFunc(50*time.Millisecond, func() {
				r := session.Result{Status: frame.ResourceExhausted, Flags: frame.Unprocessed}
				if n > 1 {
					r = session.Result{}
				}
				conn.Result(call, r, nullValue)
			})
		})
		in := []byte("theirs")
		if _, err := Call[None](t.Context(), svc.Method("put"), in); err == nil {
			t.Fatal("no error")
		}
		copy(in, "mine !") // "The arguments are not used any more when Call returns."
		<-left
		time.Sleep(time.Second) // until it would be sent again
		for _, got := range sent {
			if got != "theirs" {
				t.Errorf("sent %q", sent)
			}
		}
	})
}

// TestAnInterceptorThatLeavesAnOpeningBehind: it opens nothing any more, with nobody's arguments.
func TestAnInterceptorThatLeavesAnOpeningBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		impatient, left := impatience()
		s := NewServer(ServerConfig{Service: "bank"})
		err := s.Handle("logChan", Chan1(func(_ context.Context, text string, _ *Chan[None, None]) error {
			t.Errorf("the handler got %q", text)
			return nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		config := ClientConfig{Intercept: impatient, Addrs: []string{"tcp://node:1"}}
		config.dial = func(ctx context.Context, a transport.Addr, cfg transport.Config,
			h transport.Handler) (*transport.Conn, error) {
			time.Sleep(100 * time.Millisecond)
			return s.dialPipe(ctx, a, cfg, h)
		}
		client, err := NewClient(config)
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		m := client.Service("lever://test/bank").Method("logChan")
		if _, err := Open[None, None](t.Context(), m, "theirs"); err == nil {
			t.Error("no error")
		}
		<-left
		time.Sleep(time.Second) // until the dialling has ended
	})
}

// An Interceptor may hide what a call came to, but not that it was made.
func TestAnInterceptorThatHidesAnErrorLeavesTheEffect(t *testing.T) {
	for name, x := range map[string]struct {
		intercept Interceptor
		want      Effect
	}{
		"swallows it": {func(ctx context.Context, _ string, next func(context.Context) error) error {
			next(ctx)
			return nil
		}, Executed},
		"goes away": {func(ctx context.Context, _ string, next func(context.Context) error) error {
			go next(ctx)
			time.Sleep(time.Millisecond)
			return nil
		}, MaybeExecuted},
		"calls again, too late": {func(ctx context.Context, _ string, next func(context.Context) error) error {
			next(ctx)
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return next(ctx)
		}, Executed},
		"does not call": {func(context.Context, string, func(context.Context) error) error {
			return nil
		}, NotSent},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := NewServer(ServerConfig{Service: "bank"})
				err := s.Handle("fail", Func0(func(context.Context) (None, error) {
					time.Sleep(2 * time.Millisecond)
					return None{}, errors.New("no")
				}))
				if err != nil {
					t.Fatal(err)
				}
				svc := dialPipe(t, s, ClientConfig{Intercept: x.intercept})
				if _, err := Call[None](t.Context(), svc.Method("fail")); EffectOf(err) != x.want {
					t.Errorf("the call = %v (%v), want %v", err, EffectOf(err), x.want)
				}
				time.Sleep(time.Second) // until the handler has ended
			})
		})
	}
}
