package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/wire"
)

// concluding ends each stream with a value, which handlers of package engine do not.
type concluding struct{}

func (concluding) HandleEvent(c *transport.Conn, ev *session.Event) {
	if ev.Kind == session.Called {
		c.Message(ev.Call, false, wire.AppendString(nil, "one"))
		if strings.HasSuffix(string(ev.Name), "bytesChan") {
			c.Result(ev.Call, session.Result{Flags: frame.Bytes}, []byte("12345"))
			return
		}
		c.Result(ev.Call, session.Result{}, wire.AppendInt(nil, 42))
	}
}

// TestStreamShowsItsResult expects the value of the end where it is no message.
func TestStreamShowsItsResult(t *testing.T) {
	a, err := transport.ParseAddr("tcp://127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l, err := transport.Listen(a, transport.Config{}, concluding{})
	if err != nil {
		t.Fatal(err)
	}
	go l.Serve()
	defer l.Close()
	url := "lever://" + strings.TrimPrefix(l.Addr().String(), "tcp://") + "/count/"
	for method, want := range map[string]string{"upChan": "42", "bytesChan": "5 raw bytes"} {
		var stdout, stderr bytes.Buffer
		w := &world{
			stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr,
			getenv: func(string) string { return "" },
		}
		status := run(t.Context(), []string{"stream", url + method}, w)
		if status != statusDone || stdout.String() != "\"one\"\n" {
			t.Errorf("%s: status %d and %q, want the message", method, status, stdout.String())
		}
		if got := stderr.String(); got != "result: "+want+"\n" {
			t.Errorf("%s: %q on standard error, want result: %s", method, got, want)
		}
	}
}
