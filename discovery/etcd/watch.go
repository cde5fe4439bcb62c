package etcd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"go.etcd.io/etcd/api/v3/mvccpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
	"google.golang.org/grpc/connectivity"

	"github.com/leverrpc/lever/discovery"
	"github.com/leverrpc/lever/engine"
)

const (
	// readMax bounds the reading of a service's keys.
	readMax = 5 * time.Second

	// pulse is how often the connection is looked at: etcd's client waits silently for a server
	// that has gone. Twice without a connection is no connection.
	pulse = time.Second
)

// errBlind is the end of a watch without a connection.
var errBlind = errors.New("no connection to any member")

// Watch implements discovery.Source.
func (d *Directory) Watch(ctx context.Context, target engine.URL, emit func(engine.View)) error {
	for {
		err := d.follow(ctx, d.keysOf(target), emit)
		switch {
		case ctx.Err() != nil:
			return nil
		case !errors.Is(err, rpctypes.ErrCompacted):
			return fmt.Errorf("discovery/etcd: %w", err)
		}
	}
}

// follow reads what there is and takes what changes. It always ends with an error.
func (d *Directory) follow(ctx context.Context, k keys, emit func(engine.View)) error {
	ctx, cancel := context.WithCancelCause(clientv3.WithRequireLeader(ctx))
	var guard sync.WaitGroup
	guard.Go(func() { d.guard(ctx, cancel) })
	defer guard.Wait()
	defer cancel(nil)
	s, err := d.read(ctx, k)
	if err != nil {
		return err
	}
	emit(s.view())
	changes := d.client.Watch(ctx, k.service, clientv3.WithPrefix(),
		clientv3.WithRev(s.revision+1))
	for change := range changes {
		if err := s.apply(change); err != nil {
			return err
		}
		if len(change.Events) > 0 {
			emit(s.view())
		}
	}
	return cmp.Or(context.Cause(ctx), errors.New("the watch has ended"))
}

// guard ends a watch whose connection is lost.
func (d *Directory) guard(ctx context.Context, cancel context.CancelCauseFunc) {
	tick := time.NewTicker(pulse)
	defer tick.Stop()
	for missed := 0; missed < 2; {
		select {
		case <-tick.C:
			missed++
			if d.connected() {
				missed = 0
			}
		case <-ctx.Done():
			return
		}
	}
	cancel(errBlind)
}

// connected says whether there is a connection, or none is needed.
func (d *Directory) connected() bool {
	switch d.client.ActiveConnection().GetState() {
	case connectivity.Ready, connectivity.Idle:
		return true
	}
	return false
}

// read gives the state of a service.
func (d *Directory) read(ctx context.Context, k keys) (*state, error) {
	ctx, cancel := context.WithTimeout(ctx, readMax)
	defer cancel()
	// One more than a view may have: then it is refused, and not taken for all.
	got, err := d.client.Get(ctx, k.service, clientv3.WithPrefix(),
		clientv3.WithLimit(discovery.MaxInstances+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", k.service, cmp.Or(context.Cause(ctx), err))
	}
	s := &state{keys: k, revision: got.Header.Revision, instances: map[string]engine.Instance{}}
	for _, kv := range got.Kvs {
		if err := s.put(kv); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// state is a service as of a revision.
type state struct {
	keys      keys
	revision  int64
	instances map[string]engine.Instance // by key
}

// view gives the state as a view of its own.
func (s *state) view() engine.View {
	v := engine.View{Epoch: uint64(s.revision)}
	for _, in := range s.instances {
		v.Instances = append(v.Instances, in)
	}
	return v
}

// apply takes the changes of one revision or more.
func (s *state) apply(change clientv3.WatchResponse) error {
	if err := change.Err(); err != nil {
		return err
	}
	for _, event := range change.Events {
		if event.Type == mvccpb.DELETE {
			delete(s.instances, string(event.Kv.Key))
		} else if err := s.put(event.Kv); err != nil {
			return err
		}
		s.revision = event.Kv.ModRevision
	}
	return nil
}

// put takes the value of a key.
func (s *state) put(kv *mvccpb.KeyValue) error {
	key := string(kv.Key)
	if !strings.HasPrefix(key, s.keys.instances) {
		return nil
	}
	in, err := discovery.ParseInstance(kv.Value)
	if err == nil && s.keys.instance(in) != key {
		err = fmt.Errorf("the value is that of %s", s.keys.instance(in))
	}
	if err != nil {
		return fmt.Errorf("key %s: %w", key, err)
	}
	s.instances[key] = in
	return nil
}
