//go:build !unix

package transport

import "net"

// rawTrier has no answer here: each write is handed to a goroutine of its own.
func rawTrier(net.Conn) trier { return nil }

// rawSource has no answer here: the portable source reads.
func rawSource(net.Conn) source { return nil }
