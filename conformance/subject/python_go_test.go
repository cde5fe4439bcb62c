package subject

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine"
)

// TestGoCallsPython has the client of this repository call the server that was written from
// SPEC.md alone, in every way there is.
func TestGoCallsPython(t *testing.T) {
	addr, drain := servePython(t, "tcp://127.0.0.1:0")
	client, err := engine.NewClient(engine.ClientConfig{Addrs: []string{addr}, Attempts: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	service := client.Service("lever://local/conformance")

	t.Run("values", func(t *testing.T) {
		want := strings.Repeat("π", 150_000)
		got, err := engine.Call[[]string](t.Context(), service.Method("echo"), []string{want, "b"})
		if err != nil || len(got) != 2 || got[0] != want {
			t.Errorf("got %d strings, %v; want the two that were sent", len(got), err)
		}
	})
	t.Run("bytes", func(t *testing.T) {
		want := bytes.Repeat([]byte("0123456789"), 30_000)
		got, err := engine.Call[[]byte](t.Context(), service.Method("echoBytes"), want)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("got %d bytes, %v; want the %d that were sent", len(got), err, len(want))
		}
	})
	t.Run("errors", func(t *testing.T) {
		_, err := engine.Call[engine.None](t.Context(), service.Method("fail"), 1500)
		wantFailure(t, err, 1500, engine.Executed)
		_, err = engine.Call[engine.None](t.Context(), service.Method("nope"))
		wantFailure(t, err, engine.NoMethod, engine.NotExecuted)
		_, err = engine.Call[engine.None](t.Context(), service.Method("sleep"), "long")
		wantFailure(t, err, engine.InvalidArgument, engine.NotExecuted)
	})
	t.Run("deadline and cancel", func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer stop()
		_, err := engine.Call[engine.None](ctx, service.Method("sleep"), 60_000)
		if engine.CodeOf(err) != engine.DeadlineExceeded { // which side says it first is chance
			t.Errorf("got %v, want a deadline that is over", err)
		}
		for after := 50 * time.Millisecond; ; after *= 4 { // more if that was before it could be sent
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(after, cancel)
			_, err = engine.Call[engine.None](ctx, service.Method("sleep"), 60_000)
			if engine.EffectOf(err) != engine.NotSent || after > time.Second {
				break
			}
		}
		wantFailure(t, err, engine.Cancelled, engine.MaybeExecuted)
	})
	t.Run("streams", func(t *testing.T) { streamToPython(t, service) })
	t.Run("drain", func(t *testing.T) {
		done := make(chan error, 1)
		begun, err := engine.Open[string, string](t.Context(), service.Method("echoChan"))
		if err != nil {
			t.Fatal(err)
		}
		if err := echoed(begun, "before"); err != nil {
			t.Fatal(err)
		}
		drain()
		go func() { done <- echoed(begun, "while it drains") }()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := begun.Close(); err != nil {
			t.Errorf("the end of the stream: %v", err)
		}
	})
}

// streamToPython sends messages of all sizes both ways at once.
func streamToPython(t *testing.T, service engine.Service) {
	ch, err := engine.Open[[]byte, []byte](t.Context(), service.Method("echoChan"))
	if err != nil {
		t.Fatal(err)
	}
	sizes := []int{0, 1, 1023, 1024, 16_384, 65_536, 300_000, 1 << 20, 5}
	go func() {
		for i, n := range sizes {
			ch.Send(bytes.Repeat([]byte{byte(i)}, n))
		}
		ch.CloseSend()
	}()
	i := 0
	for got, err := range ch.All() {
		if err != nil || i >= len(sizes) || !bytes.Equal(got, bytes.Repeat([]byte{byte(i)}, sizes[i])) {
			t.Fatalf("message %d of %d bytes, %v", i, len(got), err)
		}
		i++
	}
	if i != len(sizes) {
		t.Errorf("%d messages came back, want %d", i, len(sizes))
	}
}

// echoed sends a message on a stream that echoes, and waits for it to come back.
func echoed(ch *engine.Chan[string, string], text string) error {
	if err := ch.Send(text); err != nil {
		return err
	}
	got, err := ch.Recv()
	if err == nil && got != text {
		err = errors.New("another message came back: " + got)
	}
	return err
}

func wantFailure(t *testing.T, err error, code engine.Code, effect engine.Effect) {
	t.Helper()
	if engine.CodeOf(err) != code || engine.EffectOf(err) != effect {
		t.Errorf("got %v (%v, %v), want %v, %v", err, engine.CodeOf(err), engine.EffectOf(err), code, effect)
	}
}
