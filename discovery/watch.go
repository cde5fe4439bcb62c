package discovery

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/leverrpc/lever/engine"
)

// watch follows one service: it runs the source's Watch and starts it again when it has died. What
// others read is atomic; the rest is owned by the goroutine that runs it.
type watch struct {
	resolver *Resolver
	target   engine.URL
	views    chan engine.View // from the source

	view    atomic.Pointer[engine.View] // nil: nothing is known yet
	state   atomic.Pointer[State]
	used    atomic.Bool   // since forget was last asked
	settled chan struct{} // closed when there is a view, or no more patience
	pins    int           // those who wait or keep it; guarded by resolver.mu

	mu      sync.Mutex
	changed chan struct{} // closed when view changes; nil: nobody has asked; guarded by mu

	sieve    sieve
	patient  bool       // settled is open
	giveUpAt time.Time  // when patience ends; zero: never, or it has
	retryAt  time.Time  // when the source is asked again; zero: it is being asked
	idleAt   time.Time  // when to look whether anybody asks; zero: never
	died     chan error // the end of the Watch that runs
	askedAt  time.Time  // when that began
	failures int        // in a row
	journal  journal
	logged   bool // a fault of which it was not yet logged that it is over
}

// pauseMin is what the first pause after a failure is drawn from.
const pauseMin = 100 * time.Millisecond

func newWatch(r *Resolver, target engine.URL) *watch {
	c := &r.config
	w := &watch{
		resolver: r, target: target,
		views: make(chan engine.View), died: make(chan error, 1),
		settled: make(chan struct{}), patient: true,
		sieve: sieve{debounce: c.Debounce, hold: c.Hold, keep: c.Keep},
	}
	w.state.Store(new(State))
	return w
}

// use notes that somebody asks for the service. Most often that is noted already, and then all
// processors may keep the line they have.
func (w *watch) use() {
	if !w.used.Load() {
		w.used.Store(true)
	}
}

// next gives a channel that is closed when view changes.
func (w *watch) next() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.changed == nil {
		w.changed = make(chan struct{})
	}
	return w.changed
}

// run is the life of the watch. It ends with the resolver, or when nobody asks for the service.
func (w *watch) run() {
	ctx, stop := context.WithCancel(w.resolver.ctx)
	w.begin(ctx, time.Now())
	timer := time.NewTimer(0)
	defer timer.Stop()
	for alive := true; alive; {
		select {
		case view := <-w.views:
			w.take(time.Now(), view)
		case err := <-w.died:
			w.fail(time.Now(), err)
		case <-timer.C:
			alive = w.tick(ctx, time.Now())
		case <-ctx.Done():
			alive = false
		}
		if at := w.deadline(); !at.IsZero() {
			timer.Reset(time.Until(at))
		}
	}
	stop()
	if w.retryAt.IsZero() {
		<-w.died
	}
	w.settle()
}

// begin sets the times that count from the first question, and asks the source.
func (w *watch) begin(ctx context.Context, now time.Time) {
	if d := w.resolver.config.Patience; d > 0 {
		w.giveUpAt = now.Add(d)
	}
	if d := w.resolver.config.Idle; d > 0 {
		w.idleAt = now.Add(d)
	}
	w.ask(ctx, now)
}

// ask starts the source's Watch.
func (w *watch) ask(ctx context.Context, now time.Time) {
	w.askedAt, w.retryAt = now, time.Time{}
	emit := func(view engine.View) {
		select {
		case w.views <- view:
		case <-ctx.Done():
		}
	}
	go func() { w.died <- w.resolver.source.Watch(ctx, w.target, emit) }()
}

// take handles what the source has told.
func (w *watch) take(now time.Time, view engine.View) {
	if err := w.sieve.offer(now, view); err != nil {
		w.fault(now, "a view is refused", err)
		return
	}
	w.well(now)
	w.reveal(now)
}

// fail handles the end of the source's Watch.
func (w *watch) fail(now time.Time, err error) {
	if w.resolver.ctx.Err() != nil {
		w.retryAt = now // so that nobody waits for another end
		return
	}
	if err == nil {
		err = errors.New("the source ended without an error")
	}
	if most := w.resolver.config.Backoff; now.Sub(w.askedAt) > max(most, pauseMin) {
		w.failures = 0 // a good life, unlike that of a source that tells something and dies
	}
	w.retryAt = now.Add(pause(w.failures, w.resolver.config.Backoff))
	w.failures++
	if errors.Is(err, ErrNoService) {
		w.sieve.missing(now)
	}
	w.fault(now, "the source died", err)
}

// tick does what is due, and says whether the watch goes on.
func (w *watch) tick(ctx context.Context, now time.Time) bool {
	w.reveal(now)
	if reached(w.giveUpAt, now) {
		w.settle()
	}
	if reached(w.retryAt, now) {
		w.ask(ctx, now)
	}
	if reached(w.idleAt, now) {
		w.idleAt = now.Add(w.resolver.config.Idle)
		return !w.resolver.forget(w)
	}
	return true
}

// deadline is when tick has something to do; zero: not before anything else has happened.
func (w *watch) deadline() time.Time {
	at := earlier(w.giveUpAt, w.sieve.deadline())
	return earlier(at, earlier(w.retryAt, w.idleAt))
}

// reveal shows what is due.
func (w *watch) reveal(now time.Time) {
	for view := w.sieve.due(now); view != nil; view = w.sieve.due(now) {
		w.show(now, view)
	}
}

// show gives callers another view.
func (w *watch) show(now time.Time, view *engine.View) {
	s := *w.state.Load()
	s.View, s.Shown, s.Held = view, now, false
	w.state.Store(&s)
	w.change(view)
	w.settle()
}

// change sets the view. Whoever sees it and then asks for next waits for another one.
func (w *watch) change(view *engine.View) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.view.Store(view)
	if w.changed != nil {
		close(w.changed)
		w.changed = nil
	}
}

// settle ends the waiting for the first view.
func (w *watch) settle() {
	if w.patient {
		close(w.settled)
	}
	w.patient, w.giveUpAt = false, time.Time{}
}

// pause draws how long to wait after a number of failures in a row: full jitter, which spreads
// those who lost one source at the same moment better than any fixed share of chance.
func pause(failures int, most time.Duration) time.Duration {
	return rand.N(min(pauseMin<<min(failures, 20), max(most, pauseMin)) + 1)
}
