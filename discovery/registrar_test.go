package discovery

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine"
)

func TestMembershipFollowsTheView(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _, w := stage(t, Config{})
		go func() {
			time.Sleep(time.Second)
			w.emit(fleet(1, "a"))
		}()
		self := engine.Instance{ID: "b", Addr: "tcp://b:1"}
		m, err := r.Registrar().Register(t.Context(), bank, self)
		if err != nil {
			t.Fatal(err)
		}
		if got := hosts(m.View()); got != "1 a" {
			t.Errorf("the first view is %s, want 1 a", got)
		}
		changed := m.Changed()
		time.Sleep(3 * defaultIdle) // a membership keeps the watch, though nobody asks
		select {
		case <-changed:
			t.Error("changed without a change")
		default:
		}
		w.emit(fleet(2, "a", "b"))
		<-changed
		if got := hosts(m.View()); got != "2 a b" {
			t.Errorf("after the change the view is %s, want 2 a b", got)
		}
		if _, ok := m.Lease(); ok {
			t.Error("a lease, of a source that has none")
		}
		if err := m.Release(t.Context(), 0, []int{1}); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Release = %v", err)
		}
		ctx := t.Context()
		if err := errors.Join(m.Drain(ctx), m.Leave(ctx), m.Leave(ctx)); err != nil {
			t.Error(err)
		}
		time.Sleep(3 * defaultIdle)
		synctest.Wait()
		if _, ok := r.State(bank); ok {
			t.Error("the service is watched, although its only member has left")
		}
	})
}

func TestRegisterNeedsAView(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _, w := stage(t, Config{Patience: -1})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := r.Registrar().Register(ctx, bank, engine.Instance{}); !errors.Is(err,
			context.DeadlineExceeded) {
			t.Errorf("Register = %v", err)
		}
		w.emit(fleet(1, "a"))
		time.Sleep(3 * defaultIdle)
		synctest.Wait()
		if _, ok := r.State(bank); ok {
			t.Error("who could not register keeps the watch")
		}
	})
}
