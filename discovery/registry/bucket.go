package registry

import (
	"math"
	"time"
)

// bucket bounds how often something happens: burst times at once, and then perSecond. What costs
// more than others counts as several. Full at first.
type bucket struct {
	burst, perSecond float64
	used             float64 // of burst, at the time at
	at               time.Duration
}

// ready gives the time from which on something of this cost may happen: now, or later.
func (b *bucket) ready(now time.Duration, cost float64) time.Duration {
	lack := b.usedBy(now) + cost - b.burst
	if lack <= 0 {
		return now
	}
	return now + time.Duration(math.Ceil(lack/b.perSecond*float64(time.Second)))
}

// take counts something. It reports whether that was within bounds, and counts nothing if not.
func (b *bucket) take(now time.Duration, cost float64) bool {
	used := b.usedBy(now)
	// Rounding must not make a time that ready gave too early.
	if used+cost > b.burst+1e-6 {
		return false
	}
	b.used, b.at = used+cost, now
	return true
}

func (b *bucket) usedBy(now time.Duration) float64 {
	return max(b.used-b.perSecond*(now-b.at).Seconds(), 0)
}
