package pool

import (
	"sync/atomic"

	"github.com/valyala/bytebufferpool"
)

// Bytes is a scratch buffer: append to its field B.
type Bytes = bytebufferpool.ByteBuffer

// scratchMax is what Scratch.Max means when it is zero.
const scratchMax = 64 << 10

// Scratch is a pool for one purpose whose texts have similar sizes, such as encoding an argument
// list: it learns the usual size, and gives buffers of it. Unlike a Buf, a scratch buffer keeps
// the array that append has grown, so it suits encoders of the form append(dst, …). Make one
// Scratch for each purpose, or it learns a size that suits nobody. Safe for concurrent use.
type Scratch struct {
	// On 32-bit machines the pool's counters must be aligned to 8 bytes, but it does not say so.
	_    [0]atomic.Int64
	pool bytebufferpool.Pool

	// Max is the largest capacity to keep, so that a burst of large texts does not pin memory.
	// Zero means 64 KiB; negative means no limit.
	Max int
}

// Get gives an empty buffer; Put takes it back.
func (s *Scratch) Get() *Bytes { return s.pool.Get() }

// Put takes back a buffer that Get gave, with or without its content. What the pool learns from
// is the capacity. Left to the lengths, it would learn from texts of 120 bytes that arrays of
// 128 are enough, and throw away every array that append has grown beyond: two allocations for
// each use, for ever.
func (s *Scratch) Put(b *Bytes) {
	limit := s.Max
	if limit == 0 {
		limit = scratchMax
	}
	if limit > 0 && cap(b.B) > limit {
		return
	}
	poison(b.B)
	b.B = b.B[:cap(b.B)]
	s.pool.Put(b)
}

// Reuse gives memory that was used back empty, for another use by who has kept it; nil if it is
// larger than Scratch keeps unless told otherwise. Nobody else may have it in hand any more.
func Reuse(b []byte) []byte {
	if cap(b) > scratchMax {
		return nil
	}
	poison(b)
	return b[:0]
}
