package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/frame"
)

// tail is a service of streams.
func tail(t testing.TB) *Server {
	t.Helper()
	s := NewServer(ServerConfig{Service: "bank"})
	for name, h := range map[string]Handler{
		"echoChan": Chan0(func(_ context.Context, ch *Chan[string, string]) error {
			for v, err := range ch.All() {
				if err != nil {
					return err
				}
				if err := ch.Send("echo " + v); err != nil {
					return err
				}
			}
			return nil
		}),
		"countChan": Chan1(func(_ context.Context, n int, ch *Chan[None, int]) error {
			for i := range n {
				if err := ch.Send(i); err != nil {
					return err
				}
			}
			return nil
		}),
		"failChan": Chan2(func(_ context.Context, n int, text string, ch *Chan[None, int]) error {
			for i := range n {
				if err := ch.Send(i); err != nil {
					return err
				}
			}
			return errors.New(text)
		}),
		"sumChan": Chan0(func(_ context.Context, ch *Chan[int, int]) error {
			if err := ch.CloseSend(); err != nil {
				return err
			}
			sum := 0
			for v, err := range ch.All() {
				if err != nil {
					return err
				}
				sum += v
			}
			return Fail(FirstOwn, sum)
		}),
		"holdChan": Chan0(func(ctx context.Context, ch *Chan[None, None]) error {
			<-ctx.Done()
			return ctx.Err()
		}),
		"bytesChan": Chan0(func(_ context.Context, ch *Chan[Payload, Payload]) error {
			for p, err := range ch.All() {
				if err != nil {
					return err
				}
				if err := ch.Send(p); err != nil {
					return err
				}
			}
			return nil
		}),
	} {
		if err := s.Handle(name, h); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestStreamBothWays(t *testing.T) {
	svc := dialPipe(t, tail(t), ClientConfig{})
	ch, err := Open[string, string](t.Context(), svc.Method("echoChan"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		if err := ch.Send(fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
		if got, err := ch.Recv(); err != nil || got != fmt.Sprint("echo ", i) {
			t.Fatalf("Recv = %q, %v", got, err)
		}
	}
	if err := ch.CloseSend(); err != nil {
		t.Error(err)
	}
	for range 2 {
		if _, err := ch.Recv(); err != io.EOF {
			t.Errorf("Recv after the end = %v, want io.EOF", err)
		}
	}
	if err := ch.Send("late"); err != io.EOF {
		t.Errorf("Send after the end = %v, want io.EOF", err)
	}
	<-ch.Context().Done()
	if err := context.Cause(ch.Context()); err != io.EOF {
		t.Errorf("cause = %v, want io.EOF", err)
	}
}

func TestStreamSlowReceiverHoldsTheSenderBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := dialPipe(t, tail(t), ClientConfig{})
		const n = 200_000
		ch, err := Open[int, None](t.Context(), svc.Method("countChan"), n)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if held := len(ch.s.in.in); held > 800<<10 {
			t.Errorf("%d bytes are held for a receiver that does not read", held)
		}
		next := 0
		for v, err := range ch.All() {
			if err != nil || v != next {
				t.Fatalf("message %d = %d, %v", next, v, err)
			}
			next++
		}
		if next != n {
			t.Errorf("%d messages, want %d", next, n)
		}
	})
}

func TestStreamErrorComesAfterTheMessagesAndStays(t *testing.T) {
	svc := dialPipe(t, tail(t), ClientConfig{})
	ch, err := Open[int, None](t.Context(), svc.Method("failChan"), 3, "no more")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if v, err := ch.Recv(); err != nil || v != i {
			t.Fatalf("message %d = %d, %v", i, v, err)
		}
	}
	for range 2 {
		if _, err := ch.Recv(); !errors.Is(err, Application) || EffectOf(err) != Executed {
			t.Errorf("Recv at the end = %v", err)
		}
	}
	if err := ch.Send(None{}); !errors.Is(err, Application) {
		t.Errorf("Send at the end = %v", err)
	}
}

func TestStreamHandlerFinishesItsDirectionFirst(t *testing.T) {
	svc := dialPipe(t, tail(t), ClientConfig{})
	ch, err := Open[int, int](t.Context(), svc.Method("sumChan"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ch.Recv(); err != io.EOF {
		t.Fatalf("Recv = %v, want io.EOF", err)
	}
	for i := range 10 {
		if err := ch.Send(i); err != nil {
			t.Fatal(err)
		}
	}
	if err := ch.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if err := ch.Send(1); err != ErrSendClosed && !errors.Is(err, FirstOwn) {
		t.Errorf("Send after CloseSend = %v", err)
	}
	<-ch.Context().Done()
	var sum int
	e, ok := errors.AsType[*Error](context.Cause(ch.Context()))
	if !ok || e.Code != FirstOwn || e.Detail.Decode(&sum) != nil || sum != 45 {
		t.Errorf("cause = %v, sum %d", e, sum)
	}
}

func TestStreamEndsWithItsContext(t *testing.T) {
	for name, how := range map[string]func(cancel func(), ch *Chan[None, None]){
		"its context is cancelled": func(cancel func(), _ *Chan[None, None]) { cancel() },
		"it is closed":             func(_ func(), ch *Chan[None, None]) { ch.Close() },
		"its time is over":         func(func(), *Chan[None, None]) { time.Sleep(time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := tail(t)
				svc := dialPipe(t, s, ClientConfig{})
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				ch, err := Open[None, None](ctx, svc.Method("holdChan"))
				if err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if n := s.running.Load(); n != 1 {
					t.Fatalf("%d handlers run", n)
				}
				how(cancel, ch)
				_, err = ch.Recv()
				want := error(context.Canceled)
				if name == "its time is over" {
					want = context.DeadlineExceeded
				}
				if !errors.Is(err, want) {
					t.Errorf("Recv = %v, want %v", err, want)
				}
				synctest.Wait()
				if n := s.running.Load(); n != 0 {
					t.Errorf("%d handlers still run", n)
				}
			})
		})
	}
}

func TestStreamMixesKinds(t *testing.T) {
	svc := dialPipe(t, tail(t), ClientConfig{})
	ch, err := Open[Payload, Payload](t.Context(), svc.Method("bytesChan"))
	if err != nil {
		t.Fatal(err)
	}
	value, _ := PayloadOf(map[string]any{"a": 1})
	raw, _ := PayloadOf([]byte("raw"))
	for _, p := range []Payload{value, raw, {}, raw} {
		if err := ch.Send(p); err != nil {
			t.Fatal(err)
		}
		got, err := ch.Recv()
		if err != nil || got.IsBytes() != p.IsBytes() || got.String() != p.String() {
			t.Errorf("got %v, %v, want %v", got, err, p)
		}
	}
	ch.Close()
}

func TestStreamIsSafeForManySenders(t *testing.T) {
	svc := dialPipe(t, tail(t), ClientConfig{})
	ch, err := Open[string, string](t.Context(), svc.Method("echoChan"))
	if err != nil {
		t.Fatal(err)
	}
	const each, senders = 500, 4
	var all sync.WaitGroup
	for i := range senders {
		all.Go(func() {
			for j := range each {
				if err := ch.Send(fmt.Sprintf("%d/%d", i, j)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	go func() {
		all.Wait()
		ch.CloseSend()
	}()
	n := 0
	for _, err := range ch.All() {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != each*senders {
		t.Errorf("%d echoes, want %d", n, each*senders)
	}
}

func TestTrySendDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewServer(ServerConfig{Service: "bank"})
		read := make(chan None)
		s.Handle("sinkChan", Chan0(func(ctx context.Context, ch *Chan[[]byte, None]) error {
			<-read
			for _, err := range ch.All() {
				if err != nil {
					return err
				}
			}
			return nil
		}))
		svc := dialPipe(t, s, ClientConfig{})
		ch, err := Open[None, []byte](t.Context(), svc.Method("sinkChan"))
		if err != nil {
			t.Fatal(err)
		}
		sent := 0
		for {
			synctest.Wait()
			ok, err := ch.TrySend(make([]byte, 10_000))
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				break
			}
			if sent++; sent > 1000 {
				t.Fatal("nothing holds the sender back")
			}
		}
		close(read)
		if err := ch.Send(nil); err != nil {
			t.Error(err)
		}
		ch.CloseSend()
		if _, err := ch.Recv(); err != io.EOF {
			t.Error(err)
		}
	})
}

// SPEC F-434: what the other side cannot take fails before anything of it is sent, and the stream
// goes on.
func TestMessageLargerThanThePeerTakesIsNotSent(t *testing.T) {
	s := NewServer(ServerConfig{Service: "bank"})
	err := s.Handle("sizeChan", Chan0(func(_ context.Context, ch *Chan[[]byte, int]) error {
		if err := ch.Send(-1); err != nil { // the caller has read the HELLO when this is here
			return err
		}
		for p, err := range ch.All() {
			if err != nil {
				return err
			}
			if err := ch.Send(len(p)); err != nil {
				return err
			}
		}
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	ch, err := Open[int, []byte](t.Context(), dialPipe(t, s, ClientConfig{}).Method("sizeChan"))
	if err != nil {
		t.Fatal(err)
	}
	limit := int(frame.MinParams.MaxMessage)
	if _, err := ch.Recv(); err != nil {
		t.Fatal(err)
	}
	for _, send := range []func([]byte) error{
		ch.Send,
		func(p []byte) error { _, err := ch.TrySend(p); return err },
	} {
		err := send(make([]byte, limit+1))
		if !errors.Is(err, TooLarge) || EffectOf(err) != NotSent {
			t.Errorf("one byte too many = %v (%v), want TooLarge, not sent", err, EffectOf(err))
		}
	}
	if err := ch.Send(make([]byte, limit)); err != nil {
		t.Fatalf("the largest message: %v", err)
	}
	if n, err := ch.Recv(); n != limit || err != nil {
		t.Errorf("the handler got %d bytes, %v, want %d", n, err, limit)
	}
	if err := ch.Close(); err != nil {
		t.Error(err)
	}
}
