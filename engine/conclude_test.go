package engine

import (
	"errors"
	"io"
	"testing"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/wire"
)

// What other implementations say in the end of a stream is a value like a call's result.
func TestStreamsEndWithAResult(t *testing.T) {
	for _, c := range []struct {
		name   string
		flags  frame.Flags
		end    []byte
		result string
		code   Code // zero: a clean end
	}{
		{"null is nothing", 0, nullValue, "[]", 0},
		{"a value", 0, wire.AppendString(nil, "done"), "done", 0},
		{"raw bytes", frame.Bytes, []byte("123"), "3 raw bytes", 0},
		{"no value at all", 0, nil, "[]", Internal},
		{"half a value", 0, wire.AppendString(nil, "done")[:3], "[]", Internal},
	} {
		_, svc := newScripted(t, 1, ClientConfig{Attempts: -1},
			func(_ int, conn *transport.Conn, ev *session.Event) {
				conn.Result(ev.Call, session.Result{Flags: c.flags}, c.end)
			})
		ch, err := Open[int, int](t.Context(), svc.Method("getChan"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = ch.Recv()
		if c.code == 0 && err != io.EOF || c.code != 0 && !errors.Is(err, c.code) {
			t.Errorf("%s: ended with %v", c.name, err)
		}
		got := "[]"
		r, endErr := ch.Result()
		if !r.IsZero() {
			got = r.String()
		}
		if c.code == 0 && endErr != nil || c.code != 0 && !errors.Is(endErr, c.code) {
			t.Errorf("%s: the result came with %v", c.name, endErr)
		}
		if got != c.result {
			t.Errorf("%s: the result is %s, want %s", c.name, got, c.result)
		}
	}
}

// TestAnErrorBehindTheLastMessageIsHeard: the handler says that no more comes, and fails later.
func TestAnErrorBehindTheLastMessageIsHeard(t *testing.T) {
	svc := dialPipe(t, tail(t), ClientConfig{})
	ch, err := Open[int, int](t.Context(), svc.Method("sumChan"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ch.Recv(); err != io.EOF {
		t.Errorf("Recv = %v, want io.EOF", err)
	}
	if err := errors.Join(ch.Send(3), ch.Send(4), ch.CloseSend()); err != nil {
		t.Error(err)
	}
	r, err := ch.Result()
	sum, e := 0, new(Error)
	if !r.IsZero() || !errors.As(err, &e) || e.Code != FirstOwn || e.Detail.Decode(&sum) != nil || sum != 7 {
		t.Errorf("Result = %v, %v with %d, want the handler's error with 7", r, err, sum)
	}
	if _, err := ch.Recv(); err != io.EOF {
		t.Errorf("Recv = %v in the end, want io.EOF still", err)
	}
}

// TestTheResultOfAStreamMayLieInPieces, as any large payload.
func TestTheResultOfAStreamMayLieInPieces(t *testing.T) {
	const size = 3 << 20 // less than MAX_MESSAGE
	for _, flags := range []frame.Flags{frame.Bytes, 0} {
		_, svc := newScripted(t, 1, ClientConfig{}, func(_ int, conn *transport.Conn, ev *session.Event) {
			payload := make([]byte, size)
			if flags == 0 {
				payload = wire.AppendString(nil, string(payload))
			}
			conn.Result(ev.Call, session.Result{Flags: flags}, payload)
		})
		ch, err := Open[None, None](t.Context(), svc.Method("sumChan"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ch.Recv(); err != io.EOF {
			t.Errorf("flags %v: Recv: %v, want EOF", flags, err)
		}
		if b, _ := ch.Result(); flags != 0 && len(b.data) != size {
			t.Errorf("flags %v: the result has %d bytes, want %d", flags, len(b.data), size)
		}
	}
}
