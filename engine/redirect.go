package engine

import (
	"context"
	"maps"
	"time"

	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/lb"
)

// redirect is what an instance that does not own a resource says of who does. Immutable.
type redirect struct {
	owner string     // the id of the instance; empty: it knows none
	view  frame.View // by which it knows
}

const (
	// catchUpMax is how long either side waits for a view that the other has already.
	catchUpMax = time.Second

	// catchUpPause is how often a client looks for it meanwhile: a look costs next to nothing.
	catchUpPause = 5 * time.Millisecond

	// maxHints bounds the redirects that a service remembers. Calls of other resources take the
	// way round until there is a newer view.
	maxHints = 256
)

// appendTo writes the redirect to the end of an extension block.
func (r *redirect) appendTo(dst []byte) []byte {
	dst = frame.AppendView(dst, r.view)
	if r.owner != "" {
		dst = frame.AppendExtension(dst, frame.ExtOwner, []byte(r.owner))
	}
	return dst
}

// redirectOf reads the redirect in the extensions of a RESULT. Nil: there is none.
func redirectOf(ext []byte) *redirect {
	owner, _ := frame.FindExtension(ext, frame.ExtOwner)
	view, ok := frame.FindView(ext)
	if !ok || len(owner) == 0 && view == (frame.View{}) {
		return nil
	}
	return &redirect{string(owner), view}
}

// heed remembers a redirect by a view that is newer than the present one, until there is one as
// new: or each call of the resource would take the way round, and no stream would ever come through.
func (s *service) heed(resource string, hint *redirect) {
	dir := &s.directory
	dir.hintMu.Lock()
	defer dir.hintMu.Unlock()
	d := dir.current.Load()
	if hint == nil || d == nil || hint.view.Epoch <= d.id.Epoch || d.named(hint.owner) == nil {
		return
	}
	hints := map[string]*redirect{}
	if old := dir.hints.Load(); old != nil {
		if (*old)[resource] == nil && len(*old) >= maxHints {
			return
		}
		hints = maps.Clone(*old)
	}
	hints[resource] = hint
	dir.hints.Store(&hints)
}

// follow finds out where a call goes on that came to the wrong instance, and reports whether it
// does. SPEC F-566: the other side may name an instance, never an address, so that it cannot send
// calls to where the resolver has nobody.
//
// No handler ran and no server is in trouble, so this costs the budget nothing.
func (a *attempt) follow(ctx context.Context, m *Method, e *Error) bool {
	if a.tries-a.waits > 1 && !a.rest(ctx, m, a.pause(e, false)) { // they do not agree on it either
		return false
	}
	from, hint := a.sentTo, e.redirect
	a.target, a.stamp = nil, nil
	m.s.heed(m.resource, hint)
	if hint == nil {
		hint = new(redirect)
	}
	for until := transport.Now() + catchUpMax; ; {
		if err := m.s.refresh(ctx, a.deadline); err != nil {
			return false
		}
		d := m.s.domain(false)
		switch {
		case a.aim(d, hint, from, m.resource):
			return true
		case hint.view.Epoch <= d.id.Epoch: // it is the other side that has to learn
			return a.rest(ctx, m, a.pause(e, false))
		case transport.Now() >= until || !a.rest(ctx, m, catchUpPause):
			return false
		}
	}
}

// aim sends the next try where the hint says, as far as the domain knows that instance, or to
// another owner that the domain has by now. False: it knows no more than before.
func (a *attempt) aim(d *domain, hint *redirect, from *lb.Endpoint, resource string) bool {
	if named := d.named(hint.owner); named != nil && named != from {
		a.target = named
		if hint.view.Epoch > d.id.Epoch { // so that the owner waits for that view too
			a.stamp = frame.AppendView(nil, hint.view)
		}
		return true
	}
	owner, _ := d.owner(resource)
	return endpoint(owner) != nil && endpoint(owner) != from
}
