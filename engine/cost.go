package engine

import (
	"sync/atomic"
	"time"
)

// cost is what a call of a method takes on a worker, as those before have taken: the mean over the
// last costRuns or so, in real time, waits included. What counts is what a call behind it has to
// wait, and so a rare long one weighs as much as many short ones.
//
// Safe for concurrent use; of two that are added at once one may be lost.
type cost struct {
	state atomic.Uint64 // the mean in ns, and in the lowest 8 bits how many it is of, at most costRuns
}

const (
	costRuns  = 255
	costKnown = 16 // runs after which the mean is believed
)

// mean is what to expect of the next call, or workSlice while little is known.
func (c *cost) mean() time.Duration {
	s := c.state.Load()
	if s&costRuns < costKnown {
		return workSlice
	}
	return time.Duration(s >> 8)
}

// add takes note of a call.
func (c *cost) add(took time.Duration) {
	s := c.state.Load()
	runs, mean := int64(s&costRuns), int64(s>>8)
	runs = min(runs+1, costRuns)
	mean += (int64(max(took, 0)) - mean) / runs
	if next := uint64(mean)<<8 | uint64(runs); next != s { // others read it: most often it stays
		c.state.Store(next)
	}
}

// doubt says that a call takes long of which that was not expected. The next ones are not expected
// to be brief, until as many as make the mean believed have been.
func (c *cost) doubt() { c.state.Store(uint64(2*workSlice)<<8 | costKnown) }
