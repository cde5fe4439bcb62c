// Package subject is the Go implementation as the conformance suite tests it: a server with the
// service conformance, and a client that does what it is told.
//
// Both run over unix sockets, as programs embed them.
//
// Every type here is safe for concurrent use.
package subject
