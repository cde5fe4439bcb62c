package meter

import (
	"math"
	"math/bits"
	"time"
)

// A power of two of nanoseconds is cut into subCount equal buckets, so a value is known to one
// part in subCount. Values below subCount have a bucket each.
//
//	index   0 … 31   32 … 63   64 … 95   96 … 127   …
//	width        1         1         2          4
const (
	subBits  = 5
	subCount = 1 << subBits
	maxBits  = 42 // more than an hour
	buckets  = (maxBits - subBits + 1) * subCount
)

// Histogram counts durations in log-linear buckets. The zero value is empty. Owned by one
// goroutine.
type Histogram struct {
	counts [buckets]uint32
	n      uint64
	sum    float64 // of nanoseconds
	max    time.Duration
}

// Record counts d. A negative one counts as zero, one of more than an hour as an hour.
func (h *Histogram) Record(d time.Duration) {
	d = max(d, 0)
	h.counts[bucketOf(d)]++
	h.n++
	h.sum += float64(d)
	h.max = max(h.max, d)
}

// Add counts everything that o has counted.
func (h *Histogram) Add(o *Histogram) {
	for i, n := range o.counts {
		h.counts[i] += n
	}
	h.n += o.n
	h.sum += o.sum
	h.max = max(h.max, o.max)
}

// Count is how many durations were recorded.
func (h *Histogram) Count() uint64 { return h.n }

// Max is the longest, exactly.
func (h *Histogram) Max() time.Duration { return h.max }

// Mean is the average, or zero of none.
func (h *Histogram) Mean() time.Duration {
	if h.n == 0 {
		return 0
	}
	return time.Duration(h.sum / float64(h.n))
}

// Quantile is a duration that the share q of all does not exceed: Quantile(0.99) is the 99th
// percentile. It is the upper end of its bucket, so it never flatters, but no more than Max.
func (h *Histogram) Quantile(q float64) time.Duration {
	if h.n == 0 {
		return 0
	}
	rank := uint64(math.Ceil(min(max(q, 0), 1) * float64(h.n)))
	rank = max(rank, 1)
	var seen uint64
	for i, n := range h.counts {
		seen += uint64(n)
		if seen >= rank {
			return min(upperEnd(i), h.max)
		}
	}
	return h.max
}

// bucketOf gives the index of d's bucket.
func bucketOf(d time.Duration) int {
	v := uint64(d)
	if v < subCount {
		return int(v)
	}
	shift := bits.Len64(v) - subBits - 1
	i := shift*subCount + int(v>>shift)
	return min(i, buckets-1)
}

// upperEnd gives the longest duration of a bucket.
func upperEnd(i int) time.Duration {
	if i < 2*subCount {
		return time.Duration(i)
	}
	shift := i/subCount - 1
	return time.Duration((uint64(i%subCount+subCount)+1)<<shift - 1)
}
