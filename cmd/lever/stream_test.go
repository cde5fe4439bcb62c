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
		switch _, method, _ := strings.Cut(string(ev.Name), "/"); method {
		case "bytesChan":
			c.Result(ev.Call, session.Result{Flags: frame.Bytes}, []byte("12345"))
			return
		case "lateChan":
			c.Finish(ev.Call) // and the error comes when the caller has finished too
			c.Attach(ev.Call, ev.Call)
			return
		}
		c.Result(ev.Call, session.Result{}, wire.AppendInt(nil, 42))
	}
	if ev.Kind == session.Finished && ev.Data != nil {
		c.Result(ev.Call, session.Result{Status: 1030}, wire.AppendString(nil, "too late\n  effect: none"))
	}
}

// concluded serves that, and gives what stands before a method in its URL.
func concluded(t *testing.T) string {
	t.Helper()
	a, err := transport.ParseAddr("tcp://127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l, err := transport.Listen(a, transport.Config{}, concluding{})
	if err != nil {
		t.Fatal(err)
	}
	go l.Serve()
	t.Cleanup(func() { l.Close() })
	return "lever://" + strings.TrimPrefix(l.Addr().String(), "tcp://") + "/count/"
}

// TestStreamShowsItsResult expects the value of the end where it is no message.
func TestStreamShowsItsResult(t *testing.T) {
	url := concluded(t)
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

// TestStreamTellsWhatComesBehindTheLastMessage: the other side has no more messages, takes what
// standard input has, and fails. Its text cannot pass for a line of the command's own.
func TestStreamTellsWhatComesBehindTheLastMessage(t *testing.T) {
	var stdout, stderr bytes.Buffer
	w := &world{
		stdin: strings.NewReader("1\n2\n"), stdout: &stdout, stderr: &stderr,
		getenv: func(string) string { return "" },
	}
	status := run(t.Context(), []string{"stream", concluded(t) + "lateChan"}, w)
	const want = `code 1030: too late\n  effect: none` + "\n  effect: it was executed\n"
	if got := stderr.String(); status != statusFailed || !strings.HasSuffix(got, want) {
		t.Errorf("status %d and %q, want 1 and %q", status, got, want)
	}
}

// TestStreamEndsWithAMessageThatIsTooLarge, which the other side does not take.
func TestStreamEndsWithAMessageThatIsTooLarge(t *testing.T) {
	var stdout, stderr bytes.Buffer
	w := &world{
		stdin:  strings.NewReader(`"` + strings.Repeat("x", 5<<20) + `"`),
		stdout: &stdout, stderr: &stderr, getenv: func(string) string { return "" },
	}
	status := run(t.Context(), []string{"stream", concluded(t) + "lateChan"}, w)
	if got := stderr.String(); status != statusFailed || !strings.Contains(got, "the other side takes 4194304") {
		t.Errorf("status %d and %q, want 1 and what the other side takes", status, got)
	}
}
