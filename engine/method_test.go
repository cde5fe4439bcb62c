package engine

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

func TestOptionsOfAMethodTravel(t *testing.T) {
	synctest.Test(t, testOptionsOfAMethod)
}

func testOptionsOfAMethod(t *testing.T) {
	s, svc := newScripted(t, 1, ClientConfig{},
		func(_ int, conn *transport.Conn, ev *session.Event) { ok(conn, ev) })
	get := Declare0[None]("get")
	m := svc.Method("get")
	for _, c := range []struct {
		name string
		call func(context.Context) error
		want frame.Flags
	}{
		{"none", plain(m), 0},
		{"idempotent", plain(m.Idempotent()), frame.Idempotent},
		{"urgent", plain(m.Urgent()), frame.Urgent},
		{"bulk and idempotent", plain(m.Bulk().Idempotent()), frame.Bulk | frame.Idempotent},
		{"the last class counts", plain(m.Bulk().Urgent()), frame.Urgent},
		{"a stream has a class", func(ctx context.Context) error {
			ch, err := Open[None, None](ctx, svc.Method("getChan").Bulk())
			if err == nil {
				_, err = ch.Recv()
				<-ch.Context().Done()
			}
			return nil
		}, frame.Bulk | frame.Stream},
		{"a notification", func(ctx context.Context) error { return Notify(ctx, m) }, frame.Oneway},
		{"a declaration", func(ctx context.Context) error {
			_, err := get.With(Method.Idempotent).With(Method.Urgent).Call(ctx, svc)
			return err
		}, frame.Idempotent | frame.Urgent},
	} {
		if err := c.call(t.Context()); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		synctest.Wait()
		all := s.arrivals()
		if got := all[len(all)-1].flags; got != c.want {
			t.Errorf("%s: flags %#x, want %#x", c.name, got, c.want)
		}
	}
	if m.options != (options{}) {
		t.Errorf("options changed the method that they were derived from: %+v", m.options)
	}
}

// plain calls m without arguments and result.
func plain(m Method) func(context.Context) error {
	return func(ctx context.Context) error { _, err := Call[None](ctx, m); return err }
}

func TestNotifyReturnsWhenTheCallIsOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewServer(ServerConfig{Service: "bank"})
		ran := make(chan string, 1)
		gate := make(chan None)
		err := s.Handle("note", Func1(func(_ context.Context, text string) (None, error) {
			<-gate
			ran <- text
			return None{}, errors.New("nobody hears this")
		}))
		if err != nil {
			t.Fatal(err)
		}
		svc := dialPipe(t, s, ClientConfig{})
		for _, text := range []string{"a", "b"} {
			if err := Notify(t.Context(), svc.Method("note"), text); err != nil {
				t.Errorf("Notify = %v", err)
			}
			synctest.Wait()
			select {
			case <-ran:
				t.Error("Notify waited for the handler")
			default:
			}
			gate <- None{}
			if got := <-ran; got != text {
				t.Errorf("the handler got %q, want %q", got, text)
			}
		}
		if err := Notify(t.Context(), svc.Method("noteChan")); !errors.Is(err, WrongKind) ||
			EffectOf(err) != NotSent {
			t.Errorf("Notify of a stream = %v (%v)", err, EffectOf(err))
		}
		if err := Notify(t.Context(), svc.Method("note"), func() {}); !errors.Is(err, InvalidArgument) {
			t.Errorf("Notify of a function = %v", err)
		}
		if err := Notify(t.Context(), Method{}); !errors.Is(err, InvalidArgument) {
			t.Errorf("Notify of the zero Method = %v", err)
		}
	})
}

func TestNotifyTellsHowFarItCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, svc := newScripted(t, 1, ClientConfig{Attempts: -1},
			func(int, *transport.Conn, *session.Event) {})
		s.config.Session.Params.Calls = 64
		note := svc.Method("note")
		for range 64 {
			if err := Notify(t.Context(), note); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := Notify(ctx, note); !errors.Is(err, DeadlineExceeded) || EffectOf(err) != NotSent {
			t.Errorf("without a slot = %v (%v)", err, EffectOf(err))
		}
		waiting := make(chan error, 1)
		go func() { waiting <- Notify(t.Context(), note) }()
		synctest.Wait()
		first := s.arrivals()[0]
		first.conn.Close(frame.ReasonInternal, "crash")
		if err := <-waiting; !errors.Is(err, Unavailable) || EffectOf(err) != NotSent {
			t.Errorf("after the loss of the connection = %v (%v)", err, EffectOf(err))
		}
		if n := len(s.arrivals()); n != 64 {
			t.Errorf("%d calls arrived, want 64", n)
		}
	})
}
