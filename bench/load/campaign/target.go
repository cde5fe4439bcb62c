package campaign

import (
	"errors"

	"github.com/leverrpc/lever/bench/load/meter"
)

// Target is a server and its client: one row of the table.
type Target struct {
	// Name is short and unique, such as "lever/worker".
	Name string
	// About is one line for the usage text.
	About string
	// Serve starts a server on a port of 127.0.0.1 of the system's choice. It runs until its
	// process ends.
	Serve func() (addr string, err error)
	// Dial connects a client with so many connections.
	Dial func(addr string, conns int) (Client, error)
	// Idle opens so many connections that do nothing, until release is called. Nil: the target
	// does not take part.
	Idle func(addr string, conns int) (release func(), err error)
	// Stall opens a stream that the server fills, on the client's first connection, takes one
	// message and then none. Nil: the target does not take part.
	Stall func(c Client) (release func(), err error)
	// Large connects a client, and makes an operation of it that sends LargeBytes there and back.
	// Nil: the target does not take part.
	Large func(addr string, how Manner) (Client, meter.Op, error)
}

// Client is one side of a measurement.
type Client interface {
	// Op makes the operation of one caller. ErrNot: the target has no such case.
	Op(c Case, caller int) (meter.Op, error)
	// Close ends the connections.
	Close() error
}

// ErrNot says that a target does not take part in a case.
var ErrNot = errors.New("has no such case")
