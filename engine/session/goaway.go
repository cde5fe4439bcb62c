package session

import "github.com/leverrpc/lever/frame"

// goaway is the end of a connection in good order. SPEC: drain.
//
// A server sends GOAWAY without a last id, and a PING behind it. Every CALL that its client sent
// before it read the GOAWAY arrives before the answer to that PING, so at the answer the server
// knows the real last id and names it. No timer is needed, and no call is lost or run twice.
type goaway struct {
	begun bool   // this side opens or takes no more new calls soon
	fence uint32 // the token of the PING that a draining server waits for
	named uint32 // the last call id that a drained server has told its peer
	last  uint32 // the last call id that the peer says it takes; frame.NoLastID: not said
}

// fenceToken marks the PING of a drain. Any value does; this one is easy to see in a dump.
const fenceToken = 0x444e4547 // "GEND"

// Drain ends the connection in good order: no new calls, an answer to every call in flight,
// then the end. It does nothing when it has been asked for already.
func (s *Session) Drain() {
	if s.state == closed || s.goaway.begun {
		return
	}
	if s.role == Server && s.state == waitHello {
		s.goodbye(frame.ReasonNone, "draining")
		s.end(nil)
		return
	}
	s.beginDrain(ErrDraining)
	s.appendFrame(frame.Header{Type: frame.GoAway, Aux: frame.NoLastID})
	if s.role == Server {
		s.goaway.fence = fenceToken
		s.appendFrame(frame.Header{Type: frame.Ping, Aux: fenceToken})
	}
	s.drainedOut()
}

// beginDrain stops new calls at this side and ends those that wait for a slot.
func (s *Session) beginDrain(why error) {
	s.goaway.begun = true
	if s.state == open {
		s.state = draining
	}
	s.notify(notice{kind: Draining, err: why}) // Ended may follow at once
	for _, c := range s.unsent() {
		s.finishLocally(c, frame.Unavailable, NotSent, why)
	}
}

// passFence is reached when the drain's PING is answered: what the peer had sent before it knew
// is all here.
func (s *Session) passFence() {
	s.goaway.fence = 0
	s.goaway.named = s.lastAccepted()
	s.state = drained
	s.appendFrame(frame.Header{Type: frame.GoAway, Aux: s.goaway.named})
	s.drainedOut()
}

// lastAccepted is the highest id of a call that this side has taken, or zero.
func (s *Session) lastAccepted() uint32 {
	switch {
	case s.state == drained:
		return s.goaway.named
	case s.role == Client, s.firstID == 0:
		return 0
	}
	return s.nextID - 2
}

// drainedOut ends a draining connection when its last call is done.
func (s *Session) drainedOut() {
	if s.goaway.begun && s.live == 0 {
		s.leave()
	}
}

func (s *Session) leave() {
	if s.state == closed || s.role == Server && s.state != drained {
		return
	}
	s.state = closed
	s.returnBudget()
	s.in.drop()
	s.notify(notice{kind: Ended})
}

// goodbye writes the GOAWAY of a connection that ends now.
func (s *Session) goodbye(r frame.Reason, text string) {
	const most = 48 // of the text before HELLO: a stranger gets few bytes back
	if s.state == waitHello && !s.vetting && len(text) > most {
		text = text[:most]
	}
	text = text[:min(len(text), frame.MaxGoAway)]
	h := frame.Header{
		Length: uint32(len(text)), Type: frame.GoAway, Code: uint16(r), Aux: s.lastAccepted(),
	}
	if s.role == Client && r == frame.ReasonNone { // as in a drain: it never had calls to accept
		h.Aux = frame.NoLastID
	}
	s.out = append(frame.AppendHeader(s.out, h), text...)
	s.framesSent++
}

// onGoAway takes the peer's goodbye.
func (s *Session) onGoAway(h *frame.Header, text []byte) bool {
	if h.Aux > s.goaway.last {
		return s.violate(frame.ReasonProtocol, "GOAWAY raises the last id from %d to %d",
			s.goaway.last, h.Aux)
	}
	s.goaway.last = h.Aux
	reason := frame.Reason(h.Code)
	why := &Goodbye{Reason: reason, Text: string(text)}
	if reason != frame.ReasonNone {
		s.end(why)
		return false
	}
	if !s.goaway.begun && s.role == Client {
		s.beginDrain(why)
	} else if s.role == Server {
		s.notify(notice{kind: Draining, err: why})
	}
	for _, c := range s.table.all() {
		if s.role == Client && c.id > h.Aux {
			s.finishLocally(c, frame.Unavailable, NotExecuted, why)
		}
	}
	s.drainedOut()
	return true
}
