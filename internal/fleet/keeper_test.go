package fleet

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine"
)

// join registers an instance.
func join(t *testing.T, k *Keeper, id string, incarnation uint64) *Member {
	t.Helper()
	self := engine.Instance{ID: id, Addr: "tcp://" + id + ":1", Incarnation: incarnation}
	m, err := k.Register(t.Context(), engine.URL{}, self)
	if err != nil {
		t.Fatal(err)
	}
	return m.(*Member)
}

// holds counts the slots of an instance.
func holds(view *engine.View, id string) (n int) {
	for slot := range 1 << view.Owners.Bits() {
		if owner, _ := view.Owners.OwnerOf(slot); owner != nil && owner.ID == id {
			n++
		}
	}
	return n
}

func TestLeasesAreRenewedUntilTheirOwnersAreGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := New(Config{Bits: 4})
		defer k.Close()
		a, b := join(t, k, "a", 1), join(t, k, "b", 1)
		b.Skew(0.1)
		time.Sleep(time.Minute)
		if len(k.View().Instances) != 2 || holds(a.View(), "a") != 16 {
			t.Fatalf("after a minute: %d instances, a has %d slots", len(k.View().Instances), holds(a.View(), "a"))
		}
		a.Kill()
		until, ok := a.Lease()
		time.Sleep(time.Until(until))
		if !ok || holds(k.View(), "a") != 16 {
			t.Errorf("its slots are free though its lease holds until now")
		}
		time.Sleep(2 * time.Second)
		if len(k.View().Instances) != 1 || holds(b.View(), "b") != 16 {
			t.Errorf("the dead has left, b has %d slots", holds(b.View(), "b"))
		}
		if until, _ := b.Lease(); time.Until(until) > 9900*time.Millisecond {
			t.Errorf("the slow clock of b has %v left", time.Until(until))
		}
	})
}

func TestReleasesOfTheirTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := New(Config{Bits: 4})
		defer k.Close()
		a := join(t, k, "a", 1)
		held := k.View().Epoch
		b := join(t, k, "b", 1)
		all := make([]int, 16)
		for slot := range all {
			all[slot] = slot
		}
		if err := b.Release(t.Context(), k.View().Epoch, all); err != nil || holds(k.View(), "a") != 16 {
			t.Errorf("b has released what is a's: %v", err)
		}
		if err := a.Release(t.Context(), held-1, all); err != nil || holds(k.View(), "b") != 0 {
			t.Errorf("a release of before has counted: %v", err)
		}
		if err := a.Release(t.Context(), held, all); err != nil || holds(k.View(), "b") == 0 {
			t.Errorf("a release has not counted: %v", err)
		}
		if err := a.Drain(t.Context()); err != nil {
			t.Error(err)
		}
		if err := a.Release(t.Context(), k.View().Epoch, all); err != nil || holds(k.View(), "a") != 0 {
			t.Errorf("an instance that drains has %d slots: %v", holds(k.View(), "a"), err)
		}
		a.Cut(true)
		if err := a.Leave(t.Context()); !errors.Is(err, ErrCut) || len(k.View().Instances) != 2 {
			t.Errorf("it has left though it is cut off: %v", err)
		}
	})
}

func TestViewsComeInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		delays := []time.Duration{5, 1, 9, 2, 7, 3}
		var asked atomic.Int64 // by several at once
		k := New(Config{Delay: func() time.Duration {
			return delays[int(asked.Add(1)-1)%len(delays)] * 100 * time.Millisecond
		}})
		defer k.Close()
		r := k.Resolver()
		go func() {
			for i := range 5 {
				self := engine.Instance{ID: string(rune('a' + i)), Addr: "tcp://n:1"}
				go k.Register(context.Background(), engine.URL{}, self)
				time.Sleep(100 * time.Millisecond)
			}
		}()
		last := r.View().Epoch
		for range 600 {
			time.Sleep(100 * time.Millisecond)
			if epoch := r.View().Epoch; epoch < last {
				t.Fatalf("epoch %d after %d", epoch, last)
			} else {
				last = epoch
			}
		}
		if len(r.View().Instances) != 5 || last != k.View().Epoch {
			t.Errorf("%d instances at epoch %d of %d", len(r.View().Instances), last, k.View().Epoch)
		}
	})
}
