package discovery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/leverrpc/lever/engine"
)

// ErrClosed is what a Resolver gives once it was closed.
var ErrClosed = errors.New("discovery: resolver was closed")

// Resolver is an engine.Resolver that watches a Source, once for each service that is asked for.
// One of them may serve all clients of a process. Safe for concurrent use.
type Resolver struct {
	source Source
	config Config
	ctx    context.Context // ends with Close; ends the watches
	cancel context.CancelFunc

	watches atomic.Pointer[table] // replaced under mu
	mu      sync.Mutex
	closed  bool // guarded by mu
	all     sync.WaitGroup
}

// New makes a Resolver that knows nothing yet and watches nothing.
func New(source Source, config Config) *Resolver {
	r := &Resolver{source: source, config: config.filled()}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	r.watches.Store(new(table))
	return r
}

// Resolve gives the instances of the service that target addresses, as they were last shown. It
// waits only for the first view, as long as ctx and Config.Patience let it. The View is lent for
// ever: nobody changes it.
func (r *Resolver) Resolve(ctx context.Context, target engine.URL) (*engine.View, error) {
	if w := r.watches.Load().find(&target); w != nil {
		if view := w.view.Load(); view != nil {
			w.use()
			return view, nil
		}
	}
	return r.await(ctx, target)
}

// State tells what is known of the service that target addresses. It is not ok if nobody has asked
// for the service lately.
func (r *Resolver) State(target engine.URL) (s State, ok bool) {
	if w := r.watches.Load().find(&target); w != nil {
		return *w.state.Load(), true
	}
	return State{}, false
}

// Close ends all watches and waits for them. The views that were given stay good.
func (r *Resolver) Close() error {
	r.cancel()
	r.mu.Lock()
	r.closed = true
	r.watches.Store(new(table))
	r.mu.Unlock()
	r.all.Wait()
	return nil
}

// await gives the first view of a service.
func (r *Resolver) await(ctx context.Context, target engine.URL) (*engine.View, error) {
	w, err := r.pin(target)
	if err != nil {
		return nil, err
	}
	defer r.unpin(w)
	select {
	case <-w.settled:
	case <-ctx.Done():
		return nil, w.ignorance(ctx.Err())
	}
	if view := w.view.Load(); view != nil {
		return view, nil
	}
	return nil, w.ignorance(nil)
}

// pin gives the watch of a service, and keeps it until unpin.
func (r *Resolver) pin(target engine.URL) (*watch, error) {
	target.Resource, target.Method = "", ""
	if err := target.Check(); err != nil {
		return nil, fmt.Errorf("discovery: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, ErrClosed
	}
	old := r.watches.Load()
	w := old.find(&target)
	if w == nil {
		if len(old.all) >= r.config.MaxServices {
			return nil, fmt.Errorf("discovery: %s: %d services are watched already",
				target, len(old.all))
		}
		target.Port = portOf(&target)
		w = newWatch(r, target)
		r.watches.Store(newTable(append(slices.Clone(old.all), w)))
		r.all.Go(w.run)
	}
	w.pins++
	w.use()
	return w, nil
}

func (r *Resolver) unpin(w *watch) {
	r.mu.Lock()
	defer r.mu.Unlock()
	w.pins--
}

// forget drops a watch that nobody has used since the last time, and says whether it did.
func (r *Resolver) forget(w *watch) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if used := w.used.Swap(false); used || w.pins > 0 {
		return false
	}
	others := slices.Clone(r.watches.Load().all)
	r.watches.Store(newTable(slices.DeleteFunc(others, func(o *watch) bool { return o == w })))
	return true
}
