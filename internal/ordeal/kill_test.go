//go:build unix

package ordeal

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// overtime is how much later than its deadline a call may end.
const overtime = 100 * time.Millisecond

// TestKills kills instances while they are called.
func TestKills(t *testing.T) {
	rng := newRand(t)
	f := newFleet(t, time.Second, 10*time.Millisecond)
	nodes := []*node{f.start("a"), f.start("b"), f.start("c")}
	made, quit := new(calls), make(chan struct{})
	var callers sync.WaitGroup
	for range 16 {
		own := rand.New(rand.NewPCG(rng.Uint64(), 0))
		callers.Go(func() { f.callAtRandom(made, own, quit) })
	}
	lag := watchLag(quit)
	kills := times(5, 200)
	for range kills {
		time.Sleep(drawn(rng, 50*time.Millisecond, 500*time.Millisecond))
		i := rng.IntN(len(nodes))
		nodes[i].kill()
		nodes[i] = f.start(nodes[i].id)
	}
	close(quit)
	callers.Wait()
	f.end()

	made.check(t, readJournal(t, f.journal))
	latest := time.Duration(-1 << 62)
	for _, c := range made.all {
		latest = max(latest, c.late)
	}
	most := <-lag
	t.Logf("%d kills; the latest call ended %v after its deadline, bare timers were up to %v late",
		kills, latest, most)
	if latest > overtime+most {
		t.Errorf("a call ended %v after its deadline, want %v at most", latest, overtime)
	}
}

// callAtRandom makes calls of all kinds until quit is closed.
func (f *fleet) callAtRandom(made *calls, rng *rand.Rand, quit <-chan struct{}) {
	for {
		select {
		case <-quit:
			return
		case <-time.After(drawn(rng, 0, 5*time.Millisecond)):
		}
		svc := f.service
		if rng.IntN(2) == 0 {
			svc = svc.Resource(fmt.Sprint("r", rng.IntN(20)))
		}
		m, c := svc.Method("visit"), call{}
		switch rng.IntN(4) {
		case 0:
			m = m.Once()
		case 1:
			m, c.idempotent = m.Idempotent(), true
		case 2:
			m, c.refused = svc.Method("refuse"), true
		}
		made.make(m, c, drawn(rng, time.Millisecond, time.Second))
	}
}

// watchLag tells, when quit is closed, by how much the worst of many timers was late: what calls
// can do nothing about.
func watchLag(quit <-chan struct{}) <-chan time.Duration {
	worst := make(chan time.Duration, 1)
	go func() {
		const pause = 5 * time.Millisecond
		var most time.Duration
		for {
			began := time.Now()
			select {
			case <-quit:
				worst <- most
				return
			case <-time.After(pause):
				most = max(most, time.Since(began)-pause)
			}
		}
	}()
	return worst
}
