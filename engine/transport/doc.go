// Package transport moves bytes between sessions and sockets. A session (package session) is a
// state machine without I/O; a [Conn] puts one behind a lock, gives it a clock and a driver, and
// tells a [Handler] what happens.
//
//	 commands: Open Message Result …             HandleEvent(c, ev)
//	 any goroutine                               one goroutine at a time, no lock held
//	      │                                           ▲
//	┌─────▼───────────────────────────────────────────┴──────┐
//	│ Conn   mu · session · alarm (one lazy timer)           │
//	└─────┬───────────────────────────────────────────▲──────┘
//	      │ TakeOutput                     HandleInput │
//	┌─────▼───────────────────────────────────────────┴──────┐
//	│ driver   netDriver: a reader goroutine; flush by whom  │
//	│                     it concerns (flush.go)             │
//	│          gnetDriver: an event loop for many            │
//	└─────┬───────────────────────────────────────────▲──────┘
//	      ▼              tcp · tls · unix · pipe       │
//
// # Who does what
//
// A turn is the delivery of events, one after the other with no lock held, and the sending of
// what they left. One turn is on at a time: the reader's after input, or that of a goroutine
// that was started because a command or the timer left events. What anybody appends during a
// turn leaves with it, in one write, or in up to three if the input is long (share.go).
//
// Outside of a turn, who appends output also sees to it that it leaves: with a net.Conn by being
// the flusher, which writes until nothing is left and yields once before, when other calls are
// in flight; with gnet by waking the loop, once for all that comes together.
//
// # No one waits for the peer
//
// A method of Conn never does: writes are attempts that do not wait. What a net.Conn's kernel
// buffer does not take goes to a goroutine that lives until it is sent; gnet keeps it itself, up
// to a mark above which nothing more is taken from the session. So reading never depends on
// writing, and two peers that flood each other cannot lock up. (For a net.Conn the alternative
// was a write with a deadline, which leaves a broken TLS stream behind and costs a timer each; an
// attempt on the raw descriptor costs what a plain Write costs.) A peer that takes nothing for
// Config.StallTimeout is given up.
//
// # The end
//
// When the session is over, its last output is sent, this direction is closed, and the rest when
// the peer has closed too, or after a second: an immediate close would let the kernel discard the
// goodbye. When the transport is over first, the session is told, and its calls end with events.
// A peer that closes its direction is gone: there is no half-closed service. Ended is always the
// last event, and Done is closed after it was handled and the socket is closed.
//
// # Goroutines and memory
//
// A net.Conn has a reader, which ends with the connection, and at times a goroutine for one turn,
// or one that drains a full socket; each ends by itself, at the latest with the socket. While it
// waits, a plain connection pins no read buffer at all on Unix systems and 4 KiB elsewhere or
// with TLS. gnet has a goroutine and a 64 KiB buffer for each loop, and a connection of its own
// without calls keeps no output buffer either. A listener has its accept loop, and a goroutine for
// each TLS handshake, which is bounded in time. Listener.Drain and Close wait for all of them.
//
// Payloads given to a Conn are copied before the method returns, unless they are lent or given with
// their memory; an event and its slices are lent until HandleEvent returns. From memory that is lent or
// given a large payload is written where it lies, with other output in one system call, on gnet's
// loops and on Linux; TLS copies. While memory that is lent is written from, no call is told to be over
// and Cancel does not return: for as long as one write takes that does not wait.
//
// What the package never does: it starts no call by itself, interprets no payload, resolves no
// names but those that package net resolves, and retries nothing.
package transport
