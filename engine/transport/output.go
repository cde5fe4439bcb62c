package transport

import "sync"

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
	buf []byte
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
