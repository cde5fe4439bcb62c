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
	first := &o.first
	if failed := o.try(ctx, m, first, false); failed != nil {
		return failed
	}
	failed := o.race(ctx, m, first)
	if failed == nil {
		m.s.client.hedges.earn()
		if now := transport.Now(); m.options.hedgeAfter == 0 {
			m.name.durations().add(now, now-first.start)
		}
	}
	return failed
}

// race waits for the first try, for as long as most calls take, and then for the better of two.
func (o *outgoing) race(ctx context.Context, m *Method, first *try) *Error {
	delay := m.options.hedgeAfter
	if delay == 0 {
		if delay = m.name.durations().p95(); delay == 0 {
			return first.end(ctx, o, m)
		}
		delay = max(delay, hedgeMin)
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-first.pending.wake:
		return first.settle(o, m)
	case <-ctx.Done():
		return first.end(ctx, o, m)
	case <-timer.C:
	}
	var second try
	if !o.second(ctx, m, &second) {
		return first.end(ctx, o, m)
	}
	select {
	case <-first.pending.wake:
		return o.decide(ctx, m, first, &second)
	case <-second.pending.wake:
		return o.decide(ctx, m, &second, first)
	case <-ctx.Done():
		second.drop()
		o.doubtful = true
		return first.end(ctx, o, m)
	}
}

// second sends the call to another instance, if there is one that it can be sent to at once, and
// the budgets allow it.
func (o *outgoing) second(ctx context.Context, m *Method, t *try) (ok bool) {
	client := m.s.client
	if m.resource != "" { // only its owner may serve it
		return false
	}
	if !client.hedges.take() {
		return false
	}
	if !client.budget.take() {
		client.hedges.giveBack()
		return false
	}
	tried := o.tried
	o.tried, o.hurried = append(o.tried, o.first.ep), true
	o.box = nil // that of the first is in use
	failed := o.try(ctx, m, t, false)
	o.tried, o.hurried = tried, false
	if failed != nil {
		client.hedges.giveBack()
		client.budget.giveBack()
	}
	return failed == nil
}

// decide takes the answer of the try that was answered first, unless it says no more than that the
// call could be tried again: then the other one decides.
func (o *outgoing) decide(ctx context.Context, m *Method, early, late *try) *Error {
	if e := early.pending.err; e != nil && mayRepeat(e, true) {
		failed := early.settle(o, m)
		o.doubtful = o.doubtful || failed.Effect == MaybeExecuted
		return late.end(ctx, o, m)
	}
	late.drop()
	return early.settle(o, m)
}

// drop cancels a try whose answer is not wanted any more. That says nothing of the instance.
func (t *try) drop() {
	outcome := lb.Ignored
	if p := t.pending; p.state.CompareAndSwap(waiting, abandoned) {
		t.conn.conn.Cancel(t.call, frame.Caller)
	} else { // it is here now
		<-p.wake
		outcome = t.conn.health(p.err, p.flags, t.placed)
		p.clear()
	}
	t.ep.Done(outcome, t.start, transport.Now())
}
