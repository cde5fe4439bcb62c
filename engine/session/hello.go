package session

import (
	"github.com/leverrpc/lever/frame"
)

// appendHello writes this side's HELLO: the only frame whose id is a magic number.
func (s *Session) appendHello(seed uint64, highest, lowest uint32) {
	at := len(s.out)
	s.out = append(s.out, make([]byte, frame.HeaderSize)...)
	s.out = frame.AppendParams(s.out, *s.local, seed)
	frame.PutHeader(s.out[at:], frame.Header{
		Length: uint32(len(s.out) - at - frame.HeaderSize),
		Type:   frame.Hello,
		Code:   uint16(highest),
		ID:     frame.Magic,
		Aux:    lowest,
	})
	s.framesSent++
}

// onHello takes the peer's HELLO, which must be its first frame and its only one.
func (s *Session) onHello(h *frame.Header, p []byte) bool {
	if s.state != waitHello {
		return s.violate(frame.ReasonProtocol, "a second HELLO")
	}
	if !s.agree(h) {
		return false
	}
	params, err := frame.ConsumeParams(p)
	if err != nil {
		return s.violate(err.Reason, "HELLO: %s", err.Text)
	}
	s.adopt(params)
	switch {
	case s.role == Client:
		s.opened()
	case s.vets: // no answer goes out, and nothing more is read, until Admit or Close
		s.vetting = true
	default:
		s.greet()
	}
	s.tell(Hello, nil)
	return true
}

// agree checks the versions: a client offers a range, a server names one of it.
func (s *Session) agree(h *frame.Header) bool {
	low, high := h.Aux, uint32(h.Code)
	if s.role == Client {
		low = high
	}
	if low <= frame.Version && frame.Version <= high {
		return true
	}
	return s.violate(frame.ReasonBadVersion, "speaks %d to %d, peer %d to %d",
		frame.Version, frame.Version, low, high)
}

// adopt raises this side's credits from the minimum to what the peer announced.
func (s *Session) adopt(p frame.Params) {
	old := s.remote
	s.remote = p
	s.remote.Auth = append([]byte(nil), p.Auth...)
	s.sendBytes += int64(p.ConnBytes) - int64(old.ConnBytes)
	s.sendSlots += int64(p.Calls) - int64(old.Calls)
	more := int64(p.StreamBytes) - int64(old.StreamBytes)
	for _, c := range s.table.all() {
		c.send.credit += more
		s.schedule(c)
		s.offerWrite(c)
	}
	for _, c := range s.unsent() {
		c.send.credit += more
	}
	s.stalled = false
	s.admit()
}
