package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// Registry is the registry as a service: it serves [Registry.Handlers] in any engine.Server whose
// service is [Service]. Safe for concurrent use.
type Registry struct {
	config Config
	store  *store // nil: nothing outlives the process; owned by run
	begun  time.Time

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	all    sync.WaitGroup // run
	kicked chan struct{}  // capacity 1: the keeper's deadline may be sooner

	mu     sync.Mutex
	keeper *keeper // guarded by mu
	closed bool    // guarded by mu
}

// lookEvery is how often the keeper is looked at, also if nothing is due: so that it notices when
// the process was stopped.
const lookEvery = pauseMax / 2

// saveRetry is the pause after a state that could not be saved.
const saveRetry = time.Second

// New starts a registry, from its state if there is one. Whoever makes it closes it.
func New(config Config) (*Registry, error) {
	r := &Registry{config: config.filled(), begun: time.Now(), kicked: make(chan struct{}, 1)}
	if err := r.config.check(); err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	var known []record
	var err error
	if config.State != "" {
		if r.store, known, err = openStore(config.State); err != nil {
			return nil, err
		}
	}
	if r.keeper, err = newKeeper(r.config, r.begun, known); err != nil {
		return nil, errors.Join(fmt.Errorf("registry: state %s: %w", config.State, err),
			r.store.close())
	}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	r.all.Go(r.run)
	return r, nil
}

// Close ends all streams, so that a server can shut down in peace. Leases go on: instances come
// back to the next registry that has the state.
func (r *Registry) Close() error {
	r.mu.Lock()
	first := !r.closed
	r.closed = true
	r.mu.Unlock()
	if !first {
		return nil
	}
	r.cancel()
	r.all.Wait()
	if r.store == nil {
		return nil
	}
	return r.store.close()
}

// now is the keeper's time.
func (r *Registry) now() time.Duration { return time.Since(r.begun) }

// command gives the keeper a command, and tells those whom it concerns.
func (r *Registry) command(do func(k *keeper, now time.Duration) error) error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return errClosing
	}
	err := do(r.keeper, r.now())
	touched := r.keeper.takeTouched()
	r.mu.Unlock()
	wake(touched)
	select {
	case r.kicked <- struct{}{}:
	default:
	}
	return err
}

// wake makes those who serve seats look at them.
func wake(seats []*seat) {
	for _, s := range seats {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
}

// run does what is due, until Close.
func (r *Registry) run() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		timer.Reset(r.advance())
		select {
		case <-timer.C:
		case <-r.kicked:
		case <-r.ctx.Done():
			r.advance()
			return
		}
	}
}

// advance does what is due, and gives the time until there is more.
func (r *Registry) advance() time.Duration {
	r.mu.Lock()
	changed := r.keeper.due(r.now())
	records := make([]record, 0, len(changed))
	for _, s := range changed {
		if s.kept {
			records = append(records, s.record())
		}
	}
	r.mu.Unlock()
	if !r.save(records) {
		return lookEvery // the streams end, and nobody is told
	}
	r.mu.Lock()
	r.keeper.publish(r.now(), changed)
	touched := r.keeper.takeTouched()
	wait := lookEvery
	if at, ok := r.keeper.deadline(); ok {
		wait = max(min(at-r.now(), wait), 0)
	}
	r.mu.Unlock()
	wake(touched)
	return wait
}

// save writes records down, however often it takes: nobody may be told of what a restart would
// undo. It reports false if the registry was closed meanwhile.
func (r *Registry) save(records []record) bool {
	if r.store == nil || len(records) == 0 {
		return true
	}
	for {
		err := r.store.save(records)
		if err == nil {
			return true
		}
		r.config.Logger.Error("registry: nothing changes until the state can be saved", "error", err)
		select {
		case <-time.After(saveRetry):
		case <-r.ctx.Done():
			return false
		}
	}
}

// serve tells a stream what its seat has for it, until one of them ends.
func (r *Registry) serve(ctx context.Context, seat *seat,
	tell func(*keeper) (func() error, error)) error {
	defer r.leave(seat)
	for {
		r.mu.Lock()
		send, err := tell(r.keeper)
		r.mu.Unlock()
		if send != nil {
			err = send()
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case send != nil:
			continue
		}
		select {
		case <-seat.wake:
		case <-ctx.Done():
			return ctx.Err()
		case <-r.ctx.Done():
			return errClosing
		}
	}
}

// leave gives a seat up.
func (r *Registry) leave(seat *seat) {
	_ = r.command(func(k *keeper, _ time.Duration) error {
		k.hangUp(seat)
		return nil
	})
}
