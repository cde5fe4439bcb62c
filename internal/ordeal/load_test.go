//go:build unix

package ordeal

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/leverrpc/lever/engine"
)

// load calls at a steady rate, whatever becomes of the calls before. The latency of a call counts
// from when it was due.
type load struct {
	made  *calls
	phase atomic.Int32 // of calls that are due now
	quit  chan struct{}
	all   sync.WaitGroup

	mu   sync.Mutex
	took [phases][]time.Duration // guarded by mu
}

// The phases of a load.
const (
	calm    = iota // nothing happens
	unquiet        // an instance is restarted
	phases
)

// run calls the method that next gives, so many times a second, until stop.
func (l *load) run(perSecond int, limit time.Duration, next func(i int) engine.Method) {
	l.quit = make(chan struct{})
	l.all.Go(func() {
		pause := time.Second / time.Duration(perSecond)
		began := time.Now()
		for i := 0; ; i++ {
			due := began.Add(time.Duration(i) * pause)
			select {
			case <-l.quit:
				return
			case <-time.After(time.Until(due)):
			}
			phase := l.phase.Load()
			l.all.Go(func() {
				l.made.make(next(i), call{}, limit)
				l.mu.Lock()
				defer l.mu.Unlock()
				l.took[phase] = append(l.took[phase], time.Since(due))
			})
		}
	})
}

// stop ends the load, and waits for its calls.
func (l *load) stop() {
	close(l.quit)
	l.all.Wait()
}

// quantile gives the time that a share of all calls of a phase did not exceed.
func (l *load) quantile(phase int, share float64) time.Duration {
	took := slices.Sorted(slices.Values(l.took[phase]))
	if len(took) == 0 {
		return 0
	}
	return took[min(int(share*float64(len(took))), len(took)-1)]
}
