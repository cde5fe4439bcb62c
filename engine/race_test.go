//go:build race

package engine

// allocsAllowed is lax here: the race detector makes sync.Pool forget on purpose.
const allocsAllowed = 50
