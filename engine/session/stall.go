package session

import (
	"time"

	"github.com/leverrpc/lever/frame"
)

// stall finds a peer that asks for results and grants no credit for them, or too little to count:
// each pins its memory for as long as it waits. Results of streams do not count, because whoever
// reads a stream may pause for as long as he likes, and its result waits behind its messages.
type stall struct {
	since   time.Duration // when the first began to wait, or when enough of them had been sent
	answers int32         // results of unary calls that wait, whole or in part
	sent    int32         // bytes of them that could be sent since then
	passed  int32         // bytes of all payload since then, up to leastProgress
	seen    bool          // too few could, once; since is the time of that
}

// leastProgress is how many bytes must move within a timeout where bytes wait. Fewer are no
// progress: a peer that takes a little now and then would be able to wait for ever.
const leastProgress = 16 << 10

// begin starts a new period.
func (st *stall) begin(now time.Duration, seen bool) {
	st.since, st.sent, st.passed, st.seen = now, 0, 0, seen
}

// moved notes that n bytes of results have been sent.
func (st *stall) moved(now time.Duration, n int) {
	if st.sent += int32(n); st.sent >= leastProgress {
		st.begin(now, false)
	}
}

// pin notes that the result of a unary call waits, with n bytes.
func (s *Session) pin(c *Call, n int) {
	if c.Streaming() {
		return
	}
	c.send.pinned = true
	s.backlog.bytes += n
	if s.stall.answers++; s.stall.answers == 1 {
		s.stall.begin(s.now, false)
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

// outrun reports whether a result that waits has credit of its own, and others were sent before it
// with that of the connection: it is their turn, and the peer has done what it can.
func (s *Session) outrun() bool {
	if s.stall.passed < leastProgress {
		return false
	}
	for _, list := range s.ready {
		for c := list.head; c != nil; c = c.next {
			if c.send.pinned {
				return true
			}
		}
	}
	return false
}

// checkStall gives up a peer whose credit has not come. The session does not know how long the
// transport has had what was sent last, so it believes the second time only.
func (s *Session) checkStall() {
	by, ok := s.starvedBy()
	switch {
	case !ok || s.now < by:
	case s.outrun():
		s.stall.begin(s.now, false)
	case !s.stall.seen:
		s.stall.begin(s.now, true)
	default:
		s.violate(frame.ReasonTimeout, "credit for %d bytes of %d results within %v",
			s.stall.sent, s.stall.answers, s.limits.CreditTimeout)
	}
}
