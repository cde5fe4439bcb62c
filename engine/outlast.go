package engine

import (
	"context"

	"github.com/leverrpc/lever/engine/transport"
)

// outlast waits until the owner of a resource that cannot be reached is another, and reports whether
// there is one more try. An instance that leaves hands its resources over before it goes, but the
// news of that may come later than the end of its connections: by as much as a source, a resolver
// and a busy machine make of it, which tries in a row would not outlast.
//
// Nothing was sent, so this costs the budget nothing, and it is time that bounds it: how many tries
// the client makes counts only afterwards; and not for what becomes of the call where it was sent in
// the end, which may send it on as it may any other.
func (a *attempt) outlast(ctx context.Context, m *Method, e *Error) bool {
	now := transport.Now()
	if a.lostAt == 0 {
		a.lostAt = now
	}
	end := a.lostAt + catchUpMax
	if now >= end {
		return false
	}
	from := a.sentTo
	a.target, a.stamp, a.tried = nil, nil, nil
	for until := min(now+a.pause(e, false), end); transport.Now() < until; {
		if !a.rest(ctx, m, catchUpPause) || m.s.refresh(ctx, a.deadline) != nil {
			return false
		}
		owner, _ := m.s.domain(false).owner(m.resource)
		if ep := endpoint(owner); ep != nil && ep != from {
			return true
		}
	}
	return true // it may be back
}

// mayOutlast reports whether a call that ended with e may wait for the news of another owner: if
// the owner could not be reached, and there is a source that will tell.
func (a *attempt) mayOutlast(m *Method, e *Error) bool {
	if m.resource == "" || e.Code != Unavailable || e.Effect != NotSent || a.hurried ||
		a.key != nil && a.key.home != nil || m.s.client.attempts == 1 {
		return false
	}
	view := m.s.view.Load()
	return view != nil && view.Epoch != 0
}
