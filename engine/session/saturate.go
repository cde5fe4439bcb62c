package session

import "time"

// SaturatedAfter is how long a call may wait to be sent before its connection counts as saturated:
// for a slot, for credit, or for a transport that is busy with what came before. It is far more than
// a burst takes that the connection can carry, and little beside the waits of callers whose calls
// outnumber the slots.
const SaturatedAfter = 50 * time.Millisecond

// checkSaturated is reached when a call could not be sent at once. It tells the application that
// calls wait for long, though not with each of them. Bulk may wait as long as others like; and before
// the peer's HELLO all calls wait for more than the least that every peer grants.
func (s *Session) checkSaturated() {
	if s.state != open || s.now < s.quietUntil {
		return
	}
	const bulk = 2
	for class := range bulk {
		if starves(s.now, s.waiting[class].head, s.ready[class].head, s.large[class].head) {
			s.quietUntil = s.now + SaturatedAfter
			s.notify(notice{kind: Saturated})
			return
		}
	}
}

// starves reports whether one of the calls, nil for none, is not sent and has waited for long.
func starves(now time.Duration, calls ...*Call) bool {
	for _, c := range calls {
		if c != nil && c.id == 0 && now-c.began >= SaturatedAfter {
			return true
		}
	}
	return false
}
