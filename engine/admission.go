package engine

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/leverrpc/lever/frame"
)

// admission turns calls away when a server has more of them than it can serve, so that those it
// does take are answered while somebody still waits. Whatever it is that a server is short of, its
// calls wait for it before their handlers begin: that wait is the signal, as in DAGOR ("Overload
// Control for Scaling WeChat Microservices", SoCC 2018). What counts is what nearly all calls of a
// window have waited for: a queue that does not go away, as in CoDel (RFC 8289). Calls also wait
// when the process gets no processor for a while, or when many come at once; but then others do
// not, and to refuse some would help nobody. CoDel takes the least wait, and its queue has one
// way out; here a few calls find a processor at once however long the others wait.
//
// Once the wait in a window is above the limit, the rate at which calls begin is what the server
// can do. So many are admitted, and fewer or more as the wait is above or below half the limit: the
// queue comes there with the time constant settleTime. The urgent are admitted first, bulk last.
// When all that arrive can be admitted again, it is over.
//
// In calm times every eighth call of a connection is counted, in trouble each. Safe for concurrent
// use.
type admission struct {
	limit time.Duration // of the wait; negative: all are admitted
	admit [classes]atomic.Uint32
	busy  atomic.Bool  // some are turned away
	ends  atomic.Int64 // when the window may end; zero: it has not begun

	// What the window has counted.
	arrivals [classes]atomic.Int64
	begun    atomic.Int64 // handlers
	waits    atomic.Int64
	waited   atomic.Int64      // ns
	sample   [256]atomic.Int64 // the waits that were counted last, ns

	mu       sync.Mutex // guards what follows
	since    time.Duration
	capacity float64          // calls that can begin, by the second
	rates    [classes]float64 // calls that arrive, by the second
	wait     time.Duration    // of nearly all in the last window
	mean     time.Duration    // in the last window
}

const (
	classes = 3 // urgent, normal, bulk

	defaultMaxWait = 20 * time.Millisecond

	admitAll    = 1 << 16 // in admit: the parts of all arrivals that are admitted
	sampleOneIn = 8
	sparedOneIn = 8 // calls, which may be lucky in a queue that stands

	windowCalm  = 100 * time.Millisecond // at least, or a pause of the process would fill it
	windowBusy  = 50 * time.Millisecond  // at least
	windowMax   = 250 * time.Millisecond
	windowCalls = 256 // counted ones that end a window before windowMax
	windowLeast = 8

	settleTime  = 200 * time.Millisecond
	admitLeast  = 0.5  // of the capacity, while the queue is long
	admitMost   = 1.05 // of the capacity, when there is none: so the rate recovers
	averageGain = 0.5  // what the last window counts in averages
)

// overloadPauses is how long callers are asked to wait when they are turned away, by class.
var overloadPauses = [classes]time.Duration{overloadPause / 2, overloadPause, 4 * overloadPause}

func newAdmission(limit time.Duration) *admission {
	a := &admission{limit: limit}
	if limit == 0 {
		a.limit = defaultMaxWait
	}
	for i := range a.admit {
		a.admit[i].Store(admitAll)
	}
	return a
}

// classOf is the index of a call's class: 0 urgent, 1 normal, 2 bulk.
func classOf(f frame.Flags) int {
	switch f & frame.ClassMask {
	case frame.Urgent:
		return 0
	case frame.Bulk:
		return 2
	}
	return 1
}

// counts reports whether the n-th call of a connection is one to count.
func (a *admission) counts(n uint32) bool { return n%sampleOneIn == 0 || a.busy.Load() }

// admits decides about a call. rnd gives random bits, of which 16 are used.
func (a *admission) admits(class int, rnd func() uint32) bool {
	share := a.admit[class].Load()
	return share == admitAll || rnd()&(admitAll-1) < share
}

// arrived counts a call that has come, whether it is admitted or not.
func (a *admission) arrived(now time.Duration, class int) {
	if ends := a.ends.Load(); int64(now) >= ends {
		a.turn(now)
	}
	a.arrivals[class].Add(1)
}

// starts counts a call that has waited for its handler to begin; if it does: some are too late.
func (a *admission) starts(wait time.Duration, begins bool) {
	ns := int64(max(wait, 0))
	n := a.waits.Add(1)
	a.sample[int(n-1)%len(a.sample)].Store(ns)
	a.waited.Add(ns)
	if begins {
		a.begun.Add(1)
	}
}

// lately gives the wait of nearly all and the mean wait in the last window, if that is not long ago.
func (a *admission) lately(now time.Duration) (wait, mean time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now-a.since > 2*windowMax {
		return 0, 0
	}
	return a.wait, a.mean
}

// turn ends the window if it has seen enough.
func (a *admission) turn(now time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if int64(now) < a.ends.Load() {
		return
	}
	var n int64
	for i := range a.arrivals {
		n += a.arrivals[i].Load()
	}
	took := now - a.since
	if a.since != 0 && (n < windowLeast || n < windowCalls && took < windowMax) {
		return
	}
	if a.since != 0 {
		a.adjust(took.Seconds())
	}
	length := windowCalm
	if a.busy.Load() {
		length = windowBusy
	}
	a.since = now
	a.ends.Store(int64(now + length))
}

// adjust draws the conclusion from a window, and clears it. mu is held.
func (a *admission) adjust(seconds float64) {
	var rates [classes]float64
	for i := range rates {
		rates[i] = float64(a.arrivals[i].Swap(0)) / seconds
	}
	capacity := float64(a.begun.Swap(0)) / seconds
	a.wait = a.standing()
	a.mean = time.Duration(a.waited.Swap(0) / max(a.waits.Swap(0), 1))
	switch {
	case a.busy.Load():
		if a.wait > a.limit/4 || capacity > a.capacity { // else there was not enough to do
			a.capacity += averageGain * (capacity - a.capacity)
		}
		for i := range rates {
			a.rates[i] += averageGain * (rates[i] - a.rates[i])
		}
	case a.limit < 0 || a.wait <= a.limit:
		return
	default:
		a.capacity, a.rates = capacity, rates
	}
	distance := float64(a.limit/2-a.wait) / float64(settleTime)
	busy := a.divide(a.capacity * min(max(1+distance, admitLeast), admitMost))
	if !busy || !a.busy.Load() {
		a.busy.Store(busy)
	}
}

// standing gives the wait that all but one call in eight had, or a longer one. mu is held.
func (a *admission) standing() time.Duration {
	n := min(int(a.waits.Load()), len(a.sample))
	if n == 0 {
		return 0
	}
	var waits [len(a.sample)]int64
	for i := range n {
		waits[i] = a.sample[i].Load()
	}
	slices.Sort(waits[:n])
	return time.Duration(waits[n/sparedOneIn])
}

// divide gives each class its share of so many calls by the second. It reports whether they are
// fewer than arrive.
func (a *admission) divide(want float64) (fewer bool) {
	for class, rate := range a.rates {
		share := uint32(admitAll)
		if want < rate {
			share = uint32(want / rate * admitAll)
			fewer = true
		}
		a.admit[class].Store(share)
		want = max(want-rate, 0)
	}
	return fewer
}
