package session

import (
	"time"

	"github.com/leverrpc/lever/frame"
)

// bucket counts frames that make no progress. It begins full, refills with time, and an empty
// one closes the connection: SPEC, glitches.
type bucket struct {
	left  int
	since time.Duration // the time up to which refill has been counted
}

// glitch takes one token; false: there was none, and the connection is closed.
func (s *Session) glitch() bool {
	b, l := &s.glitches, s.limits
	if b.left == 0 {
		per := time.Second / time.Duration(l.GlitchRefill)
		n := int64((s.now - b.since) / per)
		b.left = int(min(n, int64(l.Glitches)))
		b.since += time.Duration(n) * per
	}
	if b.left == 0 {
		return s.violate(frame.ReasonCalm, "too many frames without progress")
	}
	if b.left == l.Glitches {
		b.since = s.now
	}
	b.left--
	return true
}

// progress gives one token back: a call was completed.
func (s *Session) progress() {
	if s.glitches.left < s.limits.Glitches {
		s.glitches.left++
	}
}
