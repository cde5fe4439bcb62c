package registry

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine"
)

// bubble runs a test of a world in virtual time.
func bubble(t *testing.T, config Config, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		if config.State != "" {
			config.State = filepath.Join(t.TempDir(), config.State)
		}
		test(t, newWorld(t, config))
	})
}

func TestKilledInstanceIsGoneWhenItsLeaseIs(t *testing.T) {
	bubble(t, Config{Grace: -1}, func(t *testing.T, w *world) {
		a, b := w.join("a"), w.join("b")
		w.eventually("b sees a", time.Second, func() bool { return ids(b.View()) == "a b" })
		time.Sleep(time.Minute)
		killed := time.Now()
		a.kill()
		w.eventually("b has the slots", defaultTTL+time.Second,
			func() bool { return owned(b.View()) == "b:16384" })
		if d := time.Since(killed); d < defaultTTL-defaultTTL/3-time.Second {
			t.Errorf("the slots went to b after %v: a could still have served them", d)
		}
		if got := ids(b.View()); got != "b" {
			t.Errorf("the view has %s", got)
		}
	})
}

func TestReleasedSlotsMoveAtOnce(t *testing.T) {
	bubble(t, Config{Grace: -1}, func(t *testing.T, w *world) {
		a, b := w.join("a"), w.join("b")
		w.eventually("a sees b", time.Second, func() bool { return ids(a.View()) == "a b" })
		v := a.View()
		var all []int
		for slot := range slotsOf(v) {
			all = append(all, slot)
		}
		began := time.Now()
		w.must(a.Release(t.Context(), v.Epoch, all))
		if d := time.Since(began); d > 100*time.Millisecond {
			t.Errorf("Release took %v", d)
		}
		got := owned(a.View())
		if got == "a:16384" || len(got) < len("a:1 b:1") {
			t.Errorf("after the release the slots are %s", got)
		}
		w.eventually("b sees it", time.Second, func() bool { return owned(b.View()) == got })
		w.must(a.Release(t.Context(), v.Epoch, all)) // comes twice: all of them are new since then
		time.Sleep(time.Second)
		if again := owned(a.View()); again != got {
			t.Errorf("a release that came twice has made them %s", again)
		}
	})
}

func TestDrainingInstanceTakesNoSlots(t *testing.T) {
	bubble(t, Config{Grace: -1}, func(t *testing.T, w *world) {
		a, b := w.join("a"), w.join("b")
		w.must(b.Drain(t.Context()))
		if v := b.View(); len(v.Instances) != 2 || !v.Instances[1].Draining {
			t.Errorf("after Drain the view is %+v", v.Instances)
		}
		w.must(a.Leave(t.Context()))
		w.eventually("nobody has the slots", time.Second,
			func() bool { return owned(b.View()) == "-:16384" })
		c := w.join("c")
		if got := owned(c.View()); got != "c:16384" {
			t.Errorf("the slots are %s", got)
		}
	})
}

// The registry cannot be heard for longer than a lease: an instance stops to serve by itself, and
// before another is given what it had.
func TestInstanceThatIsCutOffFencesItself(t *testing.T) {
	bubble(t, Config{Grace: -1}, func(t *testing.T, w *world) {
		a := w.join("a")
		time.Sleep(time.Minute)
		w.sever()
		began := time.Now()
		end, _ := a.Lease()
		if left := time.Until(end); left <= 0 || left > defaultTTL-defaultTTL/10 {
			t.Errorf("the lease has %v left", left)
		}
		for a.leased() {
			time.Sleep(time.Millisecond)
		}
		fenced := time.Since(began)
		direct := NewClient(w.client, ClientConfig{Logger: w.config.Logger})
		m, err := direct.Register(t.Context(), bank, engine.Instance{ID: "b", Addr: "tcp://b:1"})
		w.must(err)
		b := node{membership: m.(*membership)}
		w.fleet = append(w.fleet, b.membership)
		w.eventually("b has the slots", defaultTTL, func() bool { return owned(b.View()) == "b:16384" })
		if given := time.Since(began); given <= fenced {
			t.Errorf("b has the slots after %v, a had its lease for %v", given, fenced)
		}
		w.heal()
		w.eventually("a is back", 5*time.Second, func() bool { return a.leased() })
		if got := owned(a.View()); got != "b:16384" {
			t.Errorf("a is back and believes in %s", got)
		}
	})
}

func TestBrokenStreamKeepsLeaseAndSlots(t *testing.T) {
	bubble(t, Config{Grace: -1}, func(t *testing.T, w *world) {
		a, _ := w.join("a"), w.join("b")
		w.eventually("a sees b", time.Second, func() bool { return ids(a.View()) == "a b" })
		before := a.View()
		for range 20 {
			w.breakStreams()
			time.Sleep(3 * time.Second)
			if !a.leased() {
				t.Fatal("no lease")
			}
		}
		if a.View() != before {
			t.Errorf("the view has changed from epoch %d to %d", before.Epoch, a.View().Epoch)
		}
	})
}

func TestRegistryStartsAgainWithItsState(t *testing.T) {
	bubble(t, Config{State: "state"}, func(t *testing.T, w *world) {
		a, b := w.join("a"), w.join("b")
		w.eventually("the grace is over", time.Minute, func() bool { return owned(a.View()) != "-:16384" })
		before := owned(a.View())
		for range 3 {
			time.Sleep(20 * time.Second)
			w.stop()
			time.Sleep(2 * time.Second)
			w.start()
			for range 1000 {
				if time.Sleep(10 * time.Millisecond); !a.leased() || !b.leased() {
					t.Fatal("a lease was lost")
				}
			}
			if got := owned(a.View()); got != before {
				t.Errorf("after a restart the slots are %s, they were %s", got, before)
			}
		}
		a.kill()
		w.stop()
		time.Sleep(time.Minute) // all leases end
		epoch := b.View().Epoch
		w.start()
		w.eventually("a is forgotten", 11*time.Second, func() bool { return owned(b.View()) == "b:16384" })
		if b.View().Epoch <= epoch {
			t.Errorf("epoch %d came after %d", b.View().Epoch, epoch)
		}
	})
}

func TestRegistryStartsAgainWithoutState(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, w *world) {
		a := w.join("a")
		w.eventually("the grace is over", time.Minute, func() bool { return owned(a.View()) == "a:16384" })
		b := w.join("b") // which hashing would give a part
		time.Sleep(time.Minute)
		before, epoch := owned(a.View()), a.View().Epoch
		_, fence := a.View().Owners.OwnerOf(0)
		w.stop()
		time.Sleep(2 * time.Second)
		w.start()
		began := time.Now()
		for time.Since(began) < time.Minute {
			if time.Sleep(10 * time.Millisecond); !a.leased() || !b.leased() {
				t.Fatalf("a lease was lost after %v", time.Since(began))
			}
			if got := owned(a.View()); got != before {
				t.Fatalf("the slots are %s, they were %s", got, before)
			}
		}
		if got := a.View().Epoch; got <= epoch {
			t.Errorf("epoch %d came after %d", got, epoch)
		}
		if _, got := a.View().Owners.OwnerOf(0); got != fence {
			t.Errorf("a has slot 0 since epoch %d, it was %d: its resources would begin anew", got, fence)
		}
	})
}

// What belongs to an instance that the new registry does not know is given to nobody while its lease
// may run.
func TestGraceOutlastsUnknownLeases(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, w *world) {
		a, b := w.join("a"), w.join("b")
		w.eventually("the grace is over", time.Minute, func() bool { return owned(b.View()) != "-:16384" })
		time.Sleep(time.Minute)
		w.stop()
		a.kill()
		w.start()
		c := w.join("c")
		began := time.Now()
		share := owned(c.View())
		w.eventually("all is given away", 12*time.Second, func() bool {
			if owned(c.View()) != share && len(owned(c.View())) < len(share) {
				return true
			}
			v := c.View()
			for slot := range slotsOf(v) {
				if m, _ := v.Owners.OwnerOf(slot); m == nil {
					return false
				}
			}
			return true
		})
		if d := time.Since(began); d < defaultTTL-time.Second {
			t.Errorf("slots of an unknown instance went to others after %v", d)
		}
		w.eventually("b and c agree", time.Second, func() bool { return owned(b.View()) == owned(c.View()) })
	})
}

func TestLaterIncarnationWaitsForTheSlots(t *testing.T) {
	bubble(t, Config{Grace: -1}, func(t *testing.T, w *world) {
		first := w.joinAs(engine.Instance{ID: "a", Incarnation: 1}, ClientConfig{})
		time.Sleep(time.Minute)
		began := time.Now()
		second := w.joinAs(engine.Instance{ID: "a", Incarnation: 2}, ClientConfig{})
		v := second.View()
		if len(v.Instances) != 1 || v.Instances[0].Incarnation != 2 {
			t.Errorf("callers see %+v", v.Instances)
		}
		if m, _ := v.Owners.OwnerOf(0); m == nil || m.Incarnation != 1 {
			t.Errorf("slot 0 is %v's: the first incarnation could still serve it", m)
		}
		<-first.over
		if first.leased() {
			t.Error("the first incarnation has a lease, though it knows of the second")
		}
		w.eventually("the second has the slots", defaultTTL, func() bool {
			m, _ := second.View().Owners.OwnerOf(0)
			return m != nil && m.Incarnation == 2
		})
		if d := time.Since(began); d < defaultTTL/2 {
			t.Errorf("the slots went over after %v", d)
		}
		c, _ := w.dial(ClientConfig{})
		_, err := c.Register(t.Context(), bank, engine.Instance{ID: "a", Incarnation: 1, Addr: "tcp://a:1"})
		if engine.CodeOf(err) != Superseded {
			t.Errorf("an earlier incarnation: %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		_, err = c.Register(ctx, bank, engine.Instance{ID: "a", Incarnation: 2, Addr: "tcp://a:1"})
		if !errors.Is(err, Taken) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a twin: %v", err)
		}
	})
}

// A server that shuts down cannot wait for a registry that is not there.
func TestOrdersFailWhenTheRegistryIsAway(t *testing.T) {
	bubble(t, Config{Grace: -1, State: "state"}, func(t *testing.T, w *world) {
		a, b := w.join("a"), w.join("b")
		w.eventually("a sees b", time.Second, func() bool { return ids(a.View()) == "a b" })
		w.stop()
		began := time.Now()
		if err := a.Drain(t.Context()); engine.CodeOf(err) != engine.Unavailable {
			t.Errorf("Drain = %v", err)
		}
		if err := a.Release(t.Context(), a.View().Epoch, []int{1}); err == nil {
			t.Error("a release without a registry")
		}
		if err := b.Leave(t.Context()); err == nil {
			t.Error("a goodbye without a registry")
		}
		if d := time.Since(began); d > 5*time.Second {
			t.Errorf("they took %v", d)
		}
		w.start()
		w.eventually("a drains after all", 5*time.Second, func() bool {
			v := a.View()
			return len(v.Instances) > 0 && v.Instances[0].Draining
		})
	})
}

func TestLevelOneHasNoLease(t *testing.T) {
	bubble(t, Config{Grace: -1}, func(t *testing.T, w *world) {
		a := w.joinAs(engine.Instance{ID: "a"}, ClientConfig{Level: 1})
		if _, ok := a.Lease(); ok || a.View().Owners != nil {
			t.Error("there is a lease, or a ledger")
		}
		if err := a.Release(t.Context(), 1, nil); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Release = %v", err)
		}
		b := w.join("b")
		if got := owned(b.View()); got != "b:16384" {
			t.Errorf("the slots are %s", got)
		}
	})
}

func TestMalformedRegistrationIsAnErrorThatNamesTheField(t *testing.T) {
	bubble(t, Config{Grace: -1}, func(t *testing.T, w *world) {
		c, _ := w.dial(ClientConfig{})
		_, err := c.Register(t.Context(), bank, engine.Instance{ID: "a", Addr: "tcp://a:1", Weight: 99})
		wantCode(t, "a weight of 99", err, engine.InvalidArgument, "weight")
	})
}
