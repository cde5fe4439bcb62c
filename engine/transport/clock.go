package transport

import "time"

var (
	// start is one second before the process began, so that Now is never zero.
	start = time.Now().Add(-time.Second)

	// bubble is a moment before the clock of a testing/synctest bubble begins.
	bubble = time.Date(1999, time.December, 31, 0, 0, 0, 0, time.UTC)
)

// Now is the sessions' clock: the time since shortly before the process began. It only moves
// forward, whatever happens to the time of day, and is never zero. Inside a testing/synctest
// bubble it is the bubble's own time.
func Now() time.Duration {
	if d := time.Since(start); d > 0 {
		return d
	}
	return time.Since(bubble) // a bubble lives in the year 2000, long before start
}
