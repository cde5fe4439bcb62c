package engine

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// TestCallsAreRepeatedAsTheTableSays goes through the table of SPEC.md, 13. Every instance does the
// same to the first try of a call, and answers any other.
func TestCallsAreRepeatedAsTheTableSays(t *testing.T) {
	const refused, noRetry = frame.Unprocessed, frame.NoRetry
	answer := func(status frame.Status, flags frame.Flags, after time.Duration) session.Result {
		return session.Result{Status: status, Flags: flags, Retry: after}
	}
	plain := func(m Method) Method { return m }
	const (
		never     = -1
		elsewhere = 0 // and at once
		pause     = 300 * time.Millisecond
	)
	for _, x := range []struct {
		name      string
		instances int
		method    func(Method) Method
		first     session.Result // the zero Result: the connection is lost
		after     time.Duration  // when the second try comes, at least
		effect    Effect         // of a call that is not repeated
	}{
		{"unavailable, unprocessed", 2, plain, answer(frame.Unavailable, refused, 0), elsewhere, 0},
		{"exhausted, unprocessed, others are there", 2, plain,
			answer(frame.ResourceExhausted, refused, pause), elsewhere, 0},
		{"exhausted, unprocessed, nobody else is there", 1, plain,
			answer(frame.ResourceExhausted, refused, pause), pause, 0},
		{"not leased, unprocessed", 2, plain, answer(frame.NotLeased, refused, 0), elsewhere, 0},
		{"wrong owner, unprocessed", 2, plain, answer(frame.WrongOwner, refused, 0), elsewhere, 0},
		{"no service, unprocessed", 2, plain, answer(frame.NoService, refused, 0), elsewhere, 0},
		{"unprocessed, but not to be tried again", 2, Method.Idempotent,
			answer(frame.Unavailable, refused|noRetry, 0), never, NotExecuted},
		{"unprocessed, and no better elsewhere", 2, Method.Idempotent,
			answer(frame.NoMethod, refused, 0), never, NotExecuted},
		{"too late, unprocessed", 2, plain, answer(frame.DeadlineExceeded, refused, 0), never,
			NotExecuted},
		{"processed", 2, plain, answer(frame.Unavailable, 0, 0), never, Executed},
		{"processed and idempotent", 2, Method.Idempotent, answer(frame.Unavailable, 0, 0), never,
			Executed},
		{"processed, with a key", 2, Method.Once, answer(frame.Unavailable, 0, 0), never, Executed},
		{"an error of the method's", 2, Method.Idempotent, answer(frame.Application, 0, 0), never,
			Executed},
		{"lost", 2, plain, session.Result{}, never, MaybeExecuted},
		{"lost and idempotent", 2, Method.Idempotent, session.Result{}, elsewhere, 0},
		{"lost, with a key that nobody knows", 2, Method.Once, session.Result{}, never, MaybeExecuted},
	} {
		t.Run(x.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var when [2]time.Time
				s, svc := newScripted(t, x.instances, ClientConfig{},
					func(n int, conn *transport.Conn, ev *session.Event) {
						when[min(n, 2)-1] = time.Now()
						switch {
						case n > 1:
							ok(conn, ev)
						case x.first.Status == frame.OK:
							conn.Close(frame.ReasonInternal, "lost")
						default:
							refuseWith(conn, ev, x.first)
						}
					})
				_, err := Call[None](t.Context(), x.method(svc.Method("get")))
				all := s.arrivals()
				if x.after == never {
					if err == nil || EffectOf(err) != x.effect || len(all) != 1 {
						t.Errorf("%v (%v) after %d tries", err, EffectOf(err), len(all))
					}
					return
				}
				if err != nil || len(all) != 2 {
					t.Fatalf("%v after %d tries", err, len(all))
				}
				waited := when[1].Sub(when[0])
				if waited < x.after || waited > x.after*5/4 ||
					x.instances > 1 && all[0].addr == all[1].addr {
					t.Errorf("tried at %s, then after %v at %s", all[0].addr, waited, all[1].addr)
				}
			})
		})
	}
}
