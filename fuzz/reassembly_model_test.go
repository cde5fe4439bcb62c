package fuzz

import (
	"fmt"

	"github.com/leverrpc/lever/frame"
)

// model puts messages together in the dumbest way: it keeps whole bodies, and adds them up anew for
// every question.
type model struct {
	streams [streams]modelStream
	events  []string
	fault   string // the reason for which the connection is over
}

type modelStream struct {
	seen  int
	body  []byte
	first frame.Header // of the body that has begun; its type is zero: none has
	skip  bool         // nobody wants the rest of it
	deaf  bool         // the handler was told to stop
	ended bool
}

func newModel() *model { return new(model) }

// take acts on one frame.
func (m *model) take(h frame.Header) {
	s := &m.streams[h.ID/2]
	begun := s.first.Type != 0
	p := make([]byte, h.Length)
	for i := range p {
		p[i] = byte(s.seen * 7)
		s.seen++
	}
	switch {
	case h.Flags&frame.More != 0 && h.Length < 1024,
		s.ended && h.Type != frame.Cancel,
		begun && h.Type == frame.Finish,
		begun && h.Flags&frame.Bytes != 0:
		m.fault = "PROTOCOL"
	case h.Type == frame.Cancel:
		m.tell(h.ID, s, frame.Cancelled)
	case h.Type == frame.Finish:
		s.ended = true
		m.events = append(m.events, fmt.Sprint(h.ID, " finished"))
	default:
		m.message(h, s, p)
	}
}

// message takes a message, or a part of one.
func (m *model) message(h frame.Header, s *modelStream, p []byte) {
	if s.first.Type == 0 {
		s.first, s.skip = h, s.deaf
	}
	more := h.Flags&frame.More != 0
	single := !more && s.first == h && len(s.body) == 0
	if !s.skip {
		s.body = append(s.body, p...)
	}
	switch {
	case s.skip || single:
	case len(s.body) > maxMessage:
		m.refuse(h.ID, s, frame.TooLarge)
	case m.unfinished() > assemblyBytes:
		m.refuse(h.ID, s, frame.ResourceExhausted)
	}
	if more {
		return
	}
	if !s.skip && !s.deaf {
		m.events = append(m.events, told(h.ID, s.first.Flags&frame.Bytes, s.body))
	}
	s.first, s.body, s.skip = frame.Header{}, nil, false
}

// unfinished is the size of all bodies that have begun.
func (m *model) unfinished() (n int) {
	for i := range m.streams {
		n += len(m.streams[i].body)
	}
	return n
}

// refuse drops a body and tells its handler to stop.
func (m *model) refuse(id uint32, s *modelStream, status frame.Status) {
	s.body, s.skip = nil, true
	m.tell(id, s, status)
}

// tell tells a handler to stop, once.
func (m *model) tell(id uint32, s *modelStream, status frame.Status) {
	if !s.deaf {
		s.deaf = true
		m.events = append(m.events, fmt.Sprint(id, " ", status))
	}
}
