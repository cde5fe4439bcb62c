package session

import (
	"math"

	"github.com/leverrpc/lever/frame"
)

// maxCredit is the most that a side may have been granted and not used. SPEC: flow control.
const maxCredit = frame.MaxIncrement

// overdraw closes the connection because of a frame that its window of bytes did not allow.
func (s *Session) overdraw(h *frame.Header) bool {
	return s.violate(frame.ReasonFlow, "%v on call %d exceeds the connection's byte credit by %d",
		h.Type, h.ID, -s.bytes.open)
}

// overdrawCall does so because of a call's window.
func (s *Session) overdrawCall(c *Call, h *frame.Header) bool {
	return s.violate(frame.ReasonFlow, "%v exceeds the byte credit of call %d by %d",
		h.Type, h.ID, -c.recv.window.open)
}

// grantConn sends the connection's CREDIT frame when it is worth it.
func (s *Session) grantConn() {
	if s.bytes.due() || s.slots.due() {
		s.sendCredit()
	}
}

func (s *Session) sendCredit() {
	if s.state == closed || int(s.replies) >= s.limits.Replies {
		return
	}
	if s.bytes.due() {
		s.fitConn()
		s.measure()
	}
	h := frame.Header{
		Type: frame.Credit,
		Code: uint16(s.slots.grant(math.MaxUint16)),
		Aux:  uint32(s.bytes.grant(maxCredit)),
	}
	if h.Code != 0 || h.Aux != 0 { // else all that was due was taken back
		s.reply(h)
	}
}

// grantCall sends a call's CREDIT frame when it is worth it and the peer may still send.
func (s *Session) grantCall(c *Call) {
	if c.state == done || !s.expecting(c) || !c.recv.window.due() || s.state == closed ||
		int(s.replies) >= s.limits.Replies {
		return
	}
	s.fitCall(c)
	n := uint32(c.recv.window.grant(maxCredit))
	s.reply(frame.Header{Type: frame.Credit, ID: c.id, Aux: n})
}

// resumeGrants is reached when the output was taken: what was not granted because too many
// replies waited is granted now, all that a window owes in one frame.
func (s *Session) resumeGrants() {
	many := int(s.replies) >= s.limits.Replies
	s.replies = 0
	if !many {
		return
	}
	s.grantConn()
	for _, c := range s.table.all() {
		s.grantCall(c)
	}
}

// onCredit takes credit that the peer grants, for the connection or for one call.
func (s *Session) onCredit(h *frame.Header) bool {
	s.creditFrames++
	if s.creditFrames > s.creditAllowance() {
		s.creditFrames--
		if !s.glitch() {
			return false
		}
	}
	if h.ID == 0 {
		return s.onConnCredit(h)
	}
	c, act := s.lookup(h)
	switch act {
	case add:
		return s.addCredit(c, h)
	case ignore: // it has crossed the end of its call
		return true
	}
	return s.violateState(h, c)
}

// onConnCredit adds to what this side may send on the whole connection.
func (s *Session) onConnCredit(h *frame.Header) bool {
	s.sendBytes += int64(h.Aux)
	s.sendSlots += int64(h.Code)
	if s.sendBytes > maxCredit || s.sendSlots > maxCredit {
		return s.violate(frame.ReasonFlow, "CREDIT raises the connection's credit beyond 2^31-1")
	}
	s.stalled = false
	s.admit()
	return true
}

// addCredit adds to what this side may send on one call. MSG frames carry credit as well.
func (s *Session) addCredit(c *Call, h *frame.Header) bool {
	c.send.credit += int64(h.Aux)
	if c.send.credit > maxCredit {
		return s.violate(frame.ReasonFlow, "%v raises the credit of call %d beyond 2^31-1",
			h.Type, h.ID)
	}
	s.schedule(c)
	s.offerWrite(c)
	return true
}

// creditAllowance is how many CREDIT frames an honest peer may have sent by now: a few, and
// some per frame that this side sent. What goes beyond costs a glitch each.
func (s *Session) creditAllowance() uint64 {
	return 5 + 2*(s.callsSeen+10*s.framesSent)
}
