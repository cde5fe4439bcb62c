// Package subject is the Go implementation as the conformance suite tests it: a server with the
// service conformance, and a client that does what it is told.
//
// Both run over real sockets, as programs embed them, and over connections in memory, so that
// under testing/synctest the scripts that wait for the protocol's own time limits take no time.
//
// Every type here is safe for concurrent use.
package subject
