package sim

import (
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/pool"
)

// world is one run: one clock, one source of random numbers, one agenda.
type world struct {
	options Options
	now     time.Duration
	step    int
	rand    *rand.Rand
	agenda  agenda
	trace   trace
	plan    plan
	seen    map[string]int
	failure *Failure

	callers  []*caller
	hosts    []*host
	conns    []*conn
	calls    []*call
	settled  time.Duration // when the work was done
	settling bool          // the work is done: no faults any more, everybody answers and reads
	manual   bool          // somebody else decides what the applications do

	pooled int // buffers of the pool that were in use at the beginning

	scratch []byte   // the body that is being built
	spare   [][]byte // buffers that can be used again
}

func newWorld(o Options) *world {
	w := &world{
		options: o, rand: rand.New(rand.NewPCG(o.Seed, 0x1ea5)), seen: make(map[string]int),
		trace: trace{out: o.Trace}, now: time.Hour,
	}
	w.pooled, _ = pool.Live()
	return w
}

// at plans do for a moment, now at the earliest.
func (w *world) at(when time.Duration, do func()) { w.agenda.add(max(when, w.now), do) }

// after plans do for d from now.
func (w *world) after(d time.Duration, do func()) { w.at(w.now+d, do) }

// live lets everything happen that is planned, and what comes of it.
func (w *world) live() {
	for w.failure == nil {
		it, ok := w.agenda.take()
		if !ok || w.settling && it.at > w.settled+restTime {
			return
		}
		w.now = it.at
		w.step++
		w.trace.mark(uint64(w.now))
		it.do()
		if w.step > maxSteps {
			w.fail("the run does not come to rest")
		}
	}
}

// restTime is how long after its last fault a run may take: keepalives and timeouts are over then.
const restTime = 20 * time.Minute

// maxSteps is far beyond what a run takes that comes to rest.
const maxSteps = 3_000_000

// fail notes the first promise that was broken; the run ends then.
func (w *world) fail(format string, args ...any) {
	if w.failure == nil {
		w.failure = &Failure{
			Seed: w.options.Seed, Calls: w.options.Calls, Step: w.step,
			What: fmt.Sprintf(format, args...),
		}
		w.say("FAILS: %s", w.failure.What)
	}
}

// guarded runs f; a panic breaks a promise like any other.
func (w *world) guarded(f func()) {
	defer func() {
		if r := recover(); r != nil {
			w.fail("panic: %v\n%s", r, debug.Stack())
		}
	}()
	f()
}

func (w *world) say(format string, args ...any) {
	if w.trace.on() {
		w.trace.say(w.step, w.now-time.Hour, format, args...)
	}
}

// saw counts something for the report.
func (w *world) saw(what string) { w.seen[what]++ }

// chance is true in percent of 100 cases.
func (w *world) chance(percent int) bool { return percent > 0 && w.rand.IntN(100) < percent }

// upTo gives a time from 0 to most, and more often a short one.
func (w *world) upTo(most time.Duration) time.Duration {
	if most <= 0 {
		return 0
	}
	return time.Duration(float64(most) * w.rand.Float64() * w.rand.Float64())
}

// pick gives one of the choices.
func pick[T any](w *world, choices ...T) T { return choices[w.rand.IntN(len(choices))] }

// names of the two sides of a connection, by session.Role.
var sideNames = [...]string{session.Client: "client", session.Server: "server"}
