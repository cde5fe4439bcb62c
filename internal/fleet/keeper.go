package fleet

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/lb"
)

// Config is read once, by New.
type Config struct {
	// TTL is how long the keeper waits for a renewal. Zero: 10s.
	TTL time.Duration
	// Margin is how much sooner an instance counts its lease as over. Zero: a tenth of TTL.
	Margin time.Duration
	// Bits is the number of bits of a slot in the ledger. Zero: there are no leases and no ledger,
	// only views.
	Bits int
	// Delay is what each message takes, one way. Nil: nothing.
	Delay func() time.Duration
}

// Keeper is a registry of one service. Safe for concurrent use.
type Keeper struct {
	config   Config
	renewals sync.WaitGroup // that are due or under way

	mu       sync.Mutex         // guards what follows
	members  map[string]*Member // by id, those with a lease
	all      []*Member
	view     *engine.View
	ledger   *lb.Ledger
	table    *lb.Table
	watchers []*Resolver
	closed   bool
}

// New makes a keeper that knows of no instance.
func New(config Config) *Keeper {
	config.TTL = cmp.Or(config.TTL, 10*time.Second)
	config.Margin = cmp.Or(config.Margin, config.TTL/10)
	if config.Delay == nil {
		config.Delay = func() time.Duration { return 0 }
	}
	k := &Keeper{config: config, members: map[string]*Member{}}
	if config.Bits > 0 {
		k.ledger, k.table = new(lb.Ledger), lb.NewTable(nil, config.Bits)
	}
	k.view = &engine.View{Epoch: 1, Owners: k.ledger}
	return k
}

// Close stops all timers, and waits for the renewals that are under way.
func (k *Keeper) Close() {
	k.mu.Lock()
	k.closed = true
	for _, m := range k.all {
		m.stop()
		if m.expiry != nil {
			m.expiry.Stop()
		}
	}
	k.mu.Unlock()
	k.renewals.Wait()
}

// View gives the newest view.
func (k *Keeper) View() *engine.View {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.view
}

// Register implements engine.Registrar.
func (k *Keeper) Register(ctx context.Context, _ engine.URL,
	self engine.Instance) (engine.Membership, error) {
	m := &Member{keeper: k, self: self}
	k.mu.Lock()
	k.all = append(k.all, m)
	k.mu.Unlock()
	if err := m.ask(ctx); err != nil {
		return nil, err
	}
	m.renew()
	return m, nil
}

// Resolver makes a resolver that learns of views with the keeper's delay.
func (k *Keeper) Resolver() *Resolver {
	w := new(Resolver)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.watchers = append(k.watchers, w)
	w.deliver(k.view)
	return w
}

// admit takes an instance in, or takes it back. mu is not held.
func (k *Keeper) admit(m *Member) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if old := k.members[m.self.ID]; old == nil || old.self.Incarnation < m.self.Incarnation {
		if old != nil {
			k.forget(old)
		}
		k.members[m.self.ID] = m
		k.watchers = append(k.watchers, &m.Resolver)
		k.publish(nil)
	}
	if k.members[m.self.ID] == m {
		k.extend(m)
	}
}

// extend gives an instance another TTL. mu is held.
func (k *Keeper) extend(m *Member) {
	if m.expiry != nil {
		m.expiry.Stop()
	}
	if !k.closed {
		m.expiry = time.AfterFunc(k.config.TTL, func() { k.expire(m) })
	}
}

// expire ends the lease of an instance that was not heard of.
func (k *Keeper) expire(m *Member) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.members[m.self.ID] == m && !k.closed {
		k.forget(m)
		k.publish(nil)
	}
}

// forget takes an instance out. mu is held.
func (k *Keeper) forget(m *Member) {
	delete(k.members, m.self.ID)
	k.watchers = slices.DeleteFunc(k.watchers, func(w *Resolver) bool { return w == &m.Resolver })
	m.expiry.Stop()
}

// release takes slots back that an instance has held since epoch or before.
func (k *Keeper) release(m *Member, epoch uint64, slots []int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.members[m.self.ID] != m || k.ledger == nil {
		return
	}
	released := map[int]bool{}
	for _, slot := range slots {
		owner, since := k.ledger.OwnerOf(slot)
		own := owner != nil && owner.ID == m.self.ID && owner.Incarnation == m.self.Incarnation
		if own && since <= epoch {
			released[slot] = true
		}
	}
	k.publish(released)
}

// drain notes that an instance wants no new calls.
func (k *Keeper) drain(m *Member) {
	k.mu.Lock()
	defer k.mu.Unlock()
	m.self.Draining = true
	if k.members[m.self.ID] == m {
		k.publish(nil)
	}
}

// leave ends a membership and its lease.
func (k *Keeper) leave(m *Member) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.members[m.self.ID] == m {
		k.forget(m)
		k.publish(nil)
	}
}

// publish makes the next view and sends it to everybody. mu is held.
func (k *Keeper) publish(released map[int]bool) {
	view := &engine.View{Epoch: k.view.Epoch + 1}
	var alive, takers []lb.Member
	for _, m := range k.members {
		view.Instances = append(view.Instances, m.self)
		member := lb.Member{ID: m.self.ID, Incarnation: m.self.Incarnation, Weight: m.self.Weight}
		if alive = append(alive, member); !m.self.Draining {
			takers = append(takers, member)
		}
	}
	if k.ledger != nil {
		k.table = k.table.Update(takers)
		k.ledger = k.ledger.Update(view.Epoch, alive, k.table,
			func(slot int) bool { return released[slot] })
		view.Owners = k.ledger
	}
	k.view = view
	for _, w := range k.watchers {
		w.send(view, k.config.Delay())
	}
}
