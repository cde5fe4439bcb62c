//go:build !race

package wire

// exactAllocs says whether allocations can be counted.
const exactAllocs = true

// allocsAllowed is what encoding into a buffer that is large enough may allocate.
const allocsAllowed = 0
