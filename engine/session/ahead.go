package session

import "github.com/leverrpc/lever/frame"

// Most frames of a large payload come in two reads. What is here of such a frame goes straight to
// the place where the payload is collected, and not by way of the place where frames are put
// together: one copy less of nearly every byte. It counts when the frame is whole, and not before, so
// that nobody can tell how the bytes were cut on their way.
//
// If the payload is dropped before, what came of the frame is lost with it. That is no harm: what
// belongs to a dropped payload is only counted.

// leastAhead is the size of a frame from which on that is worth its while.
const leastAhead = 4 << 10

// payload returns the payload of the frame with header h if all of it is here, and moves on to the
// next frame. It is lent until the next call of header, or nil if it lies with its call.
func (s *Session) payload(h *frame.Header) ([]byte, bool) {
	if p, ok := s.in.whole(h); ok {
		return p, true
	}
	if s.in.ahead > 0 || h.Length >= leastAhead && len(s.in.part) <= frame.HeaderSize && s.mayLead(h) {
		return nil, s.lead(h)
	}
	return s.in.collected(h)
}

// mayLead reports whether h continues a payload that is collected, or begins one for which its caller
// has memory, and breaks no rule or limit.
func (s *Session) mayLead(h *frame.Header) bool {
	if h.Type != frame.Msg && h.Type != frame.Result {
		return false // perhaps of a type that no table knows
	}
	c, act := s.lookup(h)
	if c == nil {
		return false
	}
	r, n := &c.recv, int(h.Length)
	switch {
	case int64(n) > min(s.bytes.open, r.window.open):
		return false
	case act == complete:
		return !r.assembling() && r.mayPlace(h)
	}
	return h.Type == frame.Msg && h.Flags&frame.Bytes == 0 && r.assembling() && !r.skip &&
		r.held.size+n <= int(s.local.MaxMessage) && s.assembled+n <= s.limits.AssemblyBytes
}

// lead puts what is here of a frame to its call, and reports whether it is all.
func (s *Session) lead(h *frame.Header) bool {
	in := &s.in
	in.collect(frame.HeaderSize)
	p := in.lent[:min(int(h.Length-in.ahead), len(in.lent))]
	if c := s.table.get(h.ID); c != nil && len(p) > 0 {
		c.recv.lead(p, s.limits.PieceBytes)
	}
	in.lent = in.lent[len(p):]
	if in.ahead += uint32(len(p)); in.ahead < h.Length {
		return false
	}
	in.part, in.ahead = in.part[:0], 0
	return true
}

// lead puts p behind what is collected, unless that was dropped.
func (r *receiver) lead(p []byte, piece int) {
	switch {
	case r.assembling() && !r.skip:
	case !r.assembling() && r.into != nil:
		r.place()
	default:
		return
	}
	r.held.add(p, piece)
}

// place begins a payload in the memory of its caller.
func (r *receiver) place() {
	if r.held.into == nil {
		r.held.into = r.into[:0]
	}
}
