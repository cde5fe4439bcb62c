package pool

import (
	"math/bits"
	"sync"
)

const (
	minShift = 8  // the smallest slab has 1<<8 bytes
	maxShift = 26 // the largest pooled one 1<<26: making memory takes longer than filling it

	// MaxPooled is the largest capacity that is kept for reuse.
	MaxPooled = 1 << maxShift

	numClasses = maxShift - minShift + 1

	// unpooled is the class of slabs that are left to the garbage collector.
	unpooled = -1
)

// classes holds released handles together with their slabs: classes[c] only has handles whose
// slab has exactly classSize(c) bytes.
var classes [numClasses]sync.Pool

// classOf gives the smallest class with slabs of at least n bytes, or unpooled.
func classOf(n int) int {
	if n > MaxPooled {
		return unpooled
	}
	if n <= 1<<minShift {
		return 0
	}
	return bits.Len(uint(n-1)) - minShift
}

// classSize gives the capacity of the slabs of a class.
func classSize(class int) int { return 1 << (minShift + class) }
