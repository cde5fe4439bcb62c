// Package abuse attacks servers and clients. Each test is a class of attack, or of fault, that has
// hurt a protocol which carries many calls on one connection, and shows that it is survived: the
// memory is bounded, others are served, the attacker is told why it is closed, nothing is left
// behind. It has no code of its own.
//
// Servers whose memory is measured run in a process of their own, which is the test binary again.
// Everything stays on loopback and ends by itself. Attacks are short by default;
//
//	go test ./internal/abuse -full
//
// runs them at their full size. Tests are named after the row of the threat table that they show:
// TestAbuseA12SlowReader. Where the protocol refuses what an attack needs (compression, A20;
// priorities that change, A40), the test shows the refusal.
//
// # Choices
//
// Three stand beside the table. Handlers that run already when a peer stops reading may answer, up
// to Limits.ResultBytes of results that wait; no further ones begin from an eighth of that on
// (A12). A message that stays unfinished holds its part of the assembly budget for 30 to 60 s, and
// for longer if it grows by 16 KiB in each 30 s (A41). Each call that was cancelled gives its token back when its handler has
// ended, so a flood of resets is bounded by the slots and not always closed with CALM (A1).
package abuse
