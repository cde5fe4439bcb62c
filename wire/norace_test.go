//go:build !race

package wire

// exactAllocs says whether allocations can be counted.
const exactAllocs = true
