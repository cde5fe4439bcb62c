//go:build !race && !invariants

package engine

// allocsAllowed is what a declared call of numbers to an inline handler may allocate.
const allocsAllowed = 0
