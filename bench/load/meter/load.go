package meter

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Op is one operation of one caller. It checks what came of it.
type Op func() error

// Load is how operations are put to work.
type Load struct {
	// Warmup passes before anything counts, and Time is how long it counts; longer, if no
	// operation is done by then.
	Warmup, Time time.Duration
	// Rate is how many operations are due in a second, over all callers: an open loop. Zero: a
	// closed loop.
	Rate float64
	// Mark, if not nil, is called when the counting begins and when it ends, to look at
	// something else at the same moment.
	Mark func(end bool) error
	// Progress, if not nil, is called at times with the operations that are done by now.
	Progress func(done uint64)
}

// Outcome is what Run has measured.
type Outcome struct {
	Ops     uint64
	Elapsed time.Duration
	Latency Histogram
	Late    Histogram // of the generator itself, in an open loop
}

// PerSecond is the rate of operations.
func (o *Outcome) PerSecond() float64 {
	if o.Elapsed <= 0 {
		return 0
	}
	return float64(o.Ops) / o.Elapsed.Seconds()
}

// patience is how long callers may take to come back from an operation.
const patience = 10 * time.Second

// progressEvery is the time between two reports.
const progressEvery = 250 * time.Millisecond

// The phases of a run.
const (
	warming int32 = iota
	counting
	stopping
)

// run is one Run. The callers watch phase; first holds the error that ended it early.
type run struct {
	load  Load
	start time.Time
	phase atomic.Int32
	end   context.CancelCauseFunc
}

// caller is the state of one goroutine. done is read by others while it runs.
type caller struct {
	done    atomic.Uint64
	latency Histogram
	late    Histogram
	_       [64]byte // keeps the counters of two callers apart
}

// Run puts each of ops into a goroutine of its own and measures until the time is over, an
// operation fails, or ctx ends; the last two give an error.
func Run(ctx context.Context, load Load, ops []Op) (*Outcome, error) {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	r := &run{load: load, start: time.Now(), end: end}
	callers := make([]*caller, len(ops))
	var all sync.WaitGroup
	for i, op := range ops {
		callers[i] = new(caller)
		all.Go(func() { r.call(callers[i], i, len(ops), op) })
	}
	out, err := r.watch(ctx, callers)
	r.phase.Store(stopping)
	if gone := within(&all, patience); !gone {
		return nil, errors.Join(err, fmt.Errorf("meter: callers hang %v after the end", patience))
	}
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return nil, err
	}
	for _, c := range callers {
		out.Latency.Add(&c.latency)
		out.Late.Add(&c.late)
	}
	return out, nil
}

// watch lets the time pass and takes the counts at its marks.
func (r *run) watch(ctx context.Context, callers []*caller) (*Outcome, error) {
	if err := r.pass(ctx, r.load.Warmup, callers); err != nil {
		return nil, err
	}
	if err := r.mark(false); err != nil {
		return nil, err
	}
	r.phase.Store(counting)
	before, begun := total(callers), time.Now()
	err := r.pass(ctx, r.load.Time, callers)
	for slow := time.Now(); err == nil && total(callers) == before; {
		if time.Since(slow) > patience {
			return nil, fmt.Errorf("meter: no operation came to its end in %v", time.Since(begun))
		}
		err = r.pass(ctx, time.Millisecond, callers)
	}
	out := &Outcome{Ops: total(callers) - before, Elapsed: time.Since(begun)}
	r.phase.Store(stopping)
	return out, errors.Join(err, r.mark(true))
}

// pass waits for d and tells the progress meanwhile.
func (r *run) pass(ctx context.Context, d time.Duration, callers []*caller) error {
	for until := time.Now().Add(d); ; {
		left := time.Until(until)
		if left <= 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(min(left, progressEvery)):
		}
		if r.load.Progress != nil {
			r.load.Progress(total(callers))
		}
	}
}

func (r *run) mark(end bool) error {
	if r.load.Mark == nil {
		return nil
	}
	return r.load.Mark(end)
}

// call is the goroutine of one caller, the i-th of n.
func (r *run) call(c *caller, i, n int, op Op) {
	var err error
	if r.load.Rate > 0 {
		err = r.open(c, i, n, op)
	} else {
		err = r.closed(c, op)
	}
	if err != nil {
		r.end(fmt.Errorf("caller %d: %w", i, err))
	}
}

// closed calls again and again. The end of one operation is the beginning of the next, which
// saves a look at the clock.
func (r *run) closed(c *caller, op Op) error {
	for begun := time.Now(); r.phase.Load() != stopping; {
		if err := op(); err != nil {
			return err
		}
		now := time.Now()
		c.count(&r.phase, now.Sub(begun))
		begun = now
	}
	return nil
}

// open calls when an operation is due, or at once if that time is past, and counts the latency
// from the time it was due.
func (r *run) open(c *caller, i, n int, op Op) error {
	gap := float64(time.Second) / r.load.Rate
	for k := i; ; k += n {
		due := r.start.Add(time.Duration(float64(k) * gap))
		if wait := time.Until(due); wait > 0 {
			time.Sleep(wait)
			if r.phase.Load() == counting {
				c.late.Record(time.Since(due))
			}
		}
		if r.phase.Load() == stopping {
			return nil
		}
		if err := op(); err != nil {
			return err
		}
		c.count(&r.phase, time.Since(due))
	}
}

// count notes an operation that is done.
func (c *caller) count(phase *atomic.Int32, d time.Duration) {
	c.done.Store(c.done.Load() + 1) // nobody else writes
	if phase.Load() == counting {
		c.latency.Record(d)
	}
}

// total is what all callers have done.
func total(callers []*caller) (n uint64) {
	for _, c := range callers {
		n += c.done.Load()
	}
	return n
}

// within waits for all, but not longer than d.
func within(all *sync.WaitGroup, d time.Duration) bool {
	gone := make(chan struct{})
	go func() { all.Wait(); close(gone) }()
	select {
	case <-gone:
		return true
	case <-time.After(d):
		return false
	}
}
