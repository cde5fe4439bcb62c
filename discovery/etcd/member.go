package etcd

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/leverrpc/lever/engine"
)

// member is an instance that is registered. Its lease and its key are written by one goroutine, to
// which orders are given; what others read is atomic.
type member struct {
	engine.Membership // that only watches

	directory *Directory
	key       string
	tenure    atomic.Pointer[tenure]
	orders    chan order
	stop      context.CancelFunc
	over      chan struct{} // closed when the goroutine has ended
	left      atomic.Bool

	// Owned by Register, then by the goroutine, then by Leave.
	self   engine.Instance
	lease  clientv3.LeaseID
	ttl    time.Duration // that etcd grants
	unsaid bool          // self has changed, and is not written
}

// tenure is what a lease allows.
type tenure struct {
	until time.Time
	since uint64 // the epoch of the view from which it counts
}

// order is something to be written. The answer is given once.
type order struct {
	ctx    context.Context
	change func(*engine.Instance)
	answer chan error
}

var errLeft = errors.New("discovery/etcd: the instance has left, or was replaced")

// Lease implements engine.Membership. It is ok only if the views say who owns the slots: otherwise
// the lease guards nothing.
func (m *member) Lease() (until time.Time, ok bool) {
	view, t := m.View(), m.tenure.Load()
	switch {
	case view.Owners == nil:
		return time.Time{}, false
	case view.Epoch < t.since:
		return time.Time{}, true
	}
	return t.until, true
}

// Drain implements engine.Membership.
func (m *member) Drain(ctx context.Context) error {
	drain := func(in *engine.Instance) { in.Draining = true }
	o := order{ctx, drain, make(chan error, 1)}
	select {
	case m.orders <- o:
	case <-m.over:
		return errLeft
	case <-ctx.Done():
		return fmt.Errorf("discovery/etcd: drain %s: %w", m.key, ctx.Err())
	}
	if err := <-o.answer; err != nil {
		return fmt.Errorf("discovery/etcd: drain %s: %w", m.key, err)
	}
	return nil
}

// Leave implements engine.Membership. It waits for etcd no longer than the TTL, with which the lease
// ends by itself.
func (m *member) Leave(ctx context.Context) error {
	if m.left.Swap(true) {
		return nil
	}
	m.stop()
	<-m.over
	m.tenure.Store(new(tenure))
	limited, cancel := context.WithTimeout(ctx, m.ttl)
	defer cancel()
	_, err := m.directory.client.Revoke(limited, m.lease)
	if errors.Is(err, rpctypes.ErrLeaseNotFound) {
		err = nil
	}
	if err != nil {
		err = fmt.Errorf("discovery/etcd: leave %s: %w", m.key, err)
	}
	return errors.Join(err, m.Membership.Leave(ctx))
}

// begin starts the goroutine.
func (m *member) begin() {
	ctx, stop := context.WithCancel(context.Background())
	m.stop, m.over = stop, make(chan struct{})
	go m.run(ctx)
}

// run renews the lease, and takes orders, until Leave or a later incarnation ends it.
func (m *member) run(ctx context.Context) {
	defer close(m.over)
	timer := time.NewTimer(m.ttl / 3)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			err := m.renew(ctx)
			if errors.Is(err, errReplaced) {
				m.log("not registered any more", err)
				return
			}
			if err != nil {
				timer.Reset(pause())
			} else {
				timer.Reset(m.ttl / 3)
			}
		case o := <-m.orders:
			o.change(&m.self)
			m.unsaid = true
			o.answer <- m.say(o.ctx)
		case <-ctx.Done():
			return
		}
	}
}

// say writes what is unsaid. What fails is tried again when the lease is renewed.
func (m *member) say(ctx context.Context) error {
	if !m.unsaid {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, m.ttl/3)
	defer cancel()
	_, err := m.write(ctx, m.lease)
	m.unsaid = err != nil
	return err
}

// renew renews the lease, or registers again if there is none any more.
func (m *member) renew(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, m.ttl/3)
	defer cancel()
	sent := time.Now()
	kept, err := m.directory.client.KeepAliveOnce(ctx, m.lease)
	if errors.Is(err, rpctypes.ErrLeaseNotFound) {
		if err = m.register(ctx); err == nil {
			m.log("registered again", rpctypes.ErrLeaseNotFound)
		}
		return err
	}
	if err != nil {
		return err
	}
	m.ttl = time.Duration(kept.TTL) * time.Second
	m.tenure.Store(&tenure{m.until(sent), m.tenure.Load().since})
	return m.say(ctx)
}

func (m *member) log(what string, cause error) {
	m.directory.config.Logger.Warn("discovery/etcd: "+what, "key", m.key, "error", cause)
}

// until is when a lease that was renewed ends by this machine's clock, for sure: it counts from
// before etcd was asked, less a tenth for clocks that do not run alike.
func (m *member) until(sent time.Time) time.Time { return sent.Add(m.ttl - m.ttl/10) }
