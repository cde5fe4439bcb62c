package session

import (
	"fmt"
	"time"

	"github.com/leverrpc/lever/frame"
)

// A payload that has begun holds its part of Limits.AssemblyBytes until it is whole. So that no
// peer keeps that for ever, the session looks at all of them once in Limits.BodyTimeout, and fails
// the call of each that was there at the last look and has hardly grown since, although its sender
// had the credit to go on, and hardly anything whose turn is before it. SPEC: F-433.

// watchBodies makes sure that a look is due.
func (s *Session) watchBodies() {
	if s.sweepAt == 0 {
		s.sweepAt = s.now + s.limits.BodyTimeout
		s.came = [3]uint16{}
	}
}

// takeCall takes a frame's payload from its call's window, and counts it for the next look.
func (s *Session) takeCall(c *Call, h *frame.Header) bool {
	if s.sweepAt != 0 {
		n := &s.came[c.class()]
		*n = uint16(min(uint64(*n)+uint64(h.Length), leastProgress))
	}
	return c.recv.window.take(int(h.Length))
}

// cameFor is how much has come since the last look of what takes turns with a call: its own
// payload, and that of all calls of its class or a higher one.
func (s *Session) cameFor(c *Call) (n int) {
	for _, of := range s.came[:c.class()+1] {
		n += int(of)
	}
	return n
}

// sweepBy is the time of the next look.
func (s *Session) sweepBy() (time.Duration, bool) { return s.sweepAt, s.sweepAt != 0 }

// sweep takes a look.
func (s *Session) sweep() {
	if s.sweepAt == 0 || s.now < s.sweepAt {
		return
	}
	s.sweepAt = 0
	again := false
	for _, c := range s.table.all() {
		r := &c.recv
		if !r.assembling() || r.skip {
			continue
		}
		if n := s.cameFor(c); r.watched && n < leastProgress && s.mayGrow(r) {
			s.failAssembly(c, frame.Header{Flags: frame.More}, frame.ResourceExhausted, fmt.Errorf(
				"session: an unfinished payload, and what goes before it, grew by %d bytes within %v",
				n, s.limits.BodyTimeout))
			continue
		}
		r.watched, again = true, true
	}
	if again {
		s.watchBodies()
	}
}

// mayGrow reports whether the sender of a payload has the credit for another fragment.
func (s *Session) mayGrow(r *receiver) bool {
	return min(r.window.open, s.bytes.open) >= frame.MinFragment
}
