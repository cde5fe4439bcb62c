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
// runs them at their full size.
package abuse
