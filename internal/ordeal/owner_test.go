//go:build unix

package ordeal

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	ownerTTL  = time.Second
	ownerLook = 800 * time.Millisecond // how long a test looks on when a lease is over
	resources = 8
)

// TestOwnersTakeTurns ends owners of resources without a goodbye, or stops them until their lease
// is over, and lets them go on then.
func TestOwnersTakeTurns(t *testing.T) {
	rng := newRand(t)
	for i := range times(2, 20) {
		name := "killed"
		if i%2 == 1 {
			name = "stopped and continued"
		}
		own := rand.New(rand.NewPCG(rng.Uint64(), 0))
		t.Run(fmt.Sprint(i, " ", name), func(t *testing.T) { takeTurns(t, own, i%2 == 1) })
	}
}

// takeTurns lets one owner be lost.
func takeTurns(t *testing.T, rng *rand.Rand, continued bool) {
	f := newFleet(t, ownerTTL, 6*time.Millisecond)
	first := f.start("first")
	made, quit := new(calls), make(chan struct{})
	f.visitAll(made)
	f.start("second")
	f.start("third").finish()
	f.visitAll(made)

	var callers sync.WaitGroup
	for i := range resources {
		callers.Go(func() { f.visitOn(made, i, quit) })
	}
	time.Sleep(drawn(rng, 100*time.Millisecond, ownerTTL))
	x := loss{owner: first.id, at: time.Now()}
	if continued {
		first.stop()
		x.stopped = time.Now()
		time.Sleep(ownerTTL + ownerLook)
		first.signal(syscall.SIGCONT)
		time.Sleep(ownerLook)
	} else {
		first.kill()
		x.stopped = time.Now()
		time.Sleep(ownerTTL + ownerLook)
	}
	close(quit)
	callers.Wait()
	f.end()
	events := readJournal(t, f.journal)
	made.check(t, events)
	x.sent = made.sent()
	x.check(t, events)
}

// visitAll calls each resource once. There is no reason for a call to fail.
func (f *fleet) visitAll(made *calls) {
	f.t.Helper()
	for i := range resources {
		c := made.make(f.service.Resource(fmt.Sprint("r", i)).Method("visit"), call{}, patience)
		if c.err != nil {
			f.t.Fatal(c.err)
		}
	}
}

// visitOn calls one resource again and again. Calls have no time to wait for the next owner, so
// that many of them are on their way whatever happens.
func (f *fleet) visitOn(made *calls, i int, quit <-chan struct{}) {
	m := f.service.Resource(fmt.Sprint("r", i)).Method("visit")
	for {
		select {
		case <-quit:
			return
		case <-time.After(time.Millisecond):
			made.make(m, call{}, 300*time.Millisecond)
		}
	}
}

// sent gives the time at which each call was made.
func (cs *calls) sent() map[string]time.Time {
	sent := map[string]time.Time{}
	for _, c := range cs.all {
		sent[c.id] = c.began
	}
	return sent
}
