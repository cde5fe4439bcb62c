package discovery

import (
	"errors"
	"fmt"
	"time"

	"github.com/leverrpc/lever/engine"
)

// State is what a Resolver knows of one service at a moment.
type State struct {
	// View is what Resolve gives; nil while nothing is known.
	View *engine.View
	// Shown is when View became what Resolve gives.
	Shown time.Time
	// Err is why the source died, or why its last view was refused, and Since when that cause was
	// first seen. Nil: all is well.
	Err   error
	Since time.Time
	// Failures is how often in a row the source has died soon after it was asked.
	Failures int
	// Held says that a newer view waits, because it lacks too much; see Config.Hold.
	Held bool
}

// ignorance is the error of those who asked for a view and got none; ended is why they stopped to
// wait, if they did by themselves.
func (w *watch) ignorance(ended error) error {
	cause := w.state.Load().Err
	switch {
	case ended == nil && w.resolver.ctx.Err() != nil:
		return ErrClosed
	case ended == nil && cause == nil:
		cause = errors.New("the source has told nothing")
	case cause == nil:
		cause = ended
	case ended != nil:
		cause = fmt.Errorf("%w (%w)", ended, cause)
	}
	return fmt.Errorf("discovery: nothing is known of %s: %w", w.target, cause)
}

// fault records why something went wrong, and logs it if that is news.
func (w *watch) fault(now time.Time, what string, err error) {
	s := *w.state.Load()
	if s.Err == nil || s.Err.Error() != err.Error() {
		s.Since = now
	}
	s.Err, s.Failures = err, w.failures
	w.state.Store(&s)
	if w.journal.fresh(now, err) {
		w.logged = true
		w.resolver.config.Logger.Warn("discovery: "+what, "service", w.target.String(), "error", err)
	}
}

// well records that the source told something good.
func (w *watch) well(now time.Time) {
	s := *w.state.Load()
	if w.logged {
		w.logged = false
		w.resolver.config.Logger.Info("discovery: the source is well again",
			"service", w.target.String(), "after", now.Sub(s.Since))
	}
	s.Err, s.Since, s.Failures, s.Held = nil, time.Time{}, 0, w.sieve.held
	w.state.Store(&s)
}
