package engine

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
)

// inPieces makes a side keep large payloads in many pieces.
var inPieces = transport.Config{Session: session.Config{Limits: session.Limits{PieceBytes: 50_000}}}

func TestLargePayloadsAreWholeWhoeverTakesThem(t *testing.T) {
	s := NewServer(ServerConfig{Service: "bank", Transport: inPieces})
	err := s.Add(
		Named{"text", Func1(func(_ context.Context, v string) (string, error) { return v, nil })},
		Named{"bytes", Inline(Bytes(func(_ context.Context, dst, in []byte) ([]byte, error) {
			return append(dst, in...), nil
		}))},
		Named{"fail", Func1(func(_ context.Context, v string) (None, error) {
			detail, err := PayloadOf(v)
			return None{}, errors.Join(err, &Error{Code: FirstOwn, Detail: detail})
		})},
		Named{"echoChan", Chan0(func(_ context.Context, ch *Chan[[]byte, []byte]) error {
			p, err := ch.Recv()
			if err == nil {
				err = ch.Send(p)
			}
			return err
		})})
	if err != nil {
		t.Fatal(err)
	}
	svc := dialPipe(t, s, ClientConfig{Transport: inPieces})
	text := strings.Repeat("0123456789abcdef", 40_000)
	t.Run("a value", func(t *testing.T) {
		for _, m := range []Method{svc.Method("text"), svc.Method("text").Once()} {
			if got, err := Call[string](t.Context(), m, text); err != nil || got != text {
				t.Errorf("%d bytes, %v", len(got), err)
			}
		}
	})
	t.Run("raw bytes", func(t *testing.T) {
		got, err := Call[[]byte](t.Context(), svc.Method("bytes"), []byte(text))
		if err != nil || string(got) != text {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	})
	t.Run("raw bytes into memory with and without room", func(t *testing.T) {
		for _, room := range []int{0, 10_000, 120_000, len(text), 2 * len(text)} {
			got, err := CallBytes(t.Context(), svc.Method("bytes"),
				append(make([]byte, 0, 4+room), "head"...), []byte(text))
			if err != nil || string(got) != "head"+text {
				t.Errorf("room for %d: %d bytes, %v", room, len(got), err)
			}
		}
	})
	t.Run("an error", func(t *testing.T) {
		_, err := Call[None](t.Context(), svc.Method("fail"), text)
		var got string
		e, _ := errors.AsType[*Error](err)
		if e == nil || e.Code != FirstOwn || e.Detail.Decode(&got) != nil || got != text {
			t.Errorf("%v, a detail of %d bytes", CodeOf(err), len(got))
		}
	})
	t.Run("a message", func(t *testing.T) {
		ch, err := Open[[]byte, []byte](t.Context(), svc.Method("echoChan"))
		if err != nil {
			t.Fatal(err)
		}
		if err := ch.Send([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := ch.Recv(); err != nil || !bytes.Equal(got, []byte(text)) {
			t.Errorf("%d bytes, %v", len(got), err)
		}
		if _, err := ch.Recv(); err != io.EOF {
			t.Error(err)
		}
	})
}

// TestAnInlineHandlerOfMuchDoesNotHoldItsConnection: it waits here for a call that comes after it.
func TestAnInlineHandlerOfMuchDoesNotHoldItsConnection(t *testing.T) {
	come := make(chan struct{})
	s := NewServer(ServerConfig{Service: "bank", Transport: inPieces})
	err := s.Handle("put", Inline(Bytes(func(_ context.Context, dst, in []byte) ([]byte, error) {
		if len(in) == 0 {
			close(come)
		} else {
			<-come
		}
		return dst, nil
	})))
	if err != nil {
		t.Fatal(err)
	}
	m := dialPipe(t, s, ClientConfig{}).Method("put")
	first := Go[[]byte](t.Context(), m, make([]byte, 200_000)) // more than any frame
	if _, err := Call[[]byte](t.Context(), m, []byte{}); err != nil {
		t.Error(err)
	}
	if _, err := first.Wait(); err != nil {
		t.Error(err)
	}
}
