package session

import (
	"fmt"
	"time"

	"github.com/leverrpc/lever/frame"
)

// A payload that has begun holds its part of Limits.AssemblyBytes until it is whole. So that no
// peer keeps that for ever, the session looks at all of them once in Limits.BodyTimeout, and fails
// the call of each that was there at the last look and has hardly grown since, although its sender
// had the credit to go on.

// watchBodies makes sure that a look is due.
func (s *Session) watchBodies() {
	if s.sweepAt == 0 {
		s.sweepAt = s.now + s.limits.BodyTimeout
	}
}

// sweepBy is the time of the next look.
func (s *Session) sweepBy() (time.Duration, bool) { return s.sweepAt, s.sweepAt != 0 }

// sweep takes a look.
func (s *Session) sweep() {
	if s.sweepAt == 0 || s.now < s.sweepAt {
		return
	}
	s.sweepAt = 0
	for _, c := range s.table.all() {
		r := &c.recv
		if !r.assembling() || r.skip {
			continue
		}
		if r.watched && r.grown < leastProgress && s.mayGrow(r) {
			s.failAssembly(c, frame.Header{Flags: frame.More}, frame.ResourceExhausted, fmt.Errorf(
				"session: an unfinished payload grew by %d bytes within %v", r.grown, s.limits.BodyTimeout))
			continue
		}
		r.watched, r.grown = true, 0
		s.watchBodies()
	}
}

// mayGrow reports whether the sender of a payload has the credit for another fragment.
func (s *Session) mayGrow(r *receiver) bool {
	return min(r.window.open, s.bytes.open) >= frame.MinFragment
}
