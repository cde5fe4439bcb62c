//go:build race

package wire

// exactAllocs says whether allocations can be counted: the race detector makes sync.Pool forget on
// purpose.
const exactAllocs = false

// allocsAllowed is lax here: the race detector makes sync.Pool forget on purpose.
const allocsAllowed = 10
