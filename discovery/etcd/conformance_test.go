package etcd

import (
	"context"
	"fmt"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/leverrpc/lever/discovery"
	"github.com/leverrpc/lever/discovery/discoverytest"
	"github.com/leverrpc/lever/engine"
)

var bank = engine.URL{Env: "test", Port: engine.DefaultPort, Service: "bank"}

// TestSourceOfKeys: somebody writes all keys in one transaction, without leases.
func TestSourceOfKeys(t *testing.T) {
	discoverytest.Run(t, func(t *testing.T) discoverytest.World {
		way, direct := newPath(t), newPath(t).dial(t)
		d := New(way.dial(t), Config{Prefix: prefixOf(t)})
		k := d.keysOf(bank)
		return discoverytest.World{
			Source: d, Target: bank, Ordered: true, Visible: 3 * time.Second,
			Set:   func(instances []engine.Instance) error { return write(t, direct, k, instances) },
			Break: func() error { return way.setCut(true) },
			Mend:  func() error { return way.setCut(false) },
			Spoil: func() error {
				_, err := direct.Put(t.Context(), k.instances+"x", `{"id":"x"`)
				return err
			},
		}
	})
}

// write makes instances those of a service, in one revision.
func write(t *testing.T, client *clientv3.Client, k keys, instances []engine.Instance) error {
	ctx := context.WithoutCancel(t.Context())
	was, err := client.Get(ctx, k.service, clientv3.WithPrefix(), clientv3.WithKeysOnly())
	if err != nil {
		return err
	}
	var ops []clientv3.Op
	stays := map[string]bool{}
	for _, in := range instances {
		text, err := discovery.AppendInstance(nil, in)
		if err != nil {
			return err
		}
		stays[k.instance(in)] = true
		ops = append(ops, clientv3.OpPut(k.instance(in), string(text)))
	}
	for _, kv := range was.Kvs {
		if !stays[string(kv.Key)] {
			ops = append(ops, clientv3.OpDelete(string(kv.Key)))
		}
	}
	_, err = client.Txn(ctx).Then(ops...).Commit()
	return err
}

// TestSourceOfLeases: instances register themselves, and are killed. Leases last for so long that no
// pause of this process ends those of the others.
func TestSourceOfLeases(t *testing.T) {
	const ttl = 5 * time.Second
	discoverytest.Run(t, func(t *testing.T) discoverytest.World {
		client := newPath(t).dial(t)
		d := New(client, Config{Prefix: prefixOf(t), TTL: ttl})
		views := discovery.New(d, discovery.Config{})
		t.Cleanup(func() { views.Close() })
		f := &fleet{registrar: d.Registrar(views), alive: map[string]registered{}}
		t.Cleanup(func() {
			if err := f.set(nil); err != nil {
				t.Error(err)
			}
		})
		return discoverytest.World{
			Source: d, Target: bank, Ordered: true, Set: f.set, Crash: f.crash, TTL: ttl,
		}
	})
}

// fleet is instances that are registered, by id.
type fleet struct {
	registrar engine.Registrar
	alive     map[string]registered
}

type registered struct {
	engine.Instance
	engine.Membership
}

func (f *fleet) set(instances []engine.Instance) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	stays := map[string]bool{}
	for _, in := range instances {
		stays[in.ID] = true
		if f.alive[in.ID].Instance == in {
			continue
		}
		m, err := f.registrar.Register(ctx, bank, in)
		if err != nil {
			return err
		}
		if err := f.leave(ctx, in.ID); err != nil {
			return err
		}
		f.alive[in.ID] = registered{in, m}
	}
	for id := range f.alive {
		if !stays[id] {
			if err := f.leave(ctx, id); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *fleet) leave(ctx context.Context, id string) error {
	was, ok := f.alive[id]
	if !ok {
		return nil
	}
	delete(f.alive, id)
	return was.Leave(ctx)
}

// crash ends the renewals, and tells nobody.
func (f *fleet) crash(id string) error {
	was, ok := f.alive[id]
	if !ok {
		return fmt.Errorf("no instance %s", id)
	}
	delete(f.alive, id)
	m := was.Membership.(*member)
	m.stop()
	<-m.over
	return nil
}
