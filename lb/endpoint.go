package lb

import (
	"math"
	"sync/atomic"
	"time"
)

// State says whether an endpoint may be picked at all. The owner of its connection sets it.
type State uint8

const (
	// Ready endpoints may be picked. Whether a connection exists already is the owner's business.
	Ready State = iota
	// Connecting endpoints are not picked until they are Ready.
	Connecting
	// Draining endpoints said goodbye: they finish the calls they have and get no more.
	Draining
)

// String gives the state's name.
func (s State) String() string {
	switch s {
	case Ready:
		return "ready"
	case Connecting:
		return "connecting"
	case Draining:
		return "draining"
	}
	return "unknown"
}

// Endpoint is one member as a Picker sees it: what is in flight there and how it has answered.
// It outlives updates that keep the member. Safe for concurrent use.
//
// The words that calls write fill one cache line, the rest the line's neighbour, which processors
// fetch along with it: two endpoints never share either. All times are nanoseconds of the
// caller's clock, all latencies float64 nanoseconds; a lost update of an average is harmless, so
// averages are loaded and stored without a loop.
type Endpoint struct {
	calls        atomic.Int32  // picked and not yet answered
	streams      atomic.Int32  // answered once, and still open
	latency      atomic.Uint64 // average with alpha = fastAlpha; 0: never answered
	slowLatency  atomic.Uint64 // average with alpha = slowAlpha; 0: only Placed calls were answered
	success      atomic.Uint64 // average of 1 for success and 0 for failure
	doneAt       atomic.Int64  // when a call last ended
	progressAt   atomic.Int64  // when a call last ended, or began with no other in flight
	readyAt      atomic.Int64  // when it was Ready for the first time; notYet before
	ejectedUntil atomic.Int64  // 0: not ejected

	failuresInRow atomic.Uint32
	pickable      atomic.Bool // it is in the current snapshot
	picker        *Picker
	origin        *Member // as the endpoint began; immutable
	window        *window
	record        *record

	_ [128 - 8*8 - 8 - 4*ptrSize]byte
}

// record is what changes rarely. Guarded by picker.mu.
type record struct {
	member    Member // as the last Update told it
	state     State
	gone      bool          // no longer a member
	admitted  bool          // to the snapshot that is being made
	ejections int           // without a good minute in between
	revivedAt time.Duration // the end of the last ejection
}

const (
	ptrSize = 4 << (^uintptr(0) >> 63)

	fastAlpha = 0.1
	slowAlpha = fastAlpha / 8

	notYet = math.MinInt64
)

// ID gives the member's id.
func (e *Endpoint) ID() string { return e.origin.ID }

// Data gives the record that came with the member.
func (e *Endpoint) Data() any { return e.origin.Data }

// Stats is a look at an endpoint's record.
type Stats struct {
	// Calls counts what was picked and is not yet answered.
	Calls int
	// Streams counts what was answered once and is still open.
	Streams int
	// Latency is the moving average of answers; zero if there was none yet.
	Latency time.Duration
	// Success is the moving average of outcomes, 1 if all went well.
	Success float64
	// Ejected says that failures have taken it out of the picking for some time.
	Ejected bool
}

// Stats gives the endpoint's present record.
func (e *Endpoint) Stats() Stats {
	return Stats{
		Calls:   int(e.calls.Load()),
		Streams: int(e.streams.Load()),
		Latency: time.Duration(loadFloat(&e.latency)),
		Success: loadFloat(&e.success),
		Ejected: e.ejectedUntil.Load() != 0,
	}
}

func newEndpoint(p *Picker, m Member, now time.Duration) *Endpoint {
	e := &Endpoint{picker: p, origin: &m, window: new(window)}
	e.record = &record{member: m, state: p.config.Initial}
	storeFloat(&e.success, 1)
	e.doneAt.Store(int64(now))
	e.progressAt.Store(int64(now))
	e.readyAt.Store(notYet)
	if p.config.Initial == Ready {
		e.readyAt.Store(int64(now))
	}
	return e
}

func loadFloat(a *atomic.Uint64) float64     { return math.Float64frombits(a.Load()) }
func storeFloat(a *atomic.Uint64, f float64) { a.Store(math.Float64bits(f)) }
