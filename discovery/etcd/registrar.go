package etcd

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/leverrpc/lever/discovery"
	"github.com/leverrpc/lever/engine"
)

// Registrar announces instances in the directory. Their memberships show the views of r, which is
// best the Resolver that the process has for its calls too.
func (d *Directory) Registrar(r *discovery.Resolver) engine.Registrar { return registrar{d, r} }

type registrar struct {
	directory *Directory
	resolver  *discovery.Resolver
}

// Register implements engine.Registrar.
func (g registrar) Register(ctx context.Context, target engine.URL,
	self engine.Instance) (engine.Membership, error) {
	d := g.directory
	key := d.keysOf(target).instance(self)
	if _, err := discovery.AppendInstance(nil, self); err != nil {
		return nil, fmt.Errorf("discovery/etcd: register at %s: %w", target, err)
	}
	views, err := g.resolver.Registrar().Register(ctx, target, self)
	if err != nil {
		return nil, err
	}
	m := &member{Membership: views, directory: d, key: key, self: self, orders: make(chan order)}
	if err := m.insist(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("discovery/etcd: register %s: %w", key, err),
			views.Leave(ctx))
	}
	m.begin()
	return m, nil
}

// insist registers, again and again until ctx ends or etcd says no.
func (m *member) insist(ctx context.Context) error {
	for {
		err := m.register(ctx)
		if err == nil || errors.Is(err, errReplaced) {
			return err
		}
		select {
		case <-time.After(pause()):
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		}
	}
}

// pause spreads those who wait for etcd to come back.
func pause() time.Duration { return rand.N(time.Second) }

// errReplaced is why an instance cannot register: one with its id began later.
var errReplaced = errors.New("the id belongs to a later incarnation")

// register makes a lease and the key that is bound to it.
func (m *member) register(ctx context.Context) error {
	sent := time.Now()
	client := m.directory.client
	granted, err := client.Grant(ctx, int64(m.directory.config.TTL/time.Second))
	if err != nil {
		return err
	}
	revision, err := m.write(ctx, granted.ID)
	if err != nil {
		// What cannot be revoked now ends by itself.
		_, _ = client.Revoke(ctx, granted.ID)
		return err
	}
	m.lease, m.ttl, m.unsaid = granted.ID, time.Duration(granted.TTL)*time.Second, false
	m.tenure.Store(&tenure{m.until(sent), uint64(revision)})
	return nil
}

// write puts the instance into its key, unless a later incarnation is there.
func (m *member) write(ctx context.Context, lease clientv3.LeaseID) (revision int64, err error) {
	text, err := discovery.AppendInstance(nil, m.self)
	if err != nil {
		return 0, err
	}
	client := m.directory.client
	for {
		got, err := client.Get(ctx, m.key)
		if err != nil {
			return 0, err
		}
		seen := int64(0) // of a key that is not there
		if len(got.Kvs) > 0 {
			seen = got.Kvs[0].ModRevision
			there, err := discovery.ParseInstance(got.Kvs[0].Value)
			if err == nil && there.Incarnation > m.self.Incarnation {
				return 0, errReplaced
			}
		}
		done, err := client.Txn(ctx).
			If(clientv3.Compare(clientv3.ModRevision(m.key), "=", seen)).
			Then(clientv3.OpPut(m.key, string(text), clientv3.WithLease(lease))).Commit()
		if err != nil {
			return 0, err
		}
		if done.Succeeded {
			return done.Header.Revision, nil
		}
	}
}
