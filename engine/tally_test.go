package engine

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// blobCall is a call of "blob" with a key of one letter and a result of n bytes.
func blobCall(t *testing.T, r *rawClient, key string, n int) session.Event {
	t.Helper()
	call := keyedCall("blob", key)
	call.Flags = frame.Bytes
	return r.call(t, call, bytes.Repeat([]byte("x"), n))
}

func TestKeyIsForgottenAfterItsTime(t *testing.T) {
	onceTest(t, ServerConfig{Once: OnceLimits{Keep: time.Minute}}, func(t *testing.T, c *counter) {
		r := c.dial(t, "ann")
		blobCall(t, r, "k", 10)
		time.Sleep(time.Minute - time.Millisecond)
		blobCall(t, r, "k", 10)
		if n := c.runs.Load(); n != 1 {
			t.Errorf("%d runs within the time", n)
		}
		time.Sleep(time.Millisecond)
		blobCall(t, r, "k", 10)
		if n := c.runs.Load(); n != 2 {
			t.Errorf("%d runs after the time", n)
		}
		time.Sleep(2 * time.Minute) // no call comes any more
		o := c.Server.once
		o.mu.Lock()
		defer o.mu.Unlock()
		if len(o.runs) != 0 || len(o.tally.callers) != 0 || o.tally.keys != 0 || o.tally.bytes != 0 ||
			o.tally.oldest != nil || o.tally.newest != nil || o.timer != nil {
			t.Errorf("what is left: %d runs, %+v", len(o.runs), o.tally)
		}
	})
}

func TestCallThatDidNotRunLeavesNothing(t *testing.T) {
	onceTest(t, ServerConfig{MaxRunning: 1}, func(t *testing.T, c *counter) {
		r := c.dial(t, "ann")
		call := keyedCall("count", "k")
		if ev := r.call(t, call, argsOf(t)); ev.Status != frame.InvalidArgument ||
			ev.Effect != session.NotExecuted {
			t.Errorf("without its argument: %v", ev)
		}
		c.Server.running.Add(1)
		if ev := r.call(t, call, argsOf(t, nil)); ev.Status != frame.ResourceExhausted ||
			ev.Effect != session.NotExecuted {
			t.Errorf("without room: %v", ev)
		}
		c.Server.running.Add(-1)
		if ev := r.call(t, call, argsOf(t, nil)); ev.Status != frame.OK || c.runs.Load() != 1 {
			t.Errorf("then: %v after %d runs", ev, c.runs.Load())
		}
	})
}

func TestKeyOfAnotherCallIsRefused(t *testing.T) {
	onceTest(t, ServerConfig{}, func(t *testing.T, c *counter) {
		r := c.dial(t, "ann")
		// Members in another order are the same arguments.
		ab := []byte("\x81\x08\x92\x06\x01a\x01\x01b\x02")
		ba := []byte("\x81\x08\x92\x06\x01b\x02\x01a\x01")
		call := keyedCall("count", "k")
		for _, args := range [][]byte{ab, ba} {
			if ev := r.call(t, call, args); ev.Status != frame.OK || c.runs.Load() != 1 {
				t.Errorf("% x: %v after %d runs", args, ev, c.runs.Load())
			}
		}
		resource := call
		resource.Ext = frame.AppendExtension(bytes.Clone(call.Ext), frame.ExtResource, []byte("a"))
		other := call
		other.Name = "bank/blob"
		raw := other
		raw.Flags = frame.Bytes
		for _, x := range []struct {
			name string
			call session.Open
			args []byte
		}{
			{"other arguments", call, argsOf(t, nil)}, {"another resource", resource, ab},
			{"another method", other, ab}, {"raw bytes", raw, ab},
		} {
			if ev := r.call(t, x.call, x.args); ev.Status != frame.InvalidArgument ||
				ev.Effect != session.NotExecuted || c.runs.Load() != 1 {
				t.Errorf("%s: %v after %d runs", x.name, ev, c.runs.Load())
			}
		}
	})
}

func TestKeysAreBoundedForEachCaller(t *testing.T) {
	limits := OnceLimits{Keep: time.Minute, Keys: 8}
	onceTest(t, ServerConfig{Once: limits}, func(t *testing.T, c *counter) {
		full := func(r *rawClient, key string) {
			t.Helper()
			ev := blobCall(t, r, key, 1)
			if ev.Status != frame.ResourceExhausted || ev.Effect != session.NotExecuted ||
				ev.Retry != fullPause {
				t.Errorf("without room: %v after %v", ev, ev.Retry)
			}
		}
		ann := c.dial(t, "ann")
		for _, key := range []string{"a", "b"} {
			if ev := blobCall(t, ann, key, 1); ev.Status != frame.OK {
				t.Errorf("key %s: %v", key, ev)
			}
		}
		full(ann, "c")
		full(c.dial(t, "bob"), "d") // another name from the same host
		if ev := blobCall(t, ann, "a", 1); ev.Status != frame.OK || c.runs.Load() != 2 {
			t.Errorf("a key that is known: %v after %d runs", ev, c.runs.Load())
		}
		time.Sleep(time.Minute)
		if ev := blobCall(t, ann, "c", 1); ev.Status != frame.OK {
			t.Errorf("when there is room again: %v", ev)
		}
	})
}

func TestKeysAreBoundedInAll(t *testing.T) {
	tl := newTally(OnceLimits{Keep: time.Minute, Keys: 8, Bytes: 400}.withDefaults())
	for i := range 8 {
		a, _ := tl.open(strings.Repeat("x", i%4+1), 0)
		if a == nil {
			t.Fatalf("caller %d has no room for its key", i)
		}
		rn := &run{share: a, forgetAt: time.Second / 2}
		tl.close(rn, make([]byte, 60)) // each caller has room for one result
	}
	if a, pause := tl.open("another", 0); a != nil || pause != time.Second/2 {
		t.Errorf("one more key has room (%v)", pause)
	}
	if tl.bytes != 240 || len(tl.callers) != 4 {
		t.Errorf("%d bytes of %d callers are kept", tl.bytes, len(tl.callers))
	}
	for range 8 {
		if tl.expired(time.Hour) == nil {
			t.Fatal("a run was not remembered")
		}
	}
	if tl.expired(time.Hour) != nil || tl.keys != 0 || tl.bytes != 0 || len(tl.callers) != 0 {
		t.Errorf("after all is forgotten: %+v", tl)
	}
}

func TestResultsAreBounded(t *testing.T) {
	limits := OnceLimits{Bytes: 400}
	onceTest(t, ServerConfig{Once: limits}, func(t *testing.T, c *counter) {
		r := c.dial(t, "ann")
		kept := func(key string, n int, want frame.Status) {
			t.Helper()
			before := c.runs.Load()
			ev := blobCall(t, r, key, n)
			if ev.Status != want || ev.Effect != session.Executed || c.runs.Load() != before {
				t.Errorf("key %s again: %v after %d new runs", key, ev, c.runs.Load()-before)
			}
		}
		blobCall(t, r, "a", 60)
		blobCall(t, r, "b", 40)
		kept("a", 60, frame.OK)
		blobCall(t, r, "c", 41) // in the place of a
		kept("a", 60, frame.Forgotten)
		kept("b", 40, frame.OK)
		kept("c", 41, frame.OK)
		blobCall(t, r, "d", 101) // more than there is for one caller
		kept("d", 101, frame.Forgotten)
		kept("c", 41, frame.OK)
		blobCall(t, r, "e", 0)
		kept("e", 0, frame.OK)
	})
}

func TestServerThatRemembersNothing(t *testing.T) {
	onceTest(t, ServerConfig{Once: OnceLimits{Keep: -1}}, func(t *testing.T, c *counter) {
		var key Key
		err := c.Handle("key", Func0(func(ctx context.Context) (None, error) {
			c.runs.Add(1)
			info, _ := CallInfo(ctx)
			key = info.Key
			return None{}, nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		r := c.dial(t, "ann")
		for range 2 {
			if ev := r.call(t, keyedCall("key", "k"), argsOf(t)); ev.Status != frame.OK {
				t.Error(ev)
			}
		}
		if p := r.conn.Remote(); c.runs.Load() != 2 || string(key[:]) != strings.Repeat("k", 16) ||
			p.KeepMS != 0 {
			t.Errorf("%d runs, the key is %q, announced are %d ms", c.runs.Load(), key, p.KeepMS)
		}
	})
}

func TestStreamsAndOddKeysHaveNoKey(t *testing.T) {
	onceTest(t, ServerConfig{}, func(t *testing.T, c *counter) {
		r := c.dial(t, "ann")
		stream := keyedCall("blobChan", "k")
		stream.Flags = frame.Stream
		short := session.Open{Name: "bank/fail",
			Ext: frame.AppendExtension(nil, frame.ExtIdempotencyKey, []byte("k"))}
		for range 2 {
			r.call(t, stream, argsOf(t))
			r.call(t, short, argsOf(t))
		}
		if n := c.runs.Load(); n != 4 {
			t.Errorf("%d runs, want 4", n)
		}
	})
}

func TestServersAnnounceWhatTheyRemember(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lives []uint64
		for range 2 {
			c := newCounter(t, ServerConfig{})
			r := c.dial(t, "ann")
			synctest.Wait()
			p := r.conn.Remote()
			if lives = append(lives, p.Incarnation); p.Incarnation == 0 || p.KeepMS != 120_000 {
				t.Errorf("announced: life %d, %d ms", p.Incarnation, p.KeepMS)
			}
			if err := c.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		}
		if lives[0] == lives[1] {
			t.Error("two servers have one incarnation")
		}
	})
}

func TestShutdownStopsWhatNobodyCanAskFor(t *testing.T) {
	onceTest(t, ServerConfig{}, func(t *testing.T, c *counter) {
		c.gate = make(chan None)
		r := c.dial(t, "ann")
		if _, err := r.conn.Open(keyedCall("count", "k"), argsOf(t, nil)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		r.conn.Close(frame.ReasonNone, "lost")
		synctest.Wait()
		if err := c.Shutdown(t.Context()); err != nil || len(c.ended) != 0 {
			t.Errorf("Shutdown = %v", err)
		}
		if err := <-c.ended; err != context.Canceled {
			t.Errorf("the handler got %v", err)
		}
	})
}
