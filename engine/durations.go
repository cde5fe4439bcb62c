package engine

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// durations counts how long calls of a method took, in buckets that are a quarter of an octave
// wide, and knows a time within which 95 % of the recent ones ended. Safe for concurrent use.
type durations struct {
	buckets [durationBuckets]atomic.Uint32
	due     atomic.Int64 // when the quantile is found anew
	most    atomic.Int64 // the quantile; zero: too few calls are known
}

const (
	durationUnit     = time.Microsecond
	durationOctaves  = 27 // up to two minutes
	durationBuckets  = 4 * durationOctaves
	durationsRefresh = 3 * time.Second
	durationsLeast   = 20 // calls below which nothing is said
)

// p95 gives the time within which 95 % of the calls ended, or zero if too few are known.
func (d *durations) p95() time.Duration { return time.Duration(d.most.Load()) }

// add counts a call that took so long and ended now.
func (d *durations) add(now, took time.Duration) {
	d.buckets[durationBucket(took)].Add(1)
	due := d.due.Load()
	if int64(now) < due && due != 0 || !d.due.CompareAndSwap(due, int64(now+durationsRefresh)) {
		return
	}
	if due != 0 {
		d.refresh()
	}
}

// refresh finds the quantile, and halves the counts, so that what is long ago counts little. Calls
// that end meanwhile may be lost, which does no harm.
func (d *durations) refresh() {
	var counts [durationBuckets]uint32
	total := uint32(0)
	for i := range d.buckets {
		counts[i] = d.buckets[i].Load()
		total += counts[i]
	}
	if total < durationsLeast {
		return
	}
	left := total - total/20 // calls that are to end in time
	for i, n := range counts {
		d.buckets[i].Store(n / 2)
		if n >= left && left > 0 {
			d.most.Store(int64(durationLimit(i)))
		}
		left -= min(n, left)
	}
}

// durationBucket gives the bucket of a duration: its octave, and the two bits behind the first.
func durationBucket(took time.Duration) int {
	n := uint64(max(took/durationUnit, 0)) + 4 // from the third bit on
	octave := bits.Len64(n) - 3
	return min(4*octave+int(n>>octave&3), durationBuckets-1)
}

// durationLimit is where a bucket ends.
func durationLimit(bucket int) time.Duration {
	octave, quarter := bucket/4, bucket%4
	return time.Duration((4+quarter+1)<<octave-4) * durationUnit
}
