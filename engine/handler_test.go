package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/leverrpc/lever/wire"
)

func TestHandleRefuses(t *testing.T) {
	ok := Func0(func(context.Context) (None, error) { return None{}, nil })
	okChan := Chan0(func(context.Context, *Chan[None, None]) error { return nil })
	for _, c := range []struct {
		name, method string
		h            Handler
		want         string
	}{
		{"a method that has a handler", "taken", ok, "already"},
		{"a private method", "_init", ok, "private"},
		{"no name", "", ok, "missing"},
		{"a name that is no name", "a b", ok, "' '"},
		{"a regular handler for a streaming name", "tailChan", ok, "streaming by its name"},
		{"a streaming handler for a regular name", "tail", okChan, "not streaming by its name"},
		{"the zero Handler", "zero", Handler{}, "zero Handler"},
		{"an inline stream", "tailChan", Inline(okChan), "inline"},
		{"an argument without a wire form", "bad",
			Func2(func(context.Context, int, func()) (None, error) { return None{}, nil }), "argument 2"},
		{"a result without a wire form", "bad",
			Func1(func(context.Context, int) (chan int, error) { return nil, nil }), "result"},
		{"messages without a wire form", "badChan",
			Chan0(func(context.Context, *Chan[int, chan int]) error { return nil }), "sent messages"},
		{"received messages without a wire form", "badChan",
			Chan1(func(context.Context, int, *Chan[func(), int]) error { return nil }), "received messages"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := NewServer(ServerConfig{Service: "bank"})
			if err := s.Add(Named{"taken", ok}, Named{"takenChan", okChan}); err != nil {
				t.Fatal(err)
			}
			err := s.Handle(c.method, c.h)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Handle = %v, want an error with %q", err, c.want)
			}
		})
	}
	if err := NewServer(ServerConfig{Service: "b"}).Handle("get", ok); err == nil {
		t.Error("a server without a decent service takes handlers")
	}
}

func TestArgumentsThatDoNotFit(t *testing.T) {
	ran := false
	s := NewServer(ServerConfig{Service: "bank"})
	err := s.Add(
		Named{"none", Func0(func(context.Context) (None, error) { ran = true; return None{}, nil })},
		Named{"two", Func2(func(_ context.Context, a string, b int) (None, error) { ran = true; return None{}, nil })},
		Named{"blob", Func1(func(_ context.Context, b []byte) (None, error) { ran = true; return None{}, nil })},
		Named{"raw", Bytes(func(_ context.Context, dst, in []byte) ([]byte, error) { ran = true; return dst, nil })},
		Named{"twoChan", Chan2(func(context.Context, int, int, *Chan[None, None]) error { ran = true; return nil })},
	)
	if err != nil {
		t.Fatal(err)
	}
	svc := dialPipe(t, s, ClientConfig{})
	for _, c := range []struct {
		name, method string
		args         []any
		want         string
	}{
		{"one too many", "none", []any{1}, "takes 0 arguments, got 1"},
		{"one too few", "two", []any{"a"}, "takes 2 arguments, got 1"},
		{"none of two", "two", nil, "takes 2 arguments, got 0"},
		{"raw bytes for values", "two", []any{[]byte("x")}, "takes 2 arguments, got raw bytes"},
		{"the second of the wrong type", "two", []any{"a", "b"}, "argument 2: wire:"},
		{"the first of the wrong type", "two", []any{1, 2}, "argument 1: wire:"},
		{"a text for raw bytes", "blob", []any{1}, "argument 1"},
		{"values for raw bytes", "raw", []any{1}, "raw bytes"},
		{"a stream with the wrong number", "twoChan", []any{1}, "takes 2 arguments, got 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var err error
			if IsStreaming(c.method) {
				ch, e := Open[None, None](t.Context(), svc.Method(c.method), c.args...)
				if e != nil {
					t.Fatal(e)
				}
				_, err = ch.Recv()
			} else {
				_, err = Call[None](t.Context(), svc.Method(c.method), c.args...)
			}
			if !errors.Is(err, InvalidArgument) || !strings.Contains(fmt.Sprint(err), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if EffectOf(err) != NotExecuted || ran {
				t.Errorf("effect %v, handler ran: %v", EffectOf(err), ran)
			}
		})
	}
}

func TestPayloadsOfEitherKind(t *testing.T) {
	svc := dialPipe(t, bank(t, ServerConfig{}), ClientConfig{})
	echo := svc.Method("echo")
	for _, c := range []struct {
		name string
		args []any
		want any // what the echo of the argument list decodes to
	}{
		{"nothing", nil, []any{}},
		{"values", []any{1, nil, "a"}, []any{int64(1), nil, "a"}},
		{"raw bytes", []any{[]byte("abc")}, []byte("abc")},
		{"a Payload of bytes alone", []any{must(PayloadOf([]byte("x")))}, []byte("x")},
		{"a Payload of a value alone", []any{must(PayloadOf("x"))}, []any{"x"}},
		{"Payloads among others", []any{must(PayloadOf("x")), 1, must(PayloadOf([]byte("y"))), Payload{}},
			[]any{"x", int64(1), []byte("y"), nil}},
		{"a list made beforehand", []any{must(ArgsOf(1, 2))}, []any{int64(1), int64(2)}},
		{"a Raw value among others", []any{wire.Raw{1}, 2}, []any{int64(1), int64(2)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := Call[Payload](t.Context(), echo, c.args...)
			if err != nil {
				t.Fatal(err)
			}
			var got any
			if err := p.Decode(&got); err != nil ||
				fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", c.want) {
				t.Errorf("got %#v, %v, want %#v", got, err, c.want)
			}
		})
	}
	if _, err := Call[None](t.Context(), echo, func() {}); !errors.Is(err, InvalidArgument) ||
		EffectOf(err) != NotSent {
		t.Errorf("an argument without a wire form: %v", err)
	}
	if _, err := Call[None](t.Context(), echo, Args{must(PayloadOf("no list"))}); !errors.Is(err,
		InvalidArgument) {
		t.Errorf("Args that hold no list: %v", err)
	}
	if _, err := Call[int](t.Context(), echo, "x"); !errors.Is(err, Internal) ||
		EffectOf(err) != Executed {
		t.Errorf("a result that does not fit: %v", err)
	}
	if _, err := Call[int](t.Context(), echo, []byte("x")); !errors.Is(err, Internal) {
		t.Errorf("raw bytes for a value: %v", err)
	}
}
