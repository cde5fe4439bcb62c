package etcd

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/leverrpc/lever/discovery"
	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/lb"
)

// shop is a directory with a resolver of it.
type shop struct {
	*Directory
	*path
	views *discovery.Resolver
}

// newShop makes a shop whose leases last for so long: minTTL for those that a test waits for the end
// of, zero for those that no pause of this process should end.
func newShop(t *testing.T, ttl time.Duration, wrap func(discovery.Source) discovery.Source) *shop {
	t.Helper()
	way := newPath(t)
	d := New(way.dial(t), Config{
		Prefix: prefixOf(t), TTL: ttl, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	views := discovery.New(wrap(d), discovery.Config{
		Debounce: -1, Backoff: -1, Logger: d.config.Logger,
	})
	t.Cleanup(func() { views.Close() })
	return &shop{Directory: d, path: way, views: views}
}

func plain(s discovery.Source) discovery.Source { return s }

func (s *shop) join(t *testing.T, in engine.Instance) engine.Membership {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	m, err := s.Registrar(s.views).Register(ctx, bank, in)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Leave(context.Background()) })
	return m
}

// until waits for a view that m shows.
func until(t *testing.T, m engine.Membership, what string, ok func(*engine.View) bool) {
	t.Helper()
	timeout := time.After(15 * time.Second)
	for {
		changed := m.Changed()
		if ok(m.View()) {
			return
		}
		select {
		case <-changed:
		case <-timeout:
			t.Fatalf("%s: the view is %+v", what, *m.View())
		}
	}
}

func has(id string) func(*engine.View) bool {
	return func(v *engine.View) bool {
		for _, in := range v.Instances {
			if in.ID == id && !in.Draining {
				return true
			}
		}
		return false
	}
}

func not(f func(*engine.View) bool) func(*engine.View) bool {
	return func(v *engine.View) bool { return !f(v) }
}

func TestMemberDrainsAndLeaves(t *testing.T) {
	s := newShop(t, 0, plain)
	a, b := engine.Instance{ID: "a/b c", Addr: "tcp://h:1"}, engine.Instance{Addr: "tcp://[::1]:2"}
	m, other := s.join(t, a), s.join(t, b)
	until(t, other, "both are here", func(v *engine.View) bool { return len(v.Instances) == 2 })
	if _, ok := m.Lease(); ok {
		t.Error("a lease that guards nothing is ok")
	}
	if err := m.Drain(t.Context()); err != nil {
		t.Errorf("Drain = %v", err)
	}
	until(t, other, "one drains", func(v *engine.View) bool {
		return len(v.Instances) == 2 && !has(a.ID)(v)
	})
	if err := m.Leave(t.Context()); err != nil {
		t.Errorf("Leave = %v", err)
	}
	until(t, other, "one has left", func(v *engine.View) bool { return len(v.Instances) == 1 })
	if err := m.Drain(t.Context()); !errors.Is(err, errLeft) {
		t.Errorf("Drain after Leave = %v", err)
	}
	if err := other.Release(t.Context(), 1, []int{1}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Release = %v", err)
	}
}

func TestMemberWhoseLeaseIsLostComesBack(t *testing.T) {
	s := newShop(t, minTTL, plain)
	direct := newPath(t).dial(t)
	m := s.join(t, engine.Instance{ID: "a", Addr: "tcp://h:1"})
	until(t, m, "it is here", has("a"))
	if err := s.setCut(true); err != nil {
		t.Fatal(err)
	}
	if err := m.Drain(t.Context()); err == nil {
		t.Error("Drain gave no error without etcd")
	}
	eventually(t, "the lease ends", func() bool {
		got, err := direct.Get(t.Context(), s.keysOf(bank).instances+"a")
		if err != nil {
			t.Fatal(err)
		}
		return got.Count == 0
	})
	if err := s.setCut(false); err != nil {
		t.Fatal(err)
	}
	until(t, m, "it is back, and drains", func(v *engine.View) bool {
		return len(v.Instances) == 1 && v.Instances[0].Draining
	})
}

// eventually waits for what etcd, or a lease's keeper, does in its own time.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for began := time.Now(); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > 15*time.Second {
			t.Fatalf("%s: not within 15s", what)
		}
	}
}

// shortly is a context that ends soon.
func shortly(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

func TestLaterIncarnationTakesTheID(t *testing.T) {
	s := newShop(t, 0, plain)
	first := s.join(t, engine.Instance{ID: "a", Addr: "tcp://h:1", Incarnation: 1})
	second := s.join(t, engine.Instance{ID: "a", Addr: "tcp://h:2", Incarnation: 2})
	taken := func(v *engine.View) bool {
		return len(v.Instances) == 1 && v.Instances[0].Incarnation == 2
	}
	until(t, second, "the second has taken it", taken)
	if err := first.Drain(t.Context()); !errors.Is(err, errReplaced) {
		t.Errorf("Drain of the first = %v", err)
	}
	if err := first.Leave(t.Context()); err != nil {
		t.Errorf("Leave of the first = %v", err)
	}
	_, err := s.Registrar(s.views).Register(t.Context(), bank,
		engine.Instance{ID: "a", Addr: "tcp://h:1", Incarnation: 1})
	if !errors.Is(err, errReplaced) {
		t.Errorf("Register of an earlier incarnation = %v", err)
	}
	if !taken(second.View()) {
		t.Errorf("the first has harmed the second: %+v", second.View())
	}
}

func TestRegisterSaysWhyNot(t *testing.T) {
	s := newShop(t, 0, plain)
	_, err := s.Registrar(s.views).Register(t.Context(), bank, engine.Instance{ID: "a", Addr: "x"})
	if err == nil || !strings.Contains(err.Error(), "address") {
		t.Errorf("a bad address: %v", err)
	}
	s.join(t, engine.Instance{ID: "b", Addr: "tcp://h:1"}) // so that there is a view
	if err := s.setCut(true); err != nil {
		t.Fatal(err)
	}
	_, err = s.Registrar(s.views).Register(shortly(t), bank, engine.Instance{Addr: "tcp://h:2"})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("without etcd: %v", err)
	}
}

func TestLeasesLastAsLongAsEtcdGrantsAtLeast(t *testing.T) {
	for ttl, want := range map[time.Duration]time.Duration{
		0: defaultTTL, -1: minTTL, time.Second: minTTL, 3 * time.Second: 3 * time.Second,
	} {
		if got := New(nil, Config{TTL: ttl}).config.TTL; got != want {
			t.Errorf("TTL %v is taken for %v, want %v", ttl, got, want)
		}
	}
}

// keeper is a source that adds a ledger to the views of another.
type keeper struct{ discovery.Source }

func (k keeper) Watch(ctx context.Context, target engine.URL, emit func(engine.View)) error {
	return k.Source.Watch(ctx, target, func(v engine.View) {
		v.Owners = new(lb.Ledger)
		emit(v)
	})
}

func TestLeaseCountsWhereThereIsAKeeper(t *testing.T) {
	s := newShop(t, minTTL, func(s discovery.Source) discovery.Source { return keeper{s} })
	m := s.join(t, engine.Instance{ID: "a", Addr: "tcp://h:1"})
	until(t, m, "it is here", has("a"))
	lease := func() time.Time {
		until, ok := m.Lease()
		if !ok || until.IsZero() {
			t.Errorf("the lease is until %v, and ok: %v", until, ok)
		}
		if d := time.Until(until); d > minTTL*9/10 {
			t.Errorf("%v are left of a lease of %v", d, minTTL)
		}
		return until
	}
	first := lease()
	eventually(t, "the lease is renewed, and again", func() bool {
		return lease().After(first.Add(minTTL))
	})
	if err := s.setCut(true); err != nil {
		t.Fatal(err)
	}
	time.Sleep(minTTL)
	if d := time.Until(lease()); d > 0 {
		t.Errorf("%v are left of a lease that was not renewed for %v", d, minTTL)
	}
	if _, err := s.client.Compact(shortly(t), 1); err == nil {
		t.Error("etcd is there, though it was cut off")
	}
}

func TestWatchOutlivesCompaction(t *testing.T) {
	s := newShop(t, 0, plain)
	direct := newPath(t).dial(t)
	m := s.join(t, engine.Instance{ID: "a", Addr: "tcp://h:1"})
	until(t, m, "the first", has("a"))
	if err := s.setCut(true); err != nil {
		t.Fatal(err)
	}
	k := s.keysOf(bank)
	text, err := discovery.AppendInstance(nil, engine.Instance{ID: "b", Addr: "tcp://h:2"})
	if err != nil {
		t.Fatal(err)
	}
	var last *clientv3.PutResponse
	for range 3 {
		if last, err = direct.Put(t.Context(), k.instances+"b", string(text)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := direct.Compact(t.Context(), last.Header.Revision); err != nil {
		t.Fatal(err)
	}
	if err := s.setCut(false); err != nil {
		t.Fatal(err)
	}
	until(t, m, "what came meanwhile", has("b"))
	if _, err := direct.Delete(t.Context(), k.instances+"b"); err != nil {
		t.Fatal(err)
	}
	until(t, m, "what comes later", not(has("b")))
}
