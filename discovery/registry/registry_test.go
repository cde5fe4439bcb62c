package registry

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestInstancesJoinAndLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Config{Grace: -1})
		a := w.join("a")
		if got := owned(a.View()); got != "a:16384" {
			t.Errorf("the only instance has %s", got)
		}
		if !a.leased() {
			t.Error("no lease")
		}
		b := w.join("b")
		w.eventually("a sees b", time.Second, func() bool { return ids(a.View()) == "a b" })
		if got := owned(b.View()); got != "a:16384" {
			t.Errorf("when b has joined the slots are %s: some have moved", got)
		}
		began := time.Now()
		w.must(a.Leave(t.Context()))
		w.eventually("b has all", time.Second, func() bool { return owned(b.View()) == "b:16384" })
		if d := time.Since(began); d > 200*time.Millisecond {
			t.Errorf("a hand-over after %v", d)
		}
		if a.leased() {
			t.Error("a lease after Leave")
		}
	})
}
