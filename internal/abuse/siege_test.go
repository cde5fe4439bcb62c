package abuse

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine"
)

// noise is what the memory of a Go process moves by without any reason that a peer has: the
// collector lets the heap grow by some megabytes before it begins.
const noise = 10 << 20

// siege is an attack on a server in a process of its own, and what every attack must leave alone:
//   - the memory of the process grows by at most bound, and noise;
//   - honest calls go on: none fails, and they do not become slower beyond all proportion;
//   - no goroutine and no descriptor is left behind.
//
// A short attack is repeated for a while.
func siege(t *testing.T, o order, bound int, attack func(c *child)) {
	t.Helper()
	besiege(t, startChild(t, o), bound, func(*child) {}, attack)
}

// besiege is siege of a server that runs. Before each attack there is something to prepare.
//
// What has failed has failed; only measurements are repeated. A processor that somebody else has
// makes honest calls slow, and the collector late, once, but not each time.
func besiege(t *testing.T, c *child, bound int, prepare, attack func(c *child)) {
	t.Helper()
	const attempts = 5
	for i := 1; ; i++ {
		prepare(c)
		err := withstand(t, c, bound, attack)
		if err == nil || t.Failed() {
			return
		}
		if i == attempts {
			t.Errorf("each time, and at last: %v", err)
			return
		}
		t.Logf("once more: %v", err)
	}
}

// withstand is one attack. The error is of what was measured.
func withstand(t *testing.T, c *child, bound int, attack func(c *child)) error {
	t.Helper()
	calm := politely(t, c.honest, 100*time.Millisecond)
	before, files, memory := c.stats(), c.files(), c.resident()

	most := c.watch()
	stop, during := keepCalling(c.honest)
	const least = 200 * time.Millisecond
	for end := time.Now().Add(least); ; {
		if attack(c); time.Now().After(end) {
			break
		}
	}
	stop()
	grown := most() - memory
	if during.err != nil {
		t.Errorf("an honest call failed during the attack: %v", during.err)
	}
	eventually(t, "the server has no more goroutines and descriptors than before", func() bool {
		const slack = 8 // idle workers and timers
		return c.files() <= files && c.stats().Goroutines <= before.Goroutines+slack
	})
	t.Logf("memory +%d KiB, %d honest calls", grown>>10, len(during.times))
	if grown > bound+noise && !raced {
		return fmt.Errorf("the memory grew by %d KiB, want at most %d and %d of noise",
			grown>>10, bound>>10, noise>>10)
	}
	return samePace(calm, during.times)
}

// pace is what honest calls took.
type pace struct {
	times []time.Duration
	err   error
}

// keepCalling calls one after the other until stop is called; then during can be read.
func keepCalling(s engine.Service) (stop func(), during *pace) {
	during = &pace{}
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		echo := s.Method("echo")
		for ctx.Err() == nil {
			call, free := context.WithTimeout(context.Background(), patience)
			begin := time.Now()
			_, err := engine.Call[[]byte](call, echo, []byte("polite"))
			during.times = append(during.times, time.Since(begin))
			free()
			if err != nil {
				during.err = err
				return
			}
			time.Sleep(200 * time.Microsecond)
		}
	})
	return func() { cancel(); done.Wait() }, during
}

// politely calls for a while and gives what the calls took.
func politely(t testing.TB, s engine.Service, d time.Duration) []time.Duration {
	t.Helper()
	stop, p := keepCalling(s)
	time.Sleep(d)
	stop()
	if p.err != nil {
		t.Fatal(p.err)
	}
	return p.times
}

// samePace compares nine calls of ten in peace and under attack. Attacker, server and honest
// client share few processors with whatever else runs, so the ratio is a generous one, and what
// is below a processor's time slice is not told apart. The race detector takes ten times as long for
// what an attack makes a server do, and shows it less in peace.
func samePace(calm, during []time.Duration) error {
	const ratio = 20
	slice := 2 * time.Millisecond
	if raced {
		slice *= 10
	}
	was, is := max(quantile(calm, 0.9), slice), quantile(during, 0.9)
	if is > ratio*was {
		return fmt.Errorf("honest calls took %v in peace and %v under attack, want at most %d times that",
			was, is, ratio)
	}
	return nil
}

// quantile is the time that the part q of the calls did not exceed.
func quantile(times []time.Duration, q float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	return sorted[int(q*float64(len(sorted)-1))]
}
