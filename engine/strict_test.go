package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/wire"
)

// rawServer answers below the checks of Server.
type rawServer func(conn *transport.Conn, ev *session.Event)

func (f rawServer) HandleEvent(conn *transport.Conn, ev *session.Event) { f(conn, ev) }

// dialRaw gives a client of a raw server.
func dialRaw(t *testing.T, f rawServer) Service {
	t.Helper()
	var far *transport.Conn
	c, err := NewClient(ClientConfig{
		Addrs: []string{"tcp://raw:1"},
		dial: func(_ context.Context, _ transport.Addr, cfg transport.Config,
			h transport.Handler) (near *transport.Conn, err error) {
			near, far = transport.Pipe(cfg, transport.Config{}, h, f)
			return near, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		if far != nil {
			<-far.Done()
		}
	})
	return c.Service("lever://test/bank")
}

func TestResultsThatAreMalformed(t *testing.T) {
	text := wire.AppendString(nil, "text")
	for _, c := range []struct {
		name    string
		status  frame.Status
		flags   frame.Flags
		body    []byte
		code    Code
		message string
	}{
		{"a result that is no value", frame.OK, 0, []byte{0xFF}, Internal, "result: wire:"},
		{"no result at all", frame.OK, 0, nil, Internal, "result: wire:"},
		{"two values", frame.OK, 0, []byte{1, 1}, Internal, "result: wire:"},
		{"a reserved status", 20, 0, text, Internal, "reserved status STATUS(20)"},
		{"a text that is none", frame.NoMethod, 0, []byte{1}, Internal,
			"no method, with a malformed"},
		{"a text in raw bytes", frame.NoMethod, frame.Bytes, text, Internal,
			"no method, with a malformed"},
		{"an error value that is none", frame.Application, 0, []byte{0xFF}, Internal,
			"application, with a malformed"},
		{"no text", frame.NoMethod, 0, nil, NoMethod, "no method"},
		{"a text", frame.NoMethod, 0, text, NoMethod, "no method: text"},
		{"an error in raw bytes", frame.Application, frame.Bytes, []byte{0xFF}, Application,
			"1 raw bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			svc := dialRaw(t, func(conn *transport.Conn, ev *session.Event) {
				if ev.Kind == session.Called {
					conn.Result(ev.Call, session.Result{Status: c.status, Flags: c.flags}, c.body)
				}
			})
			for name, call := range map[string]func() error{
				"int":     func() error { _, err := Call[int](t.Context(), svc.Method("get")); return err },
				"None":    func() error { _, err := Call[None](t.Context(), svc.Method("get")); return err },
				"Payload": func() error { _, err := Call[Payload](t.Context(), svc.Method("get")); return err },
			} {
				err := call()
				if !errors.Is(err, c.code) || !strings.Contains(err.Error(), c.message) ||
					EffectOf(err) != Executed {
					t.Errorf("%s: got %v (%v), want %q", name, err, EffectOf(err), c.message)
				}
			}
		})
	}
}

func TestMalformedMessageEndsTheStreamOfACaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var cancelled error
		svc := dialRaw(t, func(conn *transport.Conn, ev *session.Event) {
			switch ev.Kind {
			case session.Called:
				conn.Message(ev.Call, false, []byte{1})
				conn.Message(ev.Call, false, []byte{0xFF})
				conn.Message(ev.Call, false, []byte{2})
			case session.Cancelled:
				cancelled = ev.Err
				conn.Result(ev.Call, session.Result{}, nullValue)
			}
		})
		ch, err := Open[int, int](t.Context(), svc.Method("getChan"))
		if err != nil {
			t.Fatal(err)
		}
		if v, err := ch.Recv(); v != 1 || err != nil {
			t.Errorf("the first message = %v, %v", v, err)
		}
		for range 2 {
			if _, err := ch.Recv(); !errors.Is(err, Internal) ||
				!strings.Contains(fmt.Sprint(err), "message: wire:") {
				t.Errorf("the malformed message = %v", err)
			}
		}
		synctest.Wait()
		if cancelled == nil {
			t.Error("the server was not told")
		}
	})
}

func TestMalformedMessageEndsTheStreamOfAHandler(t *testing.T) {
	for _, message := range [][]byte{{0xFF}, wire.AppendString(nil, "no number"), nil} {
		synctest.Test(t, func(t *testing.T) {
			s := NewServer(ServerConfig{Service: "bank"})
			err := s.Handle("addChan", Chan0(func(ctx context.Context, ch *Chan[int, int]) error {
				for _, err := range ch.All() {
					if err != nil {
						break // and goes on as if nothing had happened
					}
				}
				<-ctx.Done()
				return nil
			}))
			if err != nil {
				t.Fatal(err)
			}
			c := newRawClient(t, s)
			empty, _ := wire.AppendList(nil)
			call, err := c.conn.Open(session.Open{Name: "bank/addChan", Flags: frame.Stream}, empty)
			if err != nil {
				t.Fatal(err)
			}
			c.conn.Message(call, false, []byte{1})
			c.conn.Message(call, false, message)
			c.conn.Message(call, false, []byte{1})
			if ev := <-c.ended; ev.Status != frame.InvalidArgument ||
				ev.Effect != session.Executed {
				t.Errorf("message %x: got %v (%v)", message, ev.Status, ev.Effect)
			}
		})
	}
}

func TestStreamThatEndsWellHasTheResultNull(t *testing.T) {
	s := NewServer(ServerConfig{Service: "bank"})
	err := s.Handle("addChan", Chan0(func(context.Context, *Chan[int, int]) error { return nil }))
	if err != nil {
		t.Fatal(err)
	}
	c := newRawClient(t, s)
	empty, _ := wire.AppendList(nil)
	open := session.Open{Name: "bank/addChan", Flags: frame.Stream}
	if _, err := c.conn.Open(open, empty); err != nil {
		t.Fatal(err)
	}
	if ev := <-c.ended; ev.Status != frame.OK || string(ev.Payload) != "\xd0" {
		t.Errorf("ended with %v and % x, want OK and d0", ev.Status, ev.Payload)
	}
}

func TestHandlersMayRefuse(t *testing.T) {
	for code, elsewhere := range map[Code]bool{
		NoService: true, WrongOwner: true, NotLeased: true,
		NoMethod: false, Private: false, WrongKind: false, Unauthenticated: false,
	} {
		for _, answer := range []error{code, Errorf(code, "text")} {
			s := NewServer(ServerConfig{Service: "bank"})
			calls := 0
			h := Func0(func(context.Context) (None, error) { calls++; return None{}, answer })
			if err := s.Handle("get", h); err != nil {
				t.Fatal(err)
			}
			svc := dialPipe(t, s, ClientConfig{Attempts: 2})
			_, err := Call[None](t.Context(), svc.Method("get"))
			if !errors.Is(err, code) || EffectOf(err) != NotExecuted || (calls == 2) != elsewhere {
				t.Errorf("%v: got %v (%v) after %d calls", code, err, EffectOf(err), calls)
			}
		}
	}
}

func TestDynamicTakesListsOnly(t *testing.T) {
	ran := false
	s := NewServer(ServerConfig{Service: "bank"})
	err := s.Handle("any", Dynamic(func(_ context.Context, a Args) (Payload, error) {
		ran = true
		return a.Payload, nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	c := newRawClient(t, s)
	for _, body := range [][]byte{nil, {0xFF}, {1}, nullValue, wire.AppendString(nil, "x")} {
		if ev := c.call(t, session.Open{Name: "bank/any"},
			body); ev.Status != frame.InvalidArgument || ran {
			t.Errorf("%x: got %v, ran: %v", body, ev.Status, ran)
		}
	}
	list, err := wire.AppendList(nil, 1, "a")
	if err != nil {
		t.Fatal(err)
	}
	if ev := c.call(t, session.Open{Name: "bank/any"}, list); ev.Status != frame.OK ||
		!bytes.Equal(ev.Payload, list) {
		t.Errorf("a list: got %v, %x", ev.Status, ev.Payload)
	}
}

func TestNameIsCheckedBeforeTheKind(t *testing.T) {
	c := newRawClient(t, bank(t, ServerConfig{}))
	empty, _ := wire.AppendList(nil)
	for name, want := range map[string]frame.Status{
		"bank/nothingChan": frame.NoMethod, "shop/nothingChan": frame.NoService,
		"bank/_nothing": frame.Private, "shop/_chan": frame.Private,
		"bank/nothing": frame.NoMethod, "shop/nothing": frame.NoService,
	} {
		if ev := c.call(t, session.Open{Name: name}, empty); ev.Status != want ||
			ev.Flags&frame.Unprocessed == 0 {
			t.Errorf("%s = %v, want %v", name, ev.Status, want)
		}
	}
}

func TestNoRetryIsObeyed(t *testing.T) {
	for flags, want := range map[frame.Flags]int{
		frame.Unprocessed: 3, frame.Unprocessed | frame.NoRetry: 1, 0: 1,
	} {
		calls := 0
		svc := dialRaw(t, func(conn *transport.Conn, ev *session.Event) {
			if ev.Kind == session.Called {
				calls++
				conn.Result(ev.Call, session.Result{Status: frame.Unavailable, Flags: flags}, nil)
			}
		})
		_, err := Call[None](t.Context(), svc.Method("get"))
		if !errors.Is(err, Unavailable) || calls != want {
			t.Errorf("flags %#x: %v after %d calls, want %d", flags, err, calls, want)
		}
	}
}
