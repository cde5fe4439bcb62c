package session

import (
	"time"

	"github.com/leverrpc/lever/frame"
)

// stall finds a peer that asks for results and grants no credit for them: each pins its memory
// for as long as it waits. Results of streams do not count, because whoever reads a stream may
// pause for as long as he likes, and its result waits behind its messages.
type stall struct {
	answers int           // results of unary calls that wait, whole or in part
	since   time.Duration // when the first began to wait, or one of them moved
	seen    bool          // it was late once, and since is the time of that
}

// moved notes that a waiting result has been sent in part, or that the first one waits.
func (st *stall) moved(now time.Duration) { st.since, st.seen = now, false }

// pin notes that the result of a unary call waits.
func (s *Session) pin(c *Call) {
	if c.Streaming() {
		return
	}
	c.send.pinned = true
	if s.stall.answers++; s.stall.answers == 1 {
		s.stall.moved(s.now)
	}
}

// unpin is reached when a call is over.
func (s *Session) unpin(c *Call) {
	if c.send.pinned {
		c.send.pinned = false
		s.stall.answers--
	}
}

// starvedBy is the time at which results have waited for long; ok is false while they wait for
// nothing, or for the transport.
func (s *Session) starvedBy() (when time.Duration, ok bool) {
	if s.stall.answers == 0 || s.HasOutput() {
		return 0, false
	}
	return s.stall.since + s.limits.CreditTimeout, true
}

// checkStall gives up a peer whose credit has not come. The session does not know how long the
// transport has had what was sent last, so it believes the second time only.
func (s *Session) checkStall() {
	by, ok := s.starvedBy()
	switch {
	case !ok || s.now < by:
	case !s.stall.seen:
		s.stall.since, s.stall.seen = s.now, true
	default:
		s.violate(frame.ReasonTimeout, "no credit for %d results within %v",
			s.stall.answers, s.limits.CreditTimeout)
	}
}
