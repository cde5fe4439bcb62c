package engine

import (
	"context"
	"time"

	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/lb"
)

// Hedged sends a call that is not answered after this time to a second instance too: the first
// answer counts, and the other call is cancelled. It takes the edge off the few calls that hit an
// instance in a bad moment. Zero: the time within which 95 % of the client's recent calls of the
// method were answered, but not less than a millisecond; there is no second call until that is
// known.
//
// The method must be [Method.Idempotent], because both calls may run. Second calls are at most 2 %
// of the client's hedged calls, and count as retries do. Calls begun by [Go], calls of a resource,
// one-way calls and streams are not hedged, nor is anything where only one instance is connected.
func (m Method) Hedged(after time.Duration) Method {
	m.options.hedged, m.options.hedgeAfter = true, max(after, 0)
	return m
}

const (
	hedgeMin  = time.Millisecond
	hedgeCost = 50 // good hedged calls that pay for a second call
	hedgeMax  = 5 * hedgeCost
)

// hedge tries a call on one instance, and on a second one if the first is slow.
func (o *outgoing) hedge(ctx context.Context, m *Method) *Error {
	first, failed := o.try(ctx, m, false)
	if failed != nil {
		return failed
	}
	start := first.start
	if failed = o.race(ctx, m, first); failed == nil {
		m.s.client.hedges.earn()
		if now := transport.Now(); m.options.hedgeAfter == 0 {
			m.name.durations().add(now, now-start)
		}
	}
	return failed
}

// race waits for the first try, for as long as most calls take, and then for the better of two.
func (o *outgoing) race(ctx context.Context, m *Method, first *pending) *Error {
	delay := m.options.hedgeAfter
	if delay == 0 {
		if delay = m.name.durations().p95(); delay == 0 {
			return o.await(ctx, m, first)
		}
		delay = max(delay, hedgeMin)
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-first.wake:
		return o.settle(m, first)
	case <-ctx.Done():
		return o.await(ctx, m, first)
	case <-timer.C:
	}
	second := o.second(ctx, m, first)
	if second == nil {
		return o.await(ctx, m, first)
	}
	select {
	case <-first.wake:
		return o.decide(ctx, m, first, second)
	case <-second.wake:
		return o.decide(ctx, m, second, first)
	case <-ctx.Done():
		o.doubtful = o.drop(second) >= MaybeExecuted || o.doubtful
		return o.await(ctx, m, first)
	}
}

// second sends the call to another instance, if there is one that it can be sent to at once, and
// the budgets allow it. Nil: it does not.
func (o *outgoing) second(ctx context.Context, m *Method, first *pending) *pending {
	client := m.s.client
	if m.resource != "" { // only its owner may serve it
		return nil
	}
	if !client.hedges.take() {
		return nil
	}
	if !client.budget.take() {
		client.hedges.giveBack()
		return nil
	}
	tried := o.tried
	o.pass(first.ep)
	o.hurried, o.box = true, nil // that of the first is in use
	p, failed := o.try(ctx, m, false)
	o.tried, o.hurried = tried, false
	if failed != nil {
		client.hedges.giveBack()
		client.budget.giveBack()
	}
	return p
}

// decide takes the answer of the try that was answered first, unless it says no more than that the
// call could be tried again: then the other one decides.
func (o *outgoing) decide(ctx context.Context, m *Method, early, late *pending) *Error {
	if e := early.err; e != nil && mayRepeat(e, true) {
		failed := o.settle(m, early)
		o.doubtful = o.doubtful || failed.Effect == MaybeExecuted
		return o.await(ctx, m, late)
	}
	o.doubtful = o.drop(late) >= MaybeExecuted || o.doubtful
	return o.settle(m, early)
}

// drop cancels a try whose answer is not wanted any more, and says what it may have done. That says
// nothing of the instance.
func (o *outgoing) drop(p *pending) (effect Effect) {
	outcome := lb.Ignored
	if p.state.CompareAndSwap(waiting, abandoned) {
		effect = Effect(p.conn.conn.Cancel(p.call, frame.Caller))
		o.abandon(p)
	} else { // it is here now
		<-p.wake
		outcome = p.conn.health(p.err, p.flags, p.placed)
		if effect = Executed; p.err != nil {
			effect = p.err.Effect
		}
		p.clear()
	}
	p.ep.Done(outcome, p.start, transport.Now())
	return effect
}
