package engine

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/lb"
)

// custody is what a server with a Registrar knows of the resources that it may serve: by the newest
// view that it has, and where there are leases until its own is over.
//
// What changes is guarded by residents.mu, so that a call that begins and a loss that is noticed
// come one after the other: a visit is either refused or told.
type custody struct {
	server    *Server
	residents *residents
	self      Instance
	member    Membership // set before joined is closed; nil: it could not join

	ctx         context.Context // ends with the membership
	cancel      context.CancelFunc
	started     bool // joining has begun; guarded by server.mu
	stopJoining context.CancelFunc
	joining     context.Context
	joined      chan struct{} // closed when joining has ended
	poked       chan struct{} // capacity 1: there may be something to release
	turn        chan struct{} // capacity 1: full while somebody releases

	looks    atomic.Uint64 // at the lease
	learning sync.Mutex    // held by who takes a view

	domain  *domain // nil: there was no view yet
	changed chan struct{}
	noted   uint64 // the look that the next two are of
	leased  bool
	until   time.Duration  // the lease's end, on the clock of the transport
	strays  []int          // slots that are held and that hashing has elsewhere, in order
	stopped map[int]uint64 // slots that are served no more, by the epoch since which they were held
}

// tenure is by what right a resource is held.
type tenure struct {
	since uint64
	kept  bool // somebody keeps a ledger: since is the epoch in it
}

// newCustody gives nil if the server has no Registrar.
func newCustody(s *Server) *custody {
	if s.config.Registrar == nil {
		return nil
	}
	c := &custody{
		server: s, self: s.config.Self, changed: make(chan struct{}),
		joined: make(chan struct{}),
		poked:  make(chan struct{}, 1), turn: make(chan struct{}, 1), stopped: map[int]uint64{},
	}
	if c.self.ID == "" {
		c.self.ID = s.config.Instance
	}
	if c.self.ID == "" {
		var id [8]byte
		_, _ = rand.Read(id[:]) // it never fails
		c.self.ID = hex.EncodeToString(id[:])
	}
	if c.self.Incarnation == 0 {
		c.self.Incarnation = uint64(time.Now().UnixNano())
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.joining, c.stopJoining = context.WithCancel(c.ctx)
	return c
}

// check says by what right this instance serves a resource now, or refuses: at once, or, with a
// channel to wait for, unless a newer view says otherwise in time. residents.mu is held.
func (c *custody) check(name string, seen uint64) (tenure, entry) {
	d := c.domain
	if d == nil {
		return tenure{}, c.waitFor(Errorf(Unavailable, "the instance has not joined its service yet"))
	}
	owner, since := d.owner(name)
	if !c.isSelf(owner) {
		e := Errorf(WrongOwner, "the resource belongs to another instance")
		e.redirect = &redirect{view: d.id}
		if owner != nil {
			e.redirect.owner = owner.ID
		}
		if seen > d.id.Epoch { // SPEC F-562
			return tenure{}, c.waitFor(e)
		}
		return tenure{}, entry{refusal: e}
	}
	held := tenure{since, d.ledger != nil}
	if at, ok := c.stopped[d.slot(name)]; ok && at == since {
		return held, c.waitFor(Errorf(NotLeased, "the resource is being handed over"))
	}
	if c.leased && transport.Now() >= c.until { // SPEC F-564
		e := Errorf(NotLeased, "the lease is over")
		e.RetryAfter = overloadPause
		return held, entry{refusal: e}
	}
	return held, entry{}
}

// isSelf reports whether a member is this life of this instance. A source that gives no ids has
// addresses in their place, and one that knows of no incarnations has 0.
func (c *custody) isSelf(m *lb.Member) bool {
	return m != nil && (m.ID == c.self.ID || m.ID == c.self.Addr) &&
		(m.Incarnation == c.self.Incarnation || m.Incarnation == 0)
}

// waitFor refuses unless another view comes.
func (c *custody) waitFor(e *Error) entry { return entry{wait: c.changed, refusal: e} }

// run joins the service, and keeps up with it until the membership ends. failed is told why it
// could not join.
func (c *custody) run(failed chan<- error) {
	err := c.join()
	close(c.joined)
	if err != nil {
		failed <- fmt.Errorf("engine: register: %w", err)
		return
	}
	go c.tidy()
	c.watch()
}

// join registers the instance.
func (c *custody) join() error {
	var target URL
	if err := target.parseAuthority(c.server.config.Env); err != nil {
		return fmt.Errorf("Env: %w", err)
	}
	env, err := canonicalEnv(target.Env)
	if err != nil {
		return fmt.Errorf("Env: %w", err)
	}
	target.Env, target.Service = env, c.server.config.Service
	if c.self.Addr == "" {
		if c.self.Addr, err = c.server.advertised(); err != nil {
			return err
		}
	}
	member, err := c.server.config.Registrar.Register(c.joining, target, c.self)
	if err != nil {
		return err
	}
	c.member = member
	c.renew() // before the first view: nothing is served without having looked at the lease
	return nil
}

// advertised gives the first address that is bound, if others can use it.
func (s *Server) advertised() (string, error) {
	addrs := s.Addrs()
	if len(addrs) == 0 {
		return "", errors.New("no address is bound: set Self.Addr")
	}
	addr, err := transport.ParseAddr(addrs[0])
	if err != nil {
		return "", err
	}
	ip := net.ParseIP(addr.Host)
	if addr.Scheme != transport.Unix && (addr.Host == "" || ip != nil && ip.IsUnspecified()) {
		return "", fmt.Errorf("others cannot dial %s: set Self.Addr", addr)
	}
	return addr.String(), nil
}
