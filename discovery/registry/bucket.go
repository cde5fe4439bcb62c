package registry

import (
	"math"
	"time"
)

// bucket bounds how often something happens: burst times at once, and then perSecond. Full at
// first.
type bucket struct {
	burst, perSecond float64
	used             float64 // of burst, at the time at
	at               time.Duration
}

// ready gives the time from which on one more may happen: now, or later.
func (b *bucket) ready(now time.Duration) time.Duration {
	lack := b.usedBy(now) + 1 - b.burst
	if lack <= 0 {
		return now
	}
	return now + time.Duration(math.Ceil(lack/b.perSecond*float64(time.Second)))
}

// take counts one. It reports whether that was within bounds, and counts nothing if not.
func (b *bucket) take(now time.Duration) bool {
	used := b.usedBy(now)
	// Rounding must not make a time that ready gave too early.
	if used+1 > b.burst+1e-6 {
		return false
	}
	b.used, b.at = used+1, now
	return true
}

func (b *bucket) usedBy(now time.Duration) float64 {
	return max(b.used-b.perSecond*(now-b.at).Seconds(), 0)
}
