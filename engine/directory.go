package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/lb"
)

// directory is what a client knows of who owns the resources of a service. It is made when the
// first call asks, and made anew when a call notices that there is another view: away from the
// calls, which use the old one for the milliseconds that this takes. Safe for concurrent use.
type directory struct {
	current atomic.Pointer[domain]
	home    atomic.Bool // the table is asked for, also where a ledger decides
	renewal atomic.Bool // somebody makes the next one

	// hints are redirects by views that are newer than that of current, by resource; nil: none.
	hints  atomic.Pointer[map[string]*redirect]
	hintMu sync.Mutex // held by who adds a hint: a connection's reader, which must not wait for mu

	mu sync.Mutex // held by who makes a domain, which may take a while
}

// domain gives the newest domain that is ready. home asks for its table. The service has a view.
func (s *service) domain(home bool) *domain {
	dir := &s.directory
	if home && !dir.home.Load() {
		dir.home.Store(true)
	}
	d := dir.current.Load()
	if d == nil || home && d.home == nil {
		return s.renew()
	}
	if d.view != s.view.Load() && dir.renewal.CompareAndSwap(false, true) {
		if !s.client.enter() {
			return d // the client is closing
		}
		go func() {
			defer s.client.all.Done()
			s.renew()
			dir.renewal.Store(false)
		}()
	}
	return d
}

// renew makes the domain of the present view.
func (s *service) renew() *domain {
	dir := &s.directory
	dir.mu.Lock()
	defer dir.mu.Unlock()
	view, ends := s.endpoints()
	if view == nil { // the service was let go meanwhile
		return newDomain(new(View), nil, dir.home.Load(), func(string) any { return nil })
	}
	d, home := dir.current.Load(), dir.home.Load()
	if d != nil && d.view == view && (d.home != nil || !home) {
		return d
	}
	d = newDomain(view, d, home, func(id string) any { return ends[id] })
	dir.current.Store(d)
	dir.hints.Store(nil)
	return d
}

// endpoints gives the present view, and the endpoint of each of its instances by name; nil if
// nobody calls the service.
func (s *service) endpoints() (*View, map[string]*lb.Endpoint) {
	s.mu.Lock()
	defer s.mu.Unlock()
	view, byID := s.view.Load(), map[string]*lb.Endpoint{}
	if view == nil {
		return nil, nil
	}
	for _, e := range s.picker.Endpoints() {
		byID[e.ID()] = e
	}
	ends := make(map[string]*lb.Endpoint, len(view.Instances))
	for in := range view.latest() {
		if addr, err := transport.ParseAddr(in.Addr); err == nil {
			ends[in.name()] = byID[endpointID(in, addr)]
		}
	}
	return view, ends
}

// endpoint is where a client reaches a member; nil: it cannot.
func endpoint(m *lb.Member) *lb.Endpoint {
	if m == nil {
		return nil
	}
	e, _ := m.Data.(*lb.Endpoint)
	return e
}

// named gives the endpoint of the instance with this id, or nil if the view has none.
func (d *domain) named(id string) *lb.Endpoint {
	e, _ := d.data(id).(*lb.Endpoint)
	return e
}

// near chooses for a key that likes to come to the same instance again but need not.
func (s *service) near(now time.Duration, a *attempt, key string) (*lb.Endpoint, error) {
	home := s.domain(true).home
	first, second := endpoint(home.Owner(key)), endpoint(home.Deputy(key))
	return s.picker.Prefer(now, rand.Uint64(), a.tried, first, second)
}

// locate finds the instance that owns a resource, or to which a redirect has sent the call, and
// connects to it.
func (s *service) locate(ctx context.Context, now time.Duration, a *attempt,
	resource string) (*lb.Endpoint, *clientConn, error) {
	if err := s.refresh(ctx, a.deadline); err != nil {
		return nil, nil, err
	}
	d := s.domain(false)
	a.worn = true
	if a.stamp == nil {
		a.stamp = d.stamp
	}
	ep := a.target
	if ep == nil {
		ep = s.ownerBy(d, a, resource)
	}
	if ep == nil {
		return nil, nil, fmt.Errorf("no instance owns resource %q", resource)
	}
	conn, err := a.reach(ctx, now, ep)
	if err == nil || a.target != nil {
		return ep, conn, err
	}
	if deputy := s.deputy(d, ep, resource); deputy != nil {
		if conn, again := a.reach(ctx, now, deputy); again == nil {
			return deputy, conn, nil
		}
	}
	return nil, nil, err
}

// ownerBy gives the endpoint of a resource's owner, nil if there is none: by a hint, or else by the
// domain. An owner by a hint has to know the view that it comes from too.
func (s *service) ownerBy(d *domain, a *attempt, resource string) *lb.Endpoint {
	if hints := s.directory.hints.Load(); hints != nil {
		if hint := (*hints)[resource]; hint != nil {
			// One from before this view may come to lie here behind its back.
			if ep := d.named(hint.owner); ep != nil && hint.view.Epoch > d.id.Epoch {
				a.stamp = frame.AppendView(nil, hint.view)
				return ep
			}
		}
	}
	owner, _ := d.owner(resource)
	return endpoint(owner)
}

// deputy gives the endpoint that stands in for the owner of a resource, or nil if none may: hashing
// must have named the owner, it must have been out of reach for long enough, and the view must be
// one without an epoch. Where views are in order somebody takes out who is gone, and the instances
// have views too, by which a deputy owns nothing yet. SPEC F-568.
func (s *service) deputy(d *domain, owner *lb.Endpoint, resource string) *lb.Endpoint {
	after := s.client.config.Failover
	if d.ledger != nil || d.id.Epoch != 0 || after < 0 || owner.Data().(*link).downFor() < after {
		return nil
	}
	return endpoint(d.home.Deputy(resource))
}

// reach connects to an endpoint, and counts a call there.
func (a *attempt) reach(ctx context.Context, now time.Duration,
	ep *lb.Endpoint) (*clientConn, error) {
	a.sentTo = ep
	ep.Take(now)
	conn, err := ep.Data().(*link).get(ctx, a.deadline)
	if err == nil {
		return conn, nil
	}
	outcome := lb.Failed
	if _, ok := err.(gaveUp); ok {
		outcome = lb.Ignored
	}
	ep.Done(outcome, now, transport.Now())
	return nil, err
}
