package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"strings"
	"testing"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

func TestErrorTexts(t *testing.T) {
	for _, c := range []struct {
		err  *Error
		want string
	}{
		{&Error{Code: Application, Method: "bank/transfer", Message: "no such account"},
			"engine: call bank/transfer: no such account"},
		{&Error{Code: NoMethod, Method: "bank/x"}, "engine: call bank/x: no method"},
		{&Error{Code: Unavailable, Method: "bank/x", Message: "no instance"},
			"engine: call bank/x: unavailable: no instance"},
		{Errorf(InvalidArgument, "bad %d", 1), "engine: invalid argument: bad 1"},
		{Fail(Application, []byte("abc")), "engine: 3 raw bytes"},
		{Fail(FirstOwn, map[string]any{"message": "text"}), "engine: code 1024: text"},
		{Fail(Application, "text"), "engine: text"},
		{Fail(Application, 7), "engine: 7"},
		{Fail(NoMethod, 7), "engine: internal: error value with the code no method, which carries text only"},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestEffectOf(t *testing.T) {
	e := &Error{Code: Unavailable, Effect: NotExecuted}
	for _, c := range []struct {
		err  error
		want Effect
	}{
		{nil, Executed},
		{e, NotExecuted},
		{fmt.Errorf("wrapped: %w", e), NotExecuted},
		{errors.Join(io.EOF, e), NotExecuted},
		{io.EOF, MaybeExecuted},
	} {
		if got := EffectOf(c.err); got != c.want {
			t.Errorf("EffectOf(%v) = %v, want %v", c.err, got, c.want)
		}
	}
	for e := NotSent; e <= Executed; e++ {
		if got, want := strings.ReplaceAll(e.String(), " ",
			""), session.Effect(e).String(); !strings.EqualFold(got, want) {
			t.Errorf("effect %d is %q here and %q in the session", e, got, want)
		}
	}
}

func TestCodesAreTheStatusesOfTheProtocol(t *testing.T) {
	for s := frame.Application; s <= frame.Forgotten; s++ {
		c := Code(s)
		if c.String() != s.String() || !c.isKnown() || c.Error() == "" {
			t.Errorf("status %v is code %v", s, c)
		}
	}
	for _, c := range []Code{0, Forgotten + 1, FirstOwn - 1} {
		if c.isKnown() {
			t.Errorf("code %d is known", c)
		}
	}
	if CodeOf(nil) != 0 || CodeOf(io.EOF) != Internal ||
		CodeOf(fmt.Errorf("%w", context.Canceled)) != Cancelled ||
		CodeOf(NoMethod) != NoMethod || CodeOf(fmt.Errorf("%w", Errorf(Private, ""))) != Private {
		t.Error("CodeOf")
	}
}

// account is an error value with structure.
type account struct {
	Message string `json:"message"`
	Balance int64  `json:"balance"`
}

func TestErrorsOfHandlers(t *testing.T) {
	downstream := &Error{Code: NoMethod, Method: "audit/log", Effect: NotExecuted}
	for _, c := range []struct {
		name    string
		err     error
		code    Code
		message string
		check   func(*Error) bool
	}{
		{"a plain error is text", errors.New("plain"), Application, "plain", func(e *Error) bool {
			var s string
			return e.Detail.Decode(&s) == nil && s == "plain"
		}},
		{"a code with text", Errorf(PermissionDenied, "not you"), PermissionDenied, "not you",
			func(e *Error) bool { return e.Detail.IsZero() }},
		{"a wrapped code", fmt.Errorf("transfer: %w", Errorf(NoResource, "acct")), NoResource,
			"transfer: engine: no resource: acct", nil},
		{"a bare code", NoResource, NoResource, "no resource", nil},
		{"a structured value", Fail(FirstOwn+7, account{"too little", 3}), FirstOwn + 7,
			"too little",
			func(e *Error) bool {
				var a account
				return e.Detail.Decode(&a) == nil && a.Balance == 3
			}},
		{"raw bytes", Fail(Application, []byte{1, 2, 3}), Application, "",
			func(e *Error) bool { return string(e.Detail.Bytes()) == "\x01\x02\x03" }},
		{"not to be tried again", &Error{Code: Unavailable, NoRetry: true}, Unavailable, "",
			func(e *Error) bool { return e.NoRetry }},
		{"an error of a call further down is text", downstream, Application, downstream.Error(),
			nil},
		{"and so is one that is wrapped", fmt.Errorf("x: %w", downstream), Application,
			"x: " + downstream.Error(), nil},
		{"a reserved code", &Error{Code: 500, Message: "odd"}, Application,
			"engine: code 500: odd", nil},
		{"a context's error of somebody else", context.DeadlineExceeded, Application,
			"context deadline exceeded",
			func(e *Error) bool { return !errors.Is(e, context.DeadlineExceeded) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := NewServer(ServerConfig{Service: "bank"})
			if err := s.Handle("fail", Func0(func(context.Context) (None, error) { return None{}, c.err })); err != nil {
				t.Fatal(err)
			}
			svc := dialPipe(t, s, ClientConfig{})
			_, err := Call[None](t.Context(), svc.Method("fail"))
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Code != c.code || e.Message != c.message || e.Effect != Executed {
				t.Fatalf("got %#v", err)
			}
			if !errors.Is(err, c.code) || e.Method != "bank/fail" {
				t.Errorf("errors.Is does not find %v in %v", c.code, err)
			}
			if c.check != nil && !c.check(e) {
				t.Errorf("unexpected %#v", e)
			}
		})
	}
}

func TestPanicsEndOneCall(t *testing.T) {
	var log strings.Builder
	s := bank(t, ServerConfig{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	err := s.Add(
		Named{"inlinePanic", Inline(Func0(func(context.Context) (None, error) { panic("secret") }))},
		Named{"exit", Func0(func(context.Context) (None, error) { runtime.Goexit(); return None{}, nil })},
		Named{"panicChan", Chan0(func(context.Context, *Chan[None, None]) error { panic(errors.New("secret")) })},
	)
	if err != nil {
		t.Fatal(err)
	}
	svc := dialPipe(t, s, ClientConfig{})
	for range 3 {
		for _, method := range []string{"panic", "inlinePanic", "exit"} {
			_, err := Call[None](t.Context(), svc.Method(method))
			if !errors.Is(err, Internal) || strings.Contains(fmt.Sprint(err), "secret") {
				t.Errorf("%s = %v", method, err)
			}
		}
		ch, err := Open[None, None](t.Context(), svc.Method("panicChan"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ch.Recv(); !errors.Is(err, Internal) {
			t.Errorf("panicChan = %v", err)
		}
	}
	if got, err := Call[string](t.Context(), svc.Method("greet"), "bob"); err != nil ||
		got != "hello bob" {
		t.Errorf("after the panics: %q, %v", got, err)
	}
	if !strings.Contains(log.String(), "secret") || !strings.Contains(log.String(), "bank/panic") {
		t.Errorf("log: %s", log.String())
	}
}

func TestShowPanics(t *testing.T) {
	s := bank(t, ServerConfig{ShowPanics: true, Logger: slog.New(slog.DiscardHandler)})
	svc := dialPipe(t, s, ClientConfig{})
	if _, err := Call[None](t.Context(), svc.Method("panic")); !strings.Contains(fmt.Sprint(err),
		"secret") {
		t.Errorf("panic = %v", err)
	}
}

func TestMissing(t *testing.T) {
	svc := dialPipe(t, bank(t, ServerConfig{}), ClientConfig{})
	other := svc.s.client.Service("lever://test/shop")
	for _, c := range []struct {
		name string
		m    Method
		want Code
		eff  Effect
	}{
		{"no such method", svc.Method("nothing"), NoMethod, NotExecuted},
		{"no such service", other.Method("greet"), NoService, NotExecuted},
		{"a private method", svc.Method("_init"), Private, NotExecuted},
		{"a private method of another service", other.Method("_init"), Private, NotExecuted},
		{"a streaming method", svc.Method("tailChan"), WrongKind, NotSent},
		{"a bad name", svc.Method("a/b"), InvalidArgument, NotSent},
		{"a bad URL", svc.s.client.Method("http://x"), InvalidArgument, NotSent},
		{"a bad target", svc.s.client.Service("x").Resource("r").Method("m"), InvalidArgument,
			NotSent},
		{"a bad resource", svc.Resource("\xff").Method("m"), InvalidArgument, NotSent},
		{"the zero Method", Method{}, InvalidArgument, NotSent},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Call[None](t.Context(), c.m)
			if !errors.Is(err, c.want) || EffectOf(err) != c.eff {
				t.Errorf("got %v (%v), want %v (%v)", err, EffectOf(err), c.want, c.eff)
			}
		})
	}
	if _, err := Open[None, None](t.Context(), svc.Method("greet")); !errors.Is(err, WrongKind) ||
		EffectOf(err) != NotSent {
		t.Errorf("a regular method opened as a stream: %v", err)
	}
}
