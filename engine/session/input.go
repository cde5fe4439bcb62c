package session

import (
	"github.com/leverrpc/lever/frame"
)

// input cuts the bytes that arrive into frames.
//
// lent is the unread rest of what HandleInput was given. part holds the beginning of a frame
// whose end has not arrived: len(part) == 0, or lent is empty, between two calls of next. A
// frame that arrives whole is never copied; part grows with the bytes received and never by a
// length that a header claims.
type input struct {
	lent []byte
	part []byte
	used bool // part has held a frame since the last HandleInput
	held bool // lent is a copy, of what came before a client was admitted

	// ahead is how much of the payload of the frame of which part holds the header has been put
	// elsewhere (ahead.go).
	ahead uint32
}

// keepPart is the capacity of part that an idle connection keeps.
const keepPart = 512

// feed hands over p. What was lent before must have been used up.
func (in *input) feed(p []byte) {
	if in.held {
		in.lent = append(in.lent, p...)
		return
	}
	if len(in.part) == 0 && !in.used && cap(in.part) > keepPart {
		in.part = nil
	}
	in.used = len(in.part) > 0
	in.lent = p
}

// header reads the next frame's header if its 16 bytes are here. It may be asked again.
func (in *input) header(h *frame.Header) bool {
	b := in.lent
	if len(in.part) > 0 || len(b) < frame.HeaderSize {
		b = in.collect(frame.HeaderSize)
	}
	var n int
	*h, n = frame.ConsumeHeader(b)
	return n > 0
}

// whole returns the payload of the frame with header h if all of it was given at once, and moves on
// to the next frame. It is lent until the next call of header.
func (in *input) whole(h *frame.Header) ([]byte, bool) {
	size := frame.HeaderSize + int(h.Length)
	if len(in.part) > 0 || len(in.lent) < size {
		return nil, false
	}
	p := in.lent[frame.HeaderSize:size:size]
	in.lent = in.lent[size:]
	return p, true
}

// collected is whole for a frame that has come in more than one piece.
func (in *input) collected(h *frame.Header) ([]byte, bool) {
	size := frame.HeaderSize + int(h.Length)
	if len(in.collect(size)) < size {
		return nil, false
	}
	p := in.part[frame.HeaderSize:size:size]
	in.part = in.part[:0]
	return p, true
}

// collect moves bytes from lent to part until part, which it gives, has size bytes or lent is empty.
func (in *input) collect(size int) []byte {
	if n := min(size-len(in.part), len(in.lent)); n > 0 {
		in.part = append(in.part, in.lent[:n]...)
		in.lent = in.lent[n:]
		in.used = true
	}
	return in.part
}

// keep holds what is unread beyond the driver's loan, and gives its size. It does not wait for the
// end of a frame in part, which is counted too.
func (in *input) keep() int {
	if !in.held && len(in.lent) > 0 {
		in.lent, in.held = append([]byte(nil), in.lent...), true
	}
	return len(in.lent) + len(in.part)
}

// Unread is how many bytes of the input at hand have made no event yet. It is for drivers that share
// out their work.
func (s *Session) Unread() int { return len(s.in.lent) }

// partial reports whether a frame has begun and not ended.
func (in *input) partial() bool { return len(in.part) > 0 }

// drop forgets everything.
func (in *input) drop() { *in = input{} }
