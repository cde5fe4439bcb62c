package engine

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

func TestOverloadedServerRefusesByClass(t *testing.T) {
	onceTest(t, ServerConfig{MaxRunning: 100}, func(t *testing.T, c *counter) {
		r := c.dial(t, "ann")
		call := func(class frame.Flags, method string) session.Event {
			return r.call(t, session.Open{Name: "bank/" + method, Flags: class | frame.Bytes}, []byte("x"))
		}
		want := func(name string, ev session.Event, pause time.Duration) {
			t.Helper()
			if ev.Status != frame.ResourceExhausted || ev.Effect != session.NotExecuted || ev.Retry != pause {
				t.Errorf("%s: %v after %v", name, ev, ev.Retry)
			}
		}
		c.entry.admit[2].Store(0)
		want("bulk", call(frame.Bulk, "blob"), 4*overloadPause)
		for _, class := range []frame.Flags{0, frame.Urgent} {
			if ev := call(class, "blob"); ev.Status != frame.OK {
				t.Errorf("class %#x: %v", class, ev)
			}
		}
		if ev := call(frame.Bulk, "fast"); ev.Status != frame.OK {
			t.Errorf("an inline handler: %v", ev)
		}
		c.Server.running.Add(100)
		want("normal, beyond MaxRunning", call(0, "blob"), overloadPause)
		want("urgent, beyond MaxRunning", call(frame.Urgent, "blob"), overloadPause/2)
		if l := c.Load(); l.Running != 100 || l.Utilisation != 1 || l.Wait != 0 {
			t.Errorf("Load = %+v", l)
		}
		c.Server.running.Add(-100)
	})
}

func TestCallsAreCountedForAdmission(t *testing.T) {
	onceTest(t, ServerConfig{}, func(t *testing.T, c *counter) {
		r := c.dial(t, "ann")
		for range 10 * sampleOneIn {
			r.call(t, session.Open{Name: "bank/blob", Flags: frame.Bytes}, nil)
		}
		synctest.Wait()
		e := c.entry
		if a, b, w := e.arrivals[1].Load(), e.begun.Load(), e.waits.Load(); a != 10 || b != 10 || w != 10 {
			t.Errorf("%d arrivals, %d begun, %d waits; want 10 of each", a, b, w)
		}
		e.busy.Store(true)
		r.call(t, session.Open{Name: "bank/blob", Flags: frame.Bytes | frame.Urgent}, nil)
		if n := e.arrivals[0].Load(); n != 1 {
			t.Errorf("in trouble %d calls of one were counted", n)
		}
	})
}
