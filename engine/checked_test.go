//go:build race || invariants

package engine

// allocsAllowed is lax here: the race detector makes sync.Pool forget on purpose, and a build that
// checks invariants makes a handle for each buffer.
const allocsAllowed = 50
