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
		if r := ch.Result(); !r.IsZero() {
			got = r.String()
		}
		if got != c.result {
			t.Errorf("%s: the result is %s, want %s", c.name, got, c.result)
		}
	}
}
