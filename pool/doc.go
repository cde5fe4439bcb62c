// Package pool recycles byte buffers. Get gives a *Buf, a reference-counted handle of one slab
// whose capacity is a power of two:
//
//	class      0     1     2      …     17      18
//	         ┌─────┬─────┬─────┬─────┬───────┬───────┬──────────────────┐
//	slab     │ 256 │ 512 │ 1 K │  …  │  32 M │  64 M │ larger: a plain  │
//	         └─────┴─────┴─────┴─────┴───────┴───────┤ make, never kept │
//	         one sync.Pool each                      └──────────────────┘
//
// Classes exist because frames come in very different sizes: one pool for all of them hands a
// 1 MiB slab to someone who wants 100 bytes, and then allocates for the next who wants 1 MiB. A slab
// that nobody wants is kept until the second garbage collection after its release.
// [Scratch] is the other tool, for many short texts of similar size that one purpose appends to, and
// [Pieces] hold what is large and comes bit by bit.
//
// # Who owns the bytes
//
// Three words say it, here and in all packages above:
//
//   - lent: you may read the bytes until the call returns, or until the event that is named.
//     To keep them, copy them, or Retain the Buf if you were shown one.
//   - given: the bytes are yours, and so is one reference; call Release once when done.
//   - copied: the callee took its own copy; your bytes are yours again when the call returns.
//
// Get gives. Retain gives one more. A Buf that is passed down as an argument is lent, unless the
// callee's documentation says given. Only one goroutine may write to B, and only while it holds
// the sole reference; several may read, each with a reference of its own.
//
// The package never zeroes memory, never hands out stale bytes within a slice's length, never
// starts a goroutine and never blocks. All functions are safe for concurrent use; a Buf is not,
// except for Retain and Release.
//
// # Invariants
//
// Built with the tag invariants, or with -race, the package checks its users: the slab of a
// released Buf is filled with 0xDB, a write to it is found when the slab is used next, a second
// Release panics, and Live counts the handles that were not released. Otherwise none of that
// exists and none of it costs anything.
package pool
