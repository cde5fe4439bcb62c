// Package lb decides which instance a call goes to. It knows nothing of connections or wires:
// it is told of members, of calls that begin and end, and of the time.
//
// # Balancing
//
// A [Picker] holds one [Endpoint] for each member of a service. Pick compares what a call would
// cost at a few of them, or at all if they are few, and takes the cheapest; see cost.go for the
// formula and the reasons. All state is the caller's own: nobody asks the instances, and callers
// do not talk to each other.
//
//	members ──Update──▶ Picker ──publish──▶ snapshot (immutable, one atomic pointer)
//	                      ▲                     │
//	    SetState, eject ──┘                     ▼
//	                               Pick(now, rnd, tried) ─▶ *Endpoint
//	                                                            │
//	       latency, success, calls in flight ◀──Done(outcome)───┘
//
// Pick and Done allocate nothing and take no lock; a failure that ejects an endpoint, the success
// that ends it, and updates do. Everything is safe for concurrent use.
//
// # Routing
//
// A [Table] says which member owns a resource. It is a pure function of the members, so callers
// that hold the same [View] reach the same instance without talking to each other:
//
//	resource ──XXH64, high bits──▶ slot ──table──▶ owner, deputy
//
// It promises that a change of one member moves the resources of that member only. It cannot
// promise that no two instances serve a resource while views differ: that needs the instances'
// own check, or leases. Where leases are kept, a [Ledger] records who has each slot, so that a
// resource stays with the instance that serves it when others join.
//
// # Time
//
// Time is an argument: nanoseconds of one clock that never goes back, with any epoch. So is
// randomness. Equal arguments give equal choices, which is what the simulator in lb/sim builds on.
//
// The package never starts a goroutine, never reads a clock, and keeps no bytes of the caller's.
package lb
