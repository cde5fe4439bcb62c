package session

import (
	"time"

	"github.com/leverrpc/lever/frame"
)

// onResult takes the answer to a call: its last frame, or the first part of it.
func (s *Session) onResult(h *frame.Header, p []byte) bool {
	if s.role == Server {
		return s.violate(frame.ReasonProtocol, "RESULT from a client")
	}
	if !s.bytes.take(int(h.Length)) {
		return s.overdraw(h)
	}
	c, act := s.lookup(h)
	if act != complete {
		return s.violateState(h, c)
	}
	if !s.takeCall(c, h) {
		return s.overdrawCall(c, h)
	}
	if c.recv.assembling() {
		if c.recv.first.Type == frame.Result || c.state != abandoned {
			return s.violate(frame.ReasonProtocol, "RESULT inside a message of call %d", h.ID)
		}
		c.recv.first, c.recv.skip = frame.Header{}, false
	}
	if h.Flags&frame.More == 0 {
		s.bytes.consume(int(h.Length))
		if c.recv.held.into != nil {
			p, _, more := c.recv.held.take()
			return s.give(nil, more, s.deliverResult(c, h, p, true))
		}
		return s.deliverResult(c, h, p, false)
	}
	s.dropQueue(c) // SPEC: after RESULT the caller sends nothing more on this call
	c.list.remove(c)
	if c.state == abandoned {
		c.recv.first, c.recv.skip = *h, true
		s.bytes.consume(int(h.Length))
		c.recv.window.consume(int(h.Length))
		s.grantCall(c)
		return false
	}
	return s.beginAssembly(c, *h, p)
}

// deliverResult ends a call with a whole RESULT. placed: p lies in the memory of its caller.
func (s *Session) deliverResult(c *Call, h *frame.Header, p []byte, placed bool) bool {
	if c.state == abandoned {
		s.completed(c)
		return false
	}
	ext, n, err := checkedExt(h, p)
	ev := s.tell(Resulted, c)
	ev.Data, ev.Flags, ev.Ext, ev.Err = c.data, h.Flags&^frame.More, ext, err
	ev.Status, ev.Effect, ev.Payload = frame.Status(h.Code), Executed, p[n:]
	ev.Placed = placed
	switch {
	case h.Flags&frame.Unprocessed != 0:
		ev.Effect = NotExecuted
		ev.Retry = time.Duration(h.Aux) * time.Millisecond
	case h.Code == 0:
		ev.Handler = time.Duration(h.Aux) * time.Microsecond
	}
	if err != nil {
		ev.Status, ev.Payload = frame.Internal, nil
	}
	c.told, c.effect = true, ev.Effect
	s.completed(c)
	return true
}

// checkedExt reads what stands before the value, which begins at n.
func checkedExt(h *frame.Header, p []byte) (ext []byte, n int, err error) {
	if h.Flags&frame.Ext == 0 {
		return nil, 0, nil
	}
	ext, n, err = frame.ConsumeResultHead(*h, p)
	if err == nil {
		err = frame.CheckExtensions(ext)
	}
	return ext, n, err
}

// completed frees the slot of a call whose RESULT is here.
func (s *Session) completed(c *Call) {
	s.live--
	s.progress()
	s.retire(c)
	s.drainedOut()
}
