package session

import (
	"time"

	"github.com/leverrpc/lever/frame"
)

// receiver is one call's way in.
type receiver struct {
	window window

	// unread is what was delivered and not released; prepaid is the part of it whose credit the
	// peer has already got back, because it was assembled from fragments. 0 ≤ prepaid ≤ unread.
	unread, prepaid int

	// held is what has come of a message, a result or a call that has begun and not ended: the
	// payloads of its frames, one behind the other; first is the header of the first. first.Type is
	// zero when nothing is being assembled, and held is empty then. skip means that the rest is only
	// counted.
	held  collected
	first frame.Header
	paid  int // bytes of held whose credit has been returned
	skip  bool

	into []byte // memory for a result, lent by the caller; nil: none

	watched bool // it was there when unfinished payloads were looked at last
}

func (r *receiver) assembling() bool { return r.first.Type != 0 }

// drop forgets what has been assembled.
func (r *receiver) drop() {
	r.held.drop()
	r.paid = 0
}

// expecting reports whether the peer may still send payload on this call, which is not done. The
// side that opened it has the RESULT to come, also behind FINISH and its own CANCEL.
func (s *Session) expecting(c *Call) bool {
	return s.role == Client || c.state == opened || c.recv.assembling()
}

// onMsg takes a stream's message, or the continuation of a message, a CALL or a RESULT.
func (s *Session) onMsg(h *frame.Header, p []byte) bool {
	if !s.bytes.take(int(h.Length)) {
		return s.overdraw(h)
	}
	c, act := s.lookup(h)
	if c != nil && !s.takeCall(c, h) {
		return s.overdrawCall(c, h)
	}
	if c != nil && h.Aux != 0 && c.state != abandoned && !s.addCredit(c, h) {
		return false
	}
	switch {
	case c != nil && c.recv.assembling():
		return s.continueAssembly(c, *h, p)
	case act == drop:
		return s.dropMessage(c, h)
	case act != deliver || !c.Streaming():
		return s.violateState(h, c)
	}
	if h.Length == 0 && !s.glitch() {
		return false
	}
	if s.unheard(c) {
		return s.dropMessage(c, h)
	}
	if h.Flags&frame.More != 0 {
		return s.beginAssembly(c, *h, p)
	}
	s.consumeHeld(int(h.Length))
	return s.deliverMessage(c, h.Flags, p, len(p), 0)
}

// unheard reports whether the handler of a call that this side answers takes no more messages:
// it has answered, and the RESULT waits for credit, or it has been told to stop.
func (s *Session) unheard(c *Call) bool {
	return s.role == Server && (c.detached || c.failed != 0)
}

// dropMessage discards a message for a call that is over, and gives its credit back.
func (s *Session) dropMessage(c *Call, h *frame.Header) bool {
	s.bytes.consume(int(h.Length))
	if c == nil { // an honest peer may have a window full of them under way
		if h.Length == 0 {
			s.glitch()
		}
		return false
	}
	c.recv.window.consume(int(h.Length))
	if h.Flags&frame.More != 0 {
		c.recv.first, c.recv.skip = *h, true
	}
	s.grantCall(c)
	return false
}

// deliverMessage hands a whole message of size bytes to the application; p is where it begins. paid
// of its bytes were credited while it was assembled.
func (s *Session) deliverMessage(c *Call, f frame.Flags, p []byte, size, paid int) bool {
	r := &c.recv
	r.unread += size
	r.prepaid += paid
	s.unread += size
	ev := s.tell(Message, c)
	ev.Data, ev.Flags, ev.Payload = c.data, f&frame.Bytes, p
	return true
}

// consumeHeld returns connection credit for bytes that the application has yet to read, while
// the connection may hold that many; else it waits for a Release.
func (s *Session) consumeHeld(n int) {
	if s.unread+n <= s.limits.UnreadBytes {
		s.bytes.consume(n)
	} else {
		s.withheld += n
		s.tight = true
	}
}

// Release says that the application has consumed n bytes of delivered messages.
func (s *Session) Release(now time.Duration, c *Call, n int) {
	s.now = max(s.now, now)
	r := &c.recv
	n = min(n, r.unread)
	r.unread -= n
	s.unread -= n
	paid := min(n, r.prepaid)
	r.prepaid -= paid
	r.window.consume(n - paid)
	if r.assembling() {
		s.payAssembly(c)
	}
	s.relent()
	s.grantCall(c)
	s.grantConn()
}

// relent returns the credit that was kept back while too much was unread.
func (s *Session) relent() {
	if !s.tight || s.unread > s.limits.UnreadBytes {
		return
	}
	s.tight = false
	s.bytes.consume(s.withheld)
	s.withheld = 0
	for _, c := range s.table.all() {
		if c.recv.assembling() && !c.recv.skip {
			s.payAssembly(c)
			s.grantCall(c)
		}
	}
	s.grantConn()
}

// dropReceived forgets what a call that nobody wants any more had delivered or begun, and makes
// its credit grantable. What is still to come of a begun payload will be skipped. Most calls have
// nothing of the kind.
func (s *Session) dropReceived(c *Call) {
	if c.recv.unread > 0 || c.recv.assembling() || c.recv.held.into != nil {
		s.discard(c)
	}
}

func (s *Session) discard(c *Call) {
	r := &c.recv
	r.window.consume(r.unread - r.prepaid + r.held.size - r.paid)
	s.unread -= r.unread
	s.assembled -= r.held.size
	r.unread, r.prepaid = 0, 0
	r.drop()
	r.skip = r.assembling()
	s.relent()
}

// onFinish takes the end of the peer's direction.
func (s *Session) onFinish(h *frame.Header) bool {
	c, act := s.lookup(h)
	switch {
	case act == ignore:
		s.glitch()
		return false
	case act != finish || !c.Streaming() || c.recv.assembling():
		return s.violateState(h, c)
	}
	c.state = half
	if c.detached {
		return false
	}
	s.tell(Finished, c).Data = c.data
	return true
}
