//go:build !race

package abuse

// raced tells that the race detector is on, which has memory of its own for each goroutine.
const raced = false
