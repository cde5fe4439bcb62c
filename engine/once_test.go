package engine

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/wire"
)

// counter is a server whose method "count" counts its runs, waits for gate if there is one, and
// gives the count.
type counter struct {
	*Server
	runs  atomic.Int64
	gate  chan None
	ended chan error // contexts of handlers that were told to stop
}

func newCounter(t *testing.T, config ServerConfig) *counter {
	t.Helper()
	config.Service = "bank"
	c := &counter{Server: NewServer(config), ended: make(chan error, 10)}
	count := func(ctx context.Context, _ map[string]int64) (int64, error) {
		n := c.runs.Add(1)
		if c.gate == nil {
			return n, nil
		}
		select {
		case <-c.gate:
			return n, nil
		case <-ctx.Done():
			c.ended <- ctx.Err()
			return 0, ctx.Err()
		}
	}
	blob := func(_ context.Context, dst, in []byte) ([]byte, error) {
		c.runs.Add(1)
		return append(dst, in...), nil
	}
	fail := func(context.Context) (None, error) { c.runs.Add(1); return None{}, Fail(1024, "no money") }
	crash := func(context.Context) (None, error) { c.runs.Add(1); panic("oops") }
	if err := c.Add(
		Named{"count", Func1(count)}, Named{"blob", Bytes(blob)}, Named{"fast", Inline(Bytes(blob))},
		Named{"fail", Func0(fail)}, Named{"crash", Func0(crash)},
		Named{"blobChan", Chan0(func(context.Context, *Chan[None, None]) error { c.runs.Add(1); return nil })},
	); err != nil {
		t.Fatal(err)
	}
	return c
}

// dial connects a caller of this name.
func (c *counter) dial(t *testing.T, name string) *rawClient {
	t.Helper()
	r := &rawClient{ended: make(chan session.Event, 10)}
	cfg := transport.Config{}
	cfg.Session.Params.Peer = name
	conn, err := c.dialPipe(t.Context(), transport.Addr{}, cfg, r)
	if err != nil {
		t.Fatal(err)
	}
	r.conn = conn
	return r
}

// keyedCall is a call with a key of one letter.
func keyedCall(method, key string) session.Open {
	ext := frame.AppendExtension(nil, frame.ExtIdempotencyKey, []byte(strings.Repeat(key, 16)))
	return session.Open{Name: "bank/" + method, Ext: ext}
}

// argsOf encodes an argument list.
func argsOf(t *testing.T, args ...any) []byte {
	t.Helper()
	b, err := wire.AppendList(nil, args...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// onceTest runs f in a bubble with a server that ends well.
func onceTest(t *testing.T, config ServerConfig, f func(*testing.T, *counter)) {
	synctest.Test(t, func(t *testing.T) {
		config.Logger = slog.New(slog.DiscardHandler)
		c := newCounter(t, config)
		f(t, c)
		if err := c.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if n := c.Server.running.Load(); n != 0 {
			t.Errorf("%d handlers run after the end", n)
		}
	})
}

func TestCallThatIsSentAgainIsAnsweredForTheFirst(t *testing.T) {
	empty := argsOf(t)
	for _, x := range []struct {
		name, method string
		flags        frame.Flags
		args         []byte
	}{
		{"a result", "count", 0, argsOf(t, nil)},
		{"raw bytes", "blob", frame.Bytes, []byte("abc")},
		{"an inline handler", "fast", frame.Bytes, []byte("abc")},
		{"no bytes", "blob", frame.Bytes, nil},
		{"an error of the application", "fail", 0, empty},
		{"a panic", "crash", 0, empty},
	} {
		t.Run(x.name, func(t *testing.T) {
			onceTest(t, ServerConfig{}, func(t *testing.T, c *counter) {
				call := keyedCall(x.method, "k")
				call.Flags = x.flags
				first := c.dial(t, "ann").call(t, call, x.args)
				again := c.dial(t, "ann").call(t, call, x.args)
				if c.runs.Load() != 1 || again.Status != first.Status || again.Flags != first.Flags ||
					string(again.Payload) != string(first.Payload) || again.Effect != session.Executed {
					t.Errorf("%d runs, first %v, then %v", c.runs.Load(), first, again)
				}
				c.dial(t, "bob").call(t, call, x.args)
				call = keyedCall(x.method, "l")
				call.Flags = x.flags
				c.dial(t, "ann").call(t, call, x.args)
				if n := c.runs.Load(); n != 3 {
					t.Errorf("%d runs of one key of two callers and another key", n)
				}
			})
		})
	}
}

func TestCallWaitsForTheOneWithItsKey(t *testing.T) {
	onceTest(t, ServerConfig{}, func(t *testing.T, c *counter) {
		c.gate = make(chan None)
		call, args := keyedCall("count", "k"), argsOf(t, nil)
		callers := []*rawClient{c.dial(t, "ann"), c.dial(t, "ann"), c.dial(t, "ann")}
		for _, r := range callers {
			if _, err := r.conn.Open(call, args); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		if n := c.runs.Load(); n != 1 {
			t.Errorf("%d runs", n)
		}
		c.gate <- None{}
		for _, r := range callers {
			if ev := <-r.ended; ev.Status != frame.OK || len(ev.Payload) != 1 || ev.Payload[0] != 1 {
				t.Errorf("the result is %v", ev)
			}
		}
	})
}

func TestRunOutlivesItsConnection(t *testing.T) {
	onceTest(t, ServerConfig{}, func(t *testing.T, c *counter) {
		c.gate = make(chan None)
		call, args := keyedCall("count", "k"), argsOf(t, nil)
		call.Deadline = transport.Now() + time.Minute
		for range 3 {
			r := c.dial(t, "ann")
			if _, err := r.conn.Open(call, args); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			r.conn.Close(frame.ReasonNone, "lost")
			synctest.Wait()
		}
		if n := len(c.ended); n != 0 || c.runs.Load() != 1 {
			t.Errorf("%d handlers of %d were told to stop", n, c.runs.Load())
		}
		r := c.dial(t, "ann")
		if _, err := r.conn.Open(call, args); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		c.gate <- None{}
		if ev := <-r.ended; ev.Status != frame.OK || c.runs.Load() != 1 {
			t.Errorf("the result is %v after %d runs", ev, c.runs.Load())
		}
	})
}

func TestLostRunEndsAtItsDeadline(t *testing.T) {
	onceTest(t, ServerConfig{}, func(t *testing.T, c *counter) {
		c.gate = make(chan None)
		call := keyedCall("count", "k")
		call.Deadline = transport.Now() + time.Minute
		r := c.dial(t, "ann")
		if _, err := r.conn.Open(call, argsOf(t, nil)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		r.conn.Close(frame.ReasonNone, "lost")
		began := time.Now()
		if err := <-c.ended; err != context.DeadlineExceeded || time.Since(began) != time.Minute {
			t.Errorf("the handler was stopped with %v after %v", err, time.Since(began))
		}
	})
}

func TestWaitingCallMayGiveUp(t *testing.T) {
	onceTest(t, ServerConfig{}, func(t *testing.T, c *counter) {
		c.gate = make(chan None)
		call, args := keyedCall("count", "k"), argsOf(t, nil)
		first, second, third := c.dial(t, "ann"), c.dial(t, "ann"), c.dial(t, "ann")
		if _, err := first.conn.Open(call, args); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		hasty := call
		hasty.Deadline = transport.Now() + time.Second
		if ev := second.call(t, hasty, args); ev.Status != frame.DeadlineExceeded ||
			ev.Effect < session.MaybeExecuted {
			t.Errorf("at the deadline: %v", ev)
		}
		waits, err := third.conn.Open(call, args)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		first.conn.Close(frame.ReasonNone, "lost")
		synctest.Wait()
		if len(c.ended) != 0 {
			t.Error("the handler was told to stop though somebody waits")
		}
		third.conn.Cancel(waits, frame.Caller)
		if err := <-c.ended; !errors.Is(err, context.Canceled) {
			t.Errorf("when all had given up, the handler got %v", err)
		}
		synctest.Wait()
		third.conn.Drain()
		<-third.conn.Done() // the cancelled call was answered
	})
}
