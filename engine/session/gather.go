package session

import "github.com/leverrpc/lever/pool"

// Part is a piece of output that stays where its payload lies, for a driver that writes from several
// places at once: one copy less of all that is large.
type Part struct {
	// At is its place: it is sent when so many bytes of the buffer are.
	At int

	// Data is lent until the Release of all parts.
	Data []byte

	// Lent says that Data is the memory of who opened its call. It must not be read any more when
	// the end of the call was told, or when Cancel has returned.
	Lent bool

	body *pool.Buf // nil: the memory is lent
}

// leastPart is the size of a fragment from which on a copy costs more than a place of its own.
const leastPart = 8 << 10

// Parts are the parts of one output, in order.
type Parts struct {
	List []Part

	bytes int // in them
}

// Len is how many bytes they have together.
func (p *Parts) Len() int { return p.bytes }

// Release lets go of all their memory. The list is empty then.
func (p *Parts) Release() {
	for i := range p.List {
		p.List[i].body.Release()
	}
	clear(p.List)
	p.List, p.bytes = p.List[:0], 0
}

// TakeParts is TakeOutput for a driver that gathers: the output is what it returns and, at their places
// in that, the parts that it puts into parts, which is empty. They are given: it needs a Release.
func (s *Session) TakeParts(empty []byte, parts *Parts) []byte {
	s.gather = parts
	out := s.TakeOutput(empty)
	s.gather = nil
	return out
}

// outputSize is how much is ready to be sent.
func (s *Session) outputSize() int {
	if s.gather == nil {
		return len(s.out)
	}
	return len(s.out) + s.gather.bytes
}

// refer appends n bytes of it to the output, or a part that they are.
func (s *Session) refer(it *item, n int) {
	p := it.data[:n]
	if s.gather == nil || n < leastPart || it.body == nil && !it.lent {
		s.out = append(s.out, p...)
		return
	}
	part := Part{At: len(s.out), Data: p, Lent: it.lent}
	if !it.lent {
		part.body = it.body.Retain()
	}
	s.gather.List = append(s.gather.List, part)
	s.gather.bytes += n
}
