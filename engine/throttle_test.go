package engine

import (
	"errors"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// overloadedAfter is how an instance in trouble answers.
func overloadedAfter(pause time.Duration) session.Result {
	return session.Result{Status: frame.ResourceExhausted, Flags: frame.Unprocessed, Retry: pause}
}

func TestInstanceThatWantsNoCallsGetsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s *scripted
		s, svc := newScripted(t, 3, ClientConfig{},
			func(n int, conn *transport.Conn, ev *session.Event) {
				if s.arrivals()[n-1].addr == "tcp://node0:1" && ev.Flags&frame.Bulk != 0 {
					refuseWith(conn, ev, overloadedAfter(10*time.Second))
					return
				}
				ok(conn, ev)
			})
		got := func(class frame.Flags) (n int) {
			for _, a := range s.arrivals() {
				if a.addr == "tcp://node0:1" && a.flags&frame.ClassMask == class {
					n++
				}
			}
			return n
		}
		m := svc.Method("get")
		for range 300 {
			for _, m := range []Method{m, m.Bulk()} {
				if _, err := Call[None](t.Context(), m); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(10 * time.Millisecond) // 3 s in all
		}
		if n := got(frame.Bulk); n != 1 {
			t.Errorf("it got %d bulk calls, and had refused the first for 10 s", n)
		}
		if n := got(0); n < 50 {
			t.Errorf("it got %d calls of the class that it takes", n)
		}
	})
}

func TestClientSparesAnInstanceThatRefusesAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		well := false
		s, svc := newScripted(t, 1, ClientConfig{Attempts: -1},
			func(_ int, conn *transport.Conn, ev *session.Event) {
				if well {
					ok(conn, ev)
					return
				}
				refuseWith(conn, ev, overloadedAfter(100*time.Millisecond))
			})
		m := svc.Method("get")
		local := 0
		const calls = 2000
		for range calls {
			_, err := Call[None](t.Context(), m)
			e, isError := errors.AsType[*Error](err)
			if !isError || e.Code != ResourceExhausted || e.Effect > NotExecuted || e.RetryAfter == 0 {
				t.Fatalf("a refused call = %v", err)
			}
			if e.Effect == NotSent {
				local++
			}
			time.Sleep(time.Millisecond)
		}
		if n := len(s.arrivals()); n+local != calls || n > calls*35/100 || n < calls/5 {
			t.Errorf("%d of %d calls were sent to it", n, calls)
		}
		well = true
		l := svc.s.picker
		for range 20_000 {
			Call[None](t.Context(), m)
			time.Sleep(time.Millisecond)
		}
		ep, err := l.Pick(transport.Now(), 0, nil)
		if err != nil || ep.Data().(*link).trouble.Load() != nil {
			t.Error("20 s after it was well again, the instance is still in trouble")
		}
		for range 100 {
			if _, err := Call[None](t.Context(), m); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestInstanceThatRefusesFewGetsTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rnd := rand.New(rand.NewPCG(1, 2))
		s, svc := newScripted(t, 1, ClientConfig{Attempts: -1},
			func(_ int, conn *transport.Conn, ev *session.Event) {
				if rnd.IntN(20) == 0 {
					refuseWith(conn, ev, overloadedAfter(50*time.Millisecond))
					return
				}
				ok(conn, ev)
			})
		const calls = 2000
		for range calls {
			Call[None](t.Context(), svc.Method("get"))
			time.Sleep(time.Millisecond)
		}
		if n := len(s.arrivals()); n < calls*99/100 {
			t.Errorf("%d of %d calls were sent", n, calls)
		}
	})
}
