package play

import (
	"context"

	"github.com/leverrpc/lever/conformance/script"
)

// Server is a server under test.
type Server interface {
	// Dial makes a connection.
	Dial(ctx context.Context) (Conn, error)
}

// Drainable is a Server that can be told to drain. Own starts one for a single script, because
// what has been drained takes no more connections.
type Drainable interface {
	Own(ctx context.Context) (OwnServer, error)
}

// OwnServer is a server that only one script uses.
type OwnServer interface {
	Server
	Drain() // begins a drain, and does not wait for its end
	Close()
}

// Client is a client under test, with the place where it will find its server.
type Client interface {
	// Do gives the client a command. It does not wait for what comes of it.
	Do(c script.Command) error

	// News are what the client tells. The channel is closed when the client is gone.
	News() <-chan script.News

	// Addr is where the client is to connect to.
	Addr() string

	// Accept waits for its next connection.
	Accept(ctx context.Context) (Conn, error)

	// Close ends the client. It tells whether the client ended as one that cannot do what it
	// was asked.
	Close() (unable bool)
}

// Clients makes a client under test for each script.
type Clients interface {
	Start(ctx context.Context) (Client, error)
}
