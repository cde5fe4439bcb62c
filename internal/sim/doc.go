// Package sim lets clients and servers talk over bad networks in virtual time, and holds every
// session to its promises by accounts of its own. Nothing in it waits, sleeps, or runs at the same
// time as something else: a run is a function of its seed, and takes milliseconds.
//
//	caller ── asks, sends, reads, cancels ─┐            ┌─ answers, sends, reads ── host
//	                                       ▼            ▼
//	   ┌─ ledger: what was asked, sent, delivered, answered (call.go, outcome.go, handler.go) ─┐
//	   │                              session    session                                       │
//	   │  twin: what SPEC.md allows   end ▼        ▲ end       (twin.go, twincall.go,          │
//	   └─ by the frames alone             pipe ───▶ pipe        twincredit.go) ────────────────┘
//	                                      pipe ◀─── pipe
//
// Each seed draws a plan (plan.go): how many processes, their settings, the work, the links, and
// which faults there are, each of them often not at all. Then processes ask calls of all kinds and
// classes, unary, one-way and streams, with bodies from nothing to more than MAX_MESSAGE, with
// deadlines and without; links have delay, jitter, bandwidth, small buffers, and cut the bytes
// anywhere; connections are reset, stall, or swallow one direction or both without a sign;
// processes crash, drain and come back; handlers and readers are slow, deaf or disobedient; ids
// begin near their end; other goroutines touch a session between two of its events.
//
// # What is checked, at every step
//
//	I1  a call ends exactly once for its caller; a CALL has exactly one RESULT
//	I2  NotExecuted, NotSent and UNPROCESSED are true, also of what happens later
//	I3  handlers that run are never more than the calls granted; slots return with the RESULT
//	I4  no byte or call is sent without credit, no credit is granted that is not due
//	I5  what a reader that stops can be made to hold has its bound
//	I6  arguments, messages and results arrive whole, in order, once, at the right call
//	I7  when nothing is in flight, nothing is kept: no call, no timer, and all credit is there
//	I8  callers and handlers learn of a deadline at its moment; on a fair network all calls end
//
// and on the wire the rules for ids, fragments, continuations, turns, BIND, PING, CANCEL and drain;
// that no side finds fault with an honest one; that what was lent is not used later; that Ended is
// last. Neither the ledger nor the twin asks a session for its own counters, but for Live and
// Deadline at the end.
//
// # What is not
//
// Hostile peers: both sides are this implementation, so what no honest peer sends is never sent.
// The state table in engine/session, the fuzzers and internal/abuse do that. Nor goroutines,
// sockets and clocks (engine/transport, engine), nor bytes that change on their way, which TCP and
// TLS exclude.
//
// # Use
//
//	go test ./internal/sim                     2,000 seeds of 200 calls; -short has fewer
//	go test ./internal/sim -from 9 -seeds 100  from another seed on
//	go test ./internal/sim -seed 17 -show      one seed, with a line for all that happens
//
// A failure tells the seed, the step, the last lines and the command that plays it again. Play runs
// operations that a fuzzer chose instead. The table of internal/mutants says which planted bugs
// this finds.
package sim
