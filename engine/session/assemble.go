package session

import (
	"fmt"

	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/pool"
)

// A payload larger than one frame comes as a first frame with MORE and continuations. Its
// bytes count as consumed when they are moved into the buffer, so that a message larger than
// the stream's window can arrive at all; but only while the application keeps up with what was
// delivered before, so that a reader that stops holds at most two windows and one message: what
// was unread when the message began, the message, and what the window still takes behind it.

// beginAssembly takes the first frame of a payload that continues.
func (s *Session) beginAssembly(c *Call, h frame.Header, p []byte) bool {
	c.recv.first, c.recv.watched = h, false
	s.bytes.consume(int(h.Length))
	if status, err := checkHead(h, p); err != nil {
		return s.failAssembly(c, h, status, err)
	}
	if c.recv.mayPlace(&h) {
		c.recv.place()
	}
	s.measure()
	s.watchBodies()
	s.assemble(c, h, p)
	return false
}

// mayPlace reports whether the payload of a RESULT may lie in the memory of its caller: nothing stands
// before it, and it is what the caller hopes for.
func (r *receiver) mayPlace(h *frame.Header) bool {
	return cap(r.into) > 0 && h.Type == frame.Result && h.Code == uint16(frame.OK) &&
		h.Flags&(frame.Bytes|frame.Ext) == frame.Bytes
}

// checkHead finds a head that does not lie whole in the first frame, and the status for it.
// SPEC: heads.
func checkHead(h frame.Header, p []byte) (status frame.Status, err error) {
	switch h.Type {
	case frame.Call:
		_, _, err = frame.ConsumeCallHead(h, p)
		return frame.InvalidArgument, err
	case frame.Result:
		_, _, err = frame.ConsumeResultHead(h, p)
		return frame.Internal, err
	}
	return 0, nil
}

// continueAssembly takes a continuation; true: the payload is whole and delivered.
func (s *Session) continueAssembly(c *Call, h frame.Header, p []byte) bool {
	r := &c.recv
	if h.Flags&frame.Bytes != 0 {
		return s.violate(frame.ReasonProtocol, "MSG continues call %d with the BYTES flag", h.ID)
	}
	if h.Length == 0 && !s.glitch() {
		return false
	}
	s.bytes.consume(int(h.Length))
	if r.skip {
		return s.skipPart(c, h)
	}
	if !s.assemble(c, h, p) || h.Flags&frame.More != 0 {
		return false
	}
	return s.assembledWhole(c)
}

// assemble moves one part into the buffer. A payload beyond the limits fails its call alone;
// it returns false then, and c may be another call already.
func (s *Session) assemble(c *Call, h frame.Header, p []byte) bool {
	r, n := &c.recv, int(h.Length)
	limit := int(s.local.MaxMessage)
	if r.first.Type != frame.Msg {
		limit += maxHead
	}
	switch {
	case r.held.size+n > limit:
		return s.failAssembly(c, h, frame.TooLarge,
			fmt.Errorf("session: a payload of more than %d bytes", s.local.MaxMessage))
	case s.assembled+n > s.limits.AssemblyBytes:
		return s.failAssembly(c, h, frame.ResourceExhausted,
			fmt.Errorf("session: more than %d bytes of unfinished messages",
				s.limits.AssemblyBytes))
	}
	r.held.add(p, s.limits.PieceBytes) // nil: it is there already
	r.held.size += n
	s.assembled += n
	s.payAssembly(c)
	s.grantCall(c)
	return true
}

// maxHead is the most that stands before arguments or a result: two lengths, a name and an
// extension block.
const maxHead = 2 + frame.MaxName + 2 + frame.MaxExtBlock

// payAssembly returns the credit of what has been assembled, unless the application lags.
func (s *Session) payAssembly(c *Call) {
	r := &c.recv
	if s.unread > s.limits.UnreadBytes {
		s.tight = true
		return
	}
	if r.unread < int(s.local.StreamBytes) {
		r.window.consume(r.held.size - r.paid)
		r.paid = r.held.size
	}
}

// assembledWhole delivers what has been assembled.
func (s *Session) assembledWhole(c *Call) bool {
	r := &c.recv
	first, size, paid := r.first, r.held.size, r.paid
	p, body, more := r.held.take()
	s.assembled -= size
	r.first, r.paid = frame.Header{}, 0
	switch first.Type {
	case frame.Call:
		r.window.consume(size - paid)
		return s.give(body, more, s.deliverCall(c, &first, p, body, more))
	case frame.Result:
		return s.give(body, more, s.deliverResult(c, &first, p, body == nil))
	}
	if s.unheard(c) {
		r.window.consume(size - paid)
		s.grantCall(c)
		return s.give(body, more, false)
	}
	return s.give(body, more, s.deliverMessage(c, first.Flags, p, size, paid))
}

// give hands the memory of an event's payload to the application, if there is an event.
func (s *Session) give(body *pool.Buf, more pool.Pieces, delivered bool) bool {
	if delivered {
		s.ev.Body, s.ev.More = body, more
	} else {
		body.Release()
		more.Release()
	}
	return delivered
}

// skipPart counts a part of a payload that nobody wants.
func (s *Session) skipPart(c *Call, h frame.Header) bool {
	r := &c.recv
	r.window.consume(int(h.Length))
	s.grantCall(c)
	if h.Flags&frame.More == 0 {
		first := r.first
		r.first, r.skip = frame.Header{}, false
		switch {
		case first.Type == frame.Result:
			s.completed(c)
		case first.Type == frame.Call && c.flags&frame.Oneway != 0:
			s.answered(c)
		}
	}
	return false
}

// failAssembly ends a call because of the size of what it sends. h is the header of the part that
// is not taken; if it is the last one, there is nothing more to skip. It returns false.
func (s *Session) failAssembly(c *Call, h frame.Header, status frame.Status, err error) bool {
	r := &c.recv
	typ, last := r.first.Type, h.Flags&frame.More == 0
	effect := Executed
	if r.first.Flags&frame.Unprocessed != 0 {
		effect = NotExecuted
	}
	s.assembled -= r.held.size
	r.window.consume(r.held.size - r.paid + int(h.Length))
	r.drop()
	r.skip = !last
	if last {
		r.first = frame.Header{}
	}
	switch {
	case s.role == Client && typ == frame.Result:
		s.untime(c)
		c.told, c.effect = true, effect
		s.notify(notice{kind: Resulted, call: c, status: status, effect: effect, err: err})
		if last {
			s.completed(c)
		} else {
			s.grantCall(c)
		}
	case s.role == Client:
		s.giveUp(c, frame.Unwanted, status, err)
	case !c.told:
		s.refuse(c, status, err.Error())
	default:
		s.tellCancelled(c, status, err)
		s.grantCall(c)
	}
	return false
}
