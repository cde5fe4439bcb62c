// Package fleet is a registry in memory, for tests of what instances and callers do when views come
// late, leases run out and processes die. It keeps a lease for each instance and a ledger of who
// holds which slots, as a real registry would, with the delays and faults that a test asks for.
//
// A [Keeper] is the registry. It is an engine.Registrar, and [Keeper.Resolver] makes resolvers for
// clients. Each instance that has registered is a [Member], an engine.Membership by which a test
// cuts it off, kills it or makes its clock run wrong.
//
//	instance ── renewal, release … ──delay──▶ Keeper: leases, ledger, epoch
//	    ▲                                       │
//	    └───────────delay──── view, lease ──────┘──delay──▶ Resolver
//
// All time is that of package time, so it is virtual in a testing/synctest bubble. Nothing runs but
// timers, and these end with [Keeper.Close].
package fleet
