package transport

import (
	"sync"

	"github.com/leverrpc/lever/engine/session"
)

// An output buffer goes round: a flusher brings an empty one to the session, the session fills
// it, gives it to the next flusher and keeps that one's empty buffer in exchange. So an idle
// session keeps one buffer, a small one unless the connection fell silent soon after a large
// write; but under gnet, where connections may be many, it is taken back after a turn that left
// no calls, and lent again with the next input.
const (
	smallOutput = 4 << 10
	largeOutput = 64 << 10 // what a session fills before it makes payload wait
	mostOutput  = 4 * largeOutput

	// turnOutput is how much is written before the input is looked at again. A peer that reads as
	// fast as it is written to would keep the writer at it for as long as there is output, and
	// neither its own questions nor other connections of a loop would have their turn.
	turnOutput = 1 << 20
)

// output is a buffer on its way. The box is what is pooled: a bare slice would cost an
// allocation each time it goes into an interface.
type output struct {
	buf   []byte
	parts session.Parts // what stands between bytes of buf
	vec   [][]byte      // all of it, in order; empty while it is not written
}

// fill takes what the session has to say, and gives its size; zero: nothing.
func (o *output) fill(s *session.Session, gather bool) (n int) {
	var p []byte
	if gather {
		p = s.TakeParts(o.buf, &o.parts)
	} else {
		p = s.TakeOutput(o.buf)
	}
	if p == nil {
		return 0
	}
	o.buf = p
	return len(p) + o.parts.Len()
}

// slices gives what was taken in the order in which it is sent.
func (o *output) slices() [][]byte {
	from := 0
	for i := range o.parts.List {
		part := &o.parts.List[i]
		o.vec = append(o.vec, o.buf[from:part.At], part.Data)
		from = part.At
	}
	if from < len(o.buf) {
		o.vec = append(o.vec, o.buf[from:])
	}
	return o.vec
}

// lends reports whether some of it is memory of callers.
func (o *output) lends() bool {
	for i := range o.parts.List {
		if o.parts.List[i].Lent {
			return true
		}
	}
	return false
}

// sent empties it.
func (o *output) sent() {
	o.parts.Release()
	clear(o.vec)
	o.buf, o.vec = o.buf[:0], o.vec[:0]
}

var smallOutputs, largeOutputs sync.Pool

// need is how many bytes the next write may well have: as many as the largest of the last ones, less
// an eighth for each since. Large writes and small ones come in turns.
type need int

// after is the need after a write of n bytes.
func (d need) after(n int) need { return max(need(n), d-d/8) }

// takeOutput gives an empty buffer that suits the next write.
func takeOutput(next need) *output {
	pool, size := &smallOutputs, smallOutput
	if next > smallOutput {
		pool, size = &largeOutputs, largeOutput+smallOutput
	}
	if o, ok := pool.Get().(*output); ok {
		return o
	}
	return &output{buf: make([]byte, 0, size)}
}

// release puts a buffer back, by the size to which the session has grown it.
func (o *output) release() {
	o.buf = o.buf[:0]
	switch n := cap(o.buf); {
	case n < smallOutput || n > mostOutput:
		// Too small to be useful, or too large to keep.
	case n < largeOutput:
		smallOutputs.Put(o)
	default:
		largeOutputs.Put(o)
	}
}
