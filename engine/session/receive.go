package session

import "github.com/leverrpc/lever/frame"

// admissible checks what a header alone can show, before any of the payload is waited for.
func (s *Session) admissible(h *frame.Header) bool {
	return s.state != waitHello && h.Length <= s.local.MaxFrame && h.Check() == nil || s.excused(h)
}

// excused says what is wrong with a header, unless it may come before the peer's HELLO.
func (s *Session) excused(h *frame.Header) bool {
	if s.state == waitHello && h.Type != frame.Hello {
		if s.role == Server || h.Type != frame.GoAway {
			return s.violate(frame.ReasonProtocol, "%v before HELLO", h.Type)
		}
	}
	if h.Length > s.local.MaxFrame {
		return s.violate(frame.ReasonFrameTooLarge, "%v of %d bytes, at most %d are taken",
			h.Type, h.Length, s.local.MaxFrame)
	}
	if err := h.Check(); err != nil {
		return s.violate(err.Reason, "%s", err.Text)
	}
	return true
}

// receive acts on one whole frame; true: s.ev is to be delivered. It and what it calls take the
// header by reference: six fields that are stored one by one and copied on as a whole cost 9 ns at
// each call, because the processor cannot forward them.
func (s *Session) receive(h *frame.Header, p []byte) bool {
	switch h.Type {
	case frame.Hello:
		return s.onHello(h, p)
	case frame.Call:
		return s.onCall(h, p)
	case frame.Result:
		return s.onResult(h, p)
	case frame.Msg:
		return s.onMsg(h, p)
	case frame.Finish:
		return s.onFinish(h)
	case frame.Cancel:
		return s.onCancel(h)
	case frame.Credit:
		s.onCredit(h)
	case frame.Ping:
		s.onPing(h)
	case frame.GoAway:
		s.onGoAway(h, p)
	case frame.Bind:
		s.onBind(h, p)
	default: // Check has refused the critical ones
		s.glitch()
	}
	return false
}

// lookup finds the live call that h names and says what its state makes of h. The call is nil
// if it is done or never was.
func (s *Session) lookup(h *frame.Header) (*Call, action) {
	if c := s.table.get(h.ID); c != nil {
		if s.role == Server {
			return c, responderTable[c.state][h.Type]
		}
		return c, initiatorTable[c.state][h.Type]
	}
	state := s.stateOfGone(h.ID)
	if s.role == Server {
		return nil, responderTable[state][h.Type]
	}
	return nil, initiatorTable[state][h.Type]
}

// stateOfGone tells a call that is over from one that never was. Ids are never skipped, so
// every odd id from the first to the latest has been a call.
func (s *Session) stateOfGone(id uint32) callState {
	if s.firstID != 0 && id&1 == 1 && id >= s.firstID && id < s.nextID {
		return done
	}
	return idle
}

// violateState closes the connection because of a frame that its call's state does not allow.
func (s *Session) violateState(h *frame.Header, c *Call) bool {
	state := s.stateOfGone(h.ID)
	if c != nil {
		state = c.state
	}
	return s.violate(frame.ReasonProtocol, "%v for call %d, which is %v", h.Type, h.ID, state)
}
