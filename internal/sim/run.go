package sim

import (
	"fmt"
	"io"
)

// Options choose a run. Equal options give equal runs, byte for byte.
type Options struct {
	// Seed decides everything: the size of the world, its faults, its work and its timing.
	Seed uint64

	// Calls is how many calls are asked. Zero means 200.
	Calls int

	// Trace takes a line for each thing that happens. Nil: none.
	Trace io.Writer
}

// Report is what a run that kept all promises was like.
type Report struct {
	// Hash is of all bytes, times and decisions: equal for equal options.
	Hash uint64

	// Steps is how many moments the run had.
	Steps int

	// Seen counts what happened, by name: faults, effects, refusals. Tests see by it that the
	// runs reach every corner.
	Seen map[string]int
}

// Failure is a promise that was broken.
type Failure struct {
	Seed  uint64
	Calls int
	Step  int    // when
	What  string // which promise, and how
	Tail  string // the last lines of the trace
}

// Error tells all of it, and the command that shows it again.
func (f *Failure) Error() string {
	return fmt.Sprintf("seed %d, step %d: %s\n%sreplay: "+
		"go test ./internal/sim -run TestPromisesHold -seed %d -calls %d -show",
		f.Seed, f.Step, f.What, f.Tail, f.Seed, f.Calls)
}

// Run plays one seed. The error is a *Failure.
func Run(o Options) (Report, error) {
	if o.Calls == 0 {
		o.Calls = 200
	}
	r, f := play(o)
	if f == nil {
		return r, nil
	}
	if o.Trace == nil { // the same run again, and this time somebody watches
		last := &tail{}
		o.Trace = last
		_, again := play(o)
		if again == nil || again.What != f.What {
			f.What += " (and the same seed gave another run)"
		}
		f.Tail = last.String()
	}
	return r, f
}

// play runs a new world to its end.
func play(o Options) (r Report, f *Failure) {
	w := newWorld(o)
	w.guarded(func() {
		w.begin()
		w.live()
		w.judge()
	})
	return Report{Hash: w.trace.hash, Steps: w.step, Seen: w.seen}, w.failure
}
