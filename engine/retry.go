package engine

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/lb"
)

// attempt is the course of one call through one try or several. Owned by the caller's goroutine.
type attempt struct {
	deadline time.Duration // of the whole call; zero: none
	flags    frame.Flags
	worn     bool // what follows may not be zero, and is not looked at otherwise
	doubtful bool // a try that came to nothing may have been executed
	hurried  bool // it is sent at once or not at all

	key   *keyed // nil: the call has none
	tries int
	tried []*lb.Endpoint
	began time.Duration // only if somebody wants stats

	// For calls of a resource.
	sentTo *lb.Endpoint  // where the last try went
	target *lb.Endpoint  // where a redirect sends the next; nil: to the owner
	stamp  []byte        // the extension VIEW that goes with the next; nil: none
	lostAt time.Duration // when the owner could not be reached first; zero: it could
	waits  int           // tries that found no owner, and had time to wait for another
}

const (
	retryPauseMin = 10 * time.Millisecond
	retryPauseMax = time.Second
)

// missed notes that an instance could not do the call that was sent to it by the try p. The next
// goes elsewhere; or nowhere else, if the call has a key and may have run.
func (a *attempt) missed(e *Error, p *pending) {
	if e.Code == Unavailable && e.cause != nil {
		p.conn.link.lose(p.conn) // the news of its end may be on its way yet
	}
	if e.Effect != NotSent {
		a.pass(p.ep)
	}
	if e.Effect == MaybeExecuted && a.key != nil && a.flags&frame.Idempotent == 0 {
		a.key.settle(p)
	}
}

// placed reports whether a try that goes to ep could go nowhere else.
func (a *attempt) placed(ep *lb.Endpoint) bool { return a.worn && a.sentTo == ep }

// pass leaves an instance out from now on.
func (a *attempt) pass(ep *lb.Endpoint) {
	a.worn = true
	a.tried = append(a.tried, ep)
}

// again waits before the next try of a call that ended with e, and gives nil; or the call's error,
// if there is to be no other try. Its effect is that of all tries together.
func (a *attempt) again(ctx context.Context, m *Method, e *Error) error {
	a.worn = true
	a.tries++
	e.blame(a.deadline)
	a.doubtful = a.doubtful || e.Effect == MaybeExecuted
	if a.goOn(ctx, m, e) {
		return nil
	}
	if a.doubtful {
		e.Effect = max(e.Effect, MaybeExecuted)
	}
	return e
}

// goOn decides whether there is another try, and waits until its time has come.
func (a *attempt) goOn(ctx context.Context, m *Method, e *Error) bool {
	client := m.s.client
	if !mayRepeat(e, a.mayRunTwice()) {
		return false
	}
	tries := a.tries
	if !a.mayOutlast(m, e) {
		tries -= a.waits
	} else if a.outlast(ctx, m, e) {
		a.waits++
		return true
	}
	if tries >= client.attempts {
		return false
	}
	if e.Code == WrongOwner && m.resource != "" {
		return a.follow(ctx, m, e)
	}
	if e.Effect != NotSent && !client.budget.take() {
		return false
	}
	a.target, a.stamp = nil, nil
	others := m.resource == "" && m.s.picker.HasOthers(a.tried)
	if others && a.tries == 1 {
		return true
	}
	if !others {
		a.tried = nil
	}
	return a.rest(ctx, m, a.pause(e, others))
}

// rest waits for d. False: there is not as much time, or the client was closed.
func (a *attempt) rest(ctx context.Context, m *Method, d time.Duration) bool {
	if a.deadline != 0 && transport.Now()+d >= a.deadline {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	case <-m.s.client.ctx.Done():
		return false
	}
}

// patience is the time until which a try may wait for what it needs to begin; zero: for ever.
func (a *attempt) patience() time.Duration {
	if a.hurried {
		return 1 // long ago
	}
	return a.deadline
}

// mayRunTwice reports whether the call may be sent again though it may have run: because that does
// no harm, or because the instance where it may have run knows it again.
func (a *attempt) mayRunTwice() bool {
	return a.flags&frame.Idempotent != 0 || a.key != nil && a.key.home != nil
}

// mayRepeat reports whether trying again after e is safe, and not plainly useless.
func mayRepeat(e *Error, twice bool) bool {
	if e.NoRetry || errors.Is(e, ErrClientClosed) || errors.Is(e, errGone) || errors.Is(e, errLate) {
		return false
	}
	switch frame.Status(e.Code).Retry() {
	case frame.RetryLater, frame.RetryElsewhere:
	default:
		return false
	}
	return e.Effect <= NotExecuted || e.Effect == MaybeExecuted && twice
}

// pause is the time before a try that is not the first elsewhere: a time that doubles, with jitter;
// or what the server asked for, if the call may come back to it, and a little more, so that those
// whom it has turned away do not come back as one.
func (a *attempt) pause(e *Error, others bool) time.Duration {
	if e.RetryAfter > 0 && !others {
		return e.RetryAfter + rand.N(e.RetryAfter/4+1)
	}
	d := min(retryPauseMin<<min(a.tries-1, 10), retryPauseMax)
	return d/2 + rand.N(d)
}

// blame makes the caller's deadline the reason of an error that its passing explains: the other side
// keeps the time too, and may be the first to notice.
func (e *Error) blame(deadline time.Duration) {
	if e.Code == DeadlineExceeded && e.cause == nil &&
		deadline != 0 && transport.Now() >= deadline {
		e.cause = context.DeadlineExceeded
	}
}

// budget bounds how many tries a client adds to the load of servers in trouble: one for so many
// calls, and a few in advance. Safe for concurrent use.
type budget struct {
	cost int64 // good calls that pay for a try
	max  int64
	used atomic.Int64 // 0 ≤ used ≤ max: zero is a full budget
}

const (
	tryCost   = 10
	budgetMax = 10 * tryCost
)

// take asks for one more try.
func (b *budget) take() bool {
	for {
		used := b.used.Load()
		if used+b.cost > b.max {
			return false
		}
		if b.used.CompareAndSwap(used, used+b.cost) {
			return true
		}
	}
}

// giveBack returns what take has given for a try that was not made.
func (b *budget) giveBack() {
	if b.used.Add(-b.cost) < 0 {
		b.used.Store(0)
	}
}

// earn returns a part of a try for a call that went well. A full budget costs no write.
func (b *budget) earn() {
	for {
		used := b.used.Load()
		if used == 0 || b.used.CompareAndSwap(used, used-1) {
			return
		}
	}
}
