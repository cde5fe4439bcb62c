//go:build unix

package ordeal

import (
	"testing"
	"time"
)

// loss is how an owner was lost, and what follows from that about the journal.
type loss struct {
	owner   string
	at      time.Time            // not before: it may have run until then
	stopped time.Time            // not after: it was not running any more
	sent    map[string]time.Time // when each call was made
}

// turn is what the journal has said of a resource so far.
type turn struct {
	owner string
	fence uint64
	until time.Time        // the latest end of the owner's lease that it has told
	open  map[string]event // visits that have begun, and not ended
	turns int              // changes of the owner
}

// check goes through the journal: every resource went from the owner that was lost to the other,
// once, when the lease was over.
func (x *loss) check(t *testing.T, events []event) {
	t.Helper()
	turns, late := map[string]*turn{}, 0
	var soonest time.Duration
	for _, e := range events {
		s := turns[e.Resource]
		switch {
		case s == nil:
			s = &turn{owner: e.Instance, open: map[string]event{}}
			turns[e.Resource] = s
		case e.Begins && x.isLate(s, e):
			late++
			continue
		}
		if e.Begins {
			x.begin(t, s, e)
			if s.turns == 1 && soonest == 0 {
				soonest = e.At.Sub(x.at)
			}
		} else {
			delete(s.open, e.Call)
		}
	}
	for name, s := range turns {
		if s.turns != 1 || s.owner == x.owner {
			t.Errorf("%s has changed its owner %d times, and is at %s", name, s.turns, s.owner)
		}
	}
	t.Logf("%d resources went to the next owner from %v after the loss on; %d visits of the first "+
		"began too late, and their fences show it", len(turns), soonest, late)
}

// isLate reports whether the owner was stopped in the moment in which a visit began: after it had
// looked at its lease, and before it could write that down. Storage that checks fences refuses it.
func (x *loss) isLate(s *turn, e event) bool {
	return e.Instance == x.owner && s.owner != x.owner && e.Fence < s.fence &&
		x.sent[e.Call].Before(x.stopped)
}

// begin judges one visit.
func (x *loss) begin(t *testing.T, s *turn, e event) {
	t.Helper()
	if e.Instance != s.owner {
		if s.owner != x.owner {
			t.Errorf("%s has moved from %s to %s, which was there", e.Resource, s.owner, e.Instance)
		}
		if !e.At.After(s.until) {
			t.Errorf("%s begins on %s %v before the lease of %s is over",
				e.Instance, e.Resource, s.until.Sub(e.At), s.owner)
		}
		for _, open := range s.open { // what runs on is what was interrupted
			if open.At.After(x.stopped) {
				t.Errorf("%s and %s run on %s at once: the one began %v after the loss, the other %v",
					s.owner, e.Instance, e.Resource, open.At.Sub(x.at), e.At.Sub(x.at))
			}
		}
		s.owner, s.until, s.turns = e.Instance, time.Time{}, s.turns+1
		clear(s.open)
	}
	if e.Fence < s.fence {
		t.Errorf("%s begins on %s with fence %d after %d", e.Instance, e.Resource, e.Fence, s.fence)
	}
	if !e.At.Before(e.Until) {
		t.Errorf("%s begins on %s %v after its lease is over",
			e.Instance, e.Resource, e.At.Sub(e.Until))
	}
	s.fence = e.Fence
	if e.Until.After(s.until) {
		s.until = e.Until
	}
	s.open[e.Call] = e
}
