package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/lb"
)

// Service addresses a service, or one of its resources. Make it once and keep it: methods are found
// faster then. Immutable and safe for concurrent use.
type Service struct {
	s        *service
	resource string
	affinity string
	ext      []byte
	err      error
}

// Resource addresses a resource of the same service; an empty name addresses none. Its calls go to
// the instance that owns it, and to no other.
func (s Service) Resource(name string) Service {
	if s.err != nil || name == s.resource {
		return s
	}
	if err := checkResource(name); err != nil {
		s.err = &Error{Code: InvalidArgument, Message: err.Error(), Effect: NotSent}
		return s
	}
	s.resource, s.ext = name, nil
	if name != "" {
		s.ext = frame.AppendExtension(nil, frame.ExtResource, []byte(name))
	}
	return s
}

// Near makes calls prefer the instance at home for a key, as long as that is not much busier than
// another: for caches, which like to see a key again but need not. An empty key prefers none. The
// owner of a resource is not a matter of preference: with a resource, Near changes nothing.
func (s Service) Near(key string) Service {
	s.affinity = key
	return s
}

// Method addresses a method of the service or resource.
func (s Service) Method(name string) Method {
	if s.err != nil {
		return Method{err: s.err}
	}
	return s.named(s.s.method(name))
}

// named is Method for a name that is known already.
func (s Service) named(n *methodName) Method {
	return Method{
		s: s.s, name: n, resource: s.resource, affinity: s.affinity, ext: s.ext, err: n.err,
	}
}

// methodName is what is known of a method by its name. Immutable, but for what is counted.
type methodName struct {
	of        *service
	full      string // "service/method"
	streaming bool
	err       error
	counted   atomic.Pointer[durations] // nil: nobody asked
}

// durations gives the record of how long calls take.
func (n *methodName) durations() *durations {
	d := n.counted.Load()
	if d == nil {
		n.counted.CompareAndSwap(nil, new(durations))
		d = n.counted.Load()
	}
	return d
}

// service is what all handles of one service share: its instances and the names of its methods.
// Safe for concurrent use.
type service struct {
	client   *Client
	target   URL
	resolver Resolver
	fixed    *View // what resolver gives, always; nil: it has to be asked
	picker   *lb.Picker
	names    atomic.Pointer[map[string]*methodName]

	used      atomic.Bool          // since the last look for idle services
	view      atomic.Pointer[View] // what picker knows; written under mu
	mu        sync.Mutex           // held by those who change names or picker
	directory directory
}

// maxNames bounds the method names that a service remembers. Others are worked out for each call.
const maxNames = 256

func newService(c *Client, target URL) *service {
	s := &service{client: c, target: target, resolver: c.config.Resolver}
	if s.resolver == nil {
		scheme := transport.TCP
		if c.config.TLS != nil {
			scheme = transport.TLS
		}
		s.resolver = hostOf(target, scheme)
	}
	if f, ok := s.resolver.(fixed); ok {
		s.fixed = f.view
	}
	s.picker = lb.NewPicker(lb.Config{Seed: rand.Uint64()})
	s.names.Store(new(map[string]*methodName))
	return s
}

// method finds what is known of a method.
func (s *service) method(name string) *methodName {
	if m := (*s.names.Load())[name]; m != nil {
		return m
	}
	m := &methodName{of: s, full: s.target.Service + "/" + name, streaming: IsStreaming(name)}
	if err := checkMethod(name); err != nil {
		m.err = notSent("", InvalidArgument, "%w", err)
		return m
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := *s.names.Load(); len(old) < maxNames {
		next := maps.Clone(old)
		if next == nil {
			next = map[string]*methodName{}
		}
		next[name] = m
		s.names.Store(&next)
	}
	return m
}

// choose picks an instance that was not tried.
func (s *service) choose(now time.Duration, a *attempt, affinity string) (*lb.Endpoint, error) {
	if affinity != "" {
		return s.near(now, a, affinity)
	}
	if !a.worn || len(a.tried) == 0 {
		if ep := s.picker.Sole(now); ep != nil {
			return ep, nil
		}
	}
	return s.picker.Pick(now, rand.Uint64(), a.tried)
}

// refresh makes the picker know what the resolver knows.
func (s *service) refresh(ctx context.Context, deadline time.Duration) error {
	if s.used.Load() && s.fixed != nil && s.fixed == s.view.Load() {
		return nil
	}
	return s.ask(ctx, deadline)
}

// ask is refresh where the resolver has to be asked, or the service was not used lately.
func (s *service) ask(ctx context.Context, deadline time.Duration) error {
	if !s.used.Load() {
		s.mu.Lock() // so that a look is over, or is going to see it
		s.used.Store(true)
		s.mu.Unlock()
	}
	for range mostAsked {
		known := s.view.Load()
		view, err := s.resolve(ctx, known, deadline)
		if err == nil && view == nil {
			err = errors.New("the resolver gives no view")
		}
		taken := view == known
		if err == nil && !taken {
			taken, err = s.take(known, view)
		}
		switch {
		case err != nil:
			return fmt.Errorf("resolve %s: %w", s.target, err)
		case taken:
			return nil
		}
	}
	return nil // one that others have taken is as good
}

// mostAsked is how often a call asks the resolver because others have taken a view meanwhile. One that
// gives each call a view of its own would keep them all at it.
const mostAsked = 3

// take makes the picker know a view. Not taken: another one has come since known, and which of the two
// is newer only the resolver can tell.
func (s *service) take(known, view *View) (taken bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.view.Load(); now != known {
		return now == view, nil
	}
	members, links, err := s.members(view)
	if err != nil {
		s.client.count(nil, nil, links)
		return false, err
	}
	now := transport.Now()
	came, went := s.picker.Update(now, members)
	s.client.count(came, went, links)
	s.spare(now, view)
	if s.view.Swap(view) == nil {
		s.client.setAwake(s, true)
	}
	return true, nil
}

// resolve asks the resolver. Only the first time, when it may wait, has it to be told of the deadline
// and of Close.
func (s *service) resolve(ctx context.Context, known *View, deadline time.Duration) (*View, error) {
	if known != nil {
		view, err := s.resolver.Resolve(ctx, s.target)
		if err != nil {
			err = s.unresolved(ctx, err)
		}
		return view, err
	}
	limited, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.client.ctx, cancel)()
	if deadline != 0 {
		limited, cancel = context.WithTimeout(limited, deadline-transport.Now())
		defer cancel()
	}
	view, err := s.resolver.Resolve(limited, s.target)
	if err != nil {
		err = s.unresolved(limited, err)
	}
	return view, err
}

// unresolved is the error of a call for which the resolver has given err: that the client was
// closed, or ctx has ended, tells more than what the resolver makes of it.
func (s *service) unresolved(ctx context.Context, err error) error {
	switch {
	case s.client.ctx.Err() != nil:
		return ErrClientClosed
	case ctx.Err() != nil:
		return gaveUp{ctx.Err()}
	}
	return err
}

// members gives the members of a view, and the links that they were given as users.
func (s *service) members(view *View) (members []lb.Member, links []*link, err error) {
	for in := range view.latest() {
		addr, err := transport.ParseAddr(in.Addr)
		if err != nil {
			return nil, links, fmt.Errorf("instance %q: %w", in.ID, err)
		}
		l, err := s.client.link(addr)
		if err != nil {
			return nil, links, err
		}
		links = append(links, l)
		m := in.member()
		m.ID, m.Data = endpointID(in, addr), l
		members = append(members, m)
	}
	return members, links, nil
}

// endpointID tells endpoints apart: an instance that is found at another address is another one.
func endpointID(in *Instance, addr transport.Addr) string { return in.ID + "@" + addr.String() }

// spare takes the instances that drain out of the picking, unless there are no others. mu is held.
func (s *service) spare(now time.Duration, view *View) {
	draining, all := map[string]bool{}, 0
	for in := range view.latest() {
		all++
		if in.Draining {
			if addr, err := transport.ParseAddr(in.Addr); err == nil {
				draining[endpointID(in, addr)] = true
			}
		}
	}
	for _, e := range s.picker.Endpoints() {
		state := lb.Ready
		if draining[e.ID()] && len(draining) < all {
			state = lb.Draining
		}
		e.SetState(now, state)
	}
}
