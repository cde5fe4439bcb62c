package discovery

import (
	"fmt"
	"time"

	"github.com/leverrpc/lever/engine"
)

// sieve decides which views of a source are shown, and when:
//
//	view ──tidy, in order?──▶ told ──▶ waiting ──debounce, hold──▶ shown
//	              │                                                  ▲
//	              └─▶ error: refused whole          empty, after ────┘
//	                                                ErrNoService for keep
//
// Time is an argument. Owned by a watch.
type sieve struct {
	debounce, hold, keep time.Duration

	told   *engine.View // the newest that was accepted
	shown  *engine.View // what callers are given; nil: nothing is known yet
	showAt time.Time    // when told is shown; zero: it is, or is not to be
	since  time.Time    // when the oldest of the views that wait was offered; counts with showAt
	held   bool         // told waits since it lacks too much
	endAt  time.Time    // when the service counts as gone; zero: nobody says that it is
}

// offer takes a view, or says why it is refused.
func (s *sieve) offer(now time.Time, given engine.View) error {
	view, err := tidy(given)
	if err != nil {
		return err
	}
	if s.told != nil {
		if err := follows(s.told, view); err != nil {
			return err
		}
	}
	s.told, s.endAt = view, time.Time{}
	if s.shown != nil && same(s.shown, view) {
		s.showAt, s.held = time.Time{}, false
		return nil
	}
	s.schedule(now)
	return nil
}

// missing notes that the source does not know the service.
func (s *sieve) missing(now time.Time) {
	if s.shown != nil && len(s.shown.Instances) > 0 && s.keep >= 0 && s.endAt.IsZero() {
		s.endAt = now.Add(s.keep)
	}
}

// due gives the view that is to be shown from now on, or nil if that has not changed.
func (s *sieve) due(now time.Time) *engine.View {
	switch {
	case reached(s.showAt, now):
		s.shown = s.told
	case reached(s.endAt, now):
		s.endAt = time.Time{}
		if len(s.shown.Instances) == 0 {
			return nil
		}
		s.shown = &engine.View{Epoch: s.shown.Epoch}
	default:
		return nil
	}
	s.showAt, s.held = time.Time{}, false
	return s.shown
}

// deadline is when due must be asked next; zero: not before the next offer.
func (s *sieve) deadline() time.Time { return earlier(s.showAt, s.endAt) }

// follows says why a view cannot come after another.
func follows(last, next *engine.View) error {
	switch {
	case next.Epoch < last.Epoch:
		return fmt.Errorf("epoch %d comes after epoch %d", next.Epoch, last.Epoch)
	case next.Epoch != 0 && next.Epoch == last.Epoch && !same(last, next):
		return fmt.Errorf("epoch %d comes again, with other instances", next.Epoch)
	}
	return nil
}

// schedule sets when told is shown: what lacks most once that was so for hold, anything else once a
// change has waited for debounce, whichever views came meanwhile. So a source that cannot make up
// its mind keeps callers waiting for hold and debounce at most. A view with a ledger does not wait:
// who keeps that paces its views, and calls of what has changed hands wait for the news.
func (s *sieve) schedule(now time.Time) {
	if s.showAt.IsZero() {
		s.since = now
	}
	held := s.hold > 0 && s.lacksMost()
	switch {
	case held && s.held:
	case held:
		s.showAt = now.Add(s.hold)
	case s.shown == nil, s.told.Owners != nil:
		s.showAt = now
	default:
		s.showAt = s.since.Add(max(s.debounce, 0))
	}
	s.held = held
}

// lacksMost says whether told lacks more than half of what is shown and not draining.
func (s *sieve) lacksMost() bool {
	if s.shown == nil {
		return false
	}
	still := make(map[string]bool, len(s.told.Instances))
	for i := range s.told.Instances {
		still[name(&s.told.Instances[i])] = true
	}
	had, lost := 0, 0
	for i := range s.shown.Instances {
		if in := &s.shown.Instances[i]; !in.Draining {
			had++
			if !still[name(in)] {
				lost++
			}
		}
	}
	return 2*lost > had
}

func reached(at, now time.Time) bool { return !at.IsZero() && !now.Before(at) }

// earlier gives the earlier of two times, of which zero is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
