// Package session is one side of a Lever connection as a state machine without I/O.
//
// A session takes bytes that arrived, the time, and commands; it gives events and bytes to send.
// It never reads a clock, starts a goroutine, touches a socket or takes a lock. So one and the
// same object serves every driver, the fuzzers and the simulations, and its tables (state.go)
// are the tables of SPEC.md.
//
//	          HandleInput, HandleTime, HandleEnd
//	                        │
//	                        ▼
//	          ┌───────────────────────────┐   Next
//	commands  │ input → receive → events  │ ───────▶  the application
//	────────▶ │ calls, credit, deadlines  │
//	          │ queues → fill → output    │ ───────▶  the socket
//	          └───────────────────────────┘   TakeOutput
//
// # Order of calls
//
// A session is not safe for concurrent use; its driver guards it with one lock. After
// HandleInput, HandleTime, HandleEnd, TakeOutput or a command, events may be waiting: HasEvents
// tells. One goroutine at a time calls Next until it returns nil; it may let go of the lock
// while it acts on an event. After any of them output may be waiting: HasOutput tells.
//
// Time is a time.Duration since a moment that the driver chose, and never goes back.
//
// # Memory
//
// What is given to HandleInput is lent until Next returns nil. An Event and its slices are lent
// until the next call of Next; what is large lies in pieces: Event.More. Payloads and extension blocks
// given to commands are copied. What TakeOutput returns is given.
//
// # A call's life
//
// At the side that opens: Open, then for streams Message and Finish, then the event Resulted and
// Forget; or Cancel at any time instead. At the side that answers: the event Called, then for
// streams Message and Finish, then Result, always. Forget, Cancel and Result are each the last
// touch of the call.
//
// # Files
//
//	session.go  the struct, input, time, Next        open.go    Open, Cancel: the initiator's calls
//	state.go    the state tables                     called.go  CALL, CANCEL, Result: the responder's
//	input.go    bytes to frames                      message.go MSG, FINISH, Release
//	receive.go  frames to receivers                  result.go  RESULT
//	event.go    events and notices                   assemble.go payloads of several frames
//	collect.go ahead.go  where their bytes lie
//	send.go     queues, fragments, fairness          gather.go  output that is not copied
//	credit.go, window.go  both credits
//	goaway.go   drain and goodbye                    hello.go admit.go bind.go ping.go glitch.go
//	deadline.go ends of calls in time
//	call.go     the record of a call                 table.go   calls by id
//	fault.go    how a connection ends                config.go  parameters and roles
//	grow.go probe.go  how windows grow
//	sweep.go    payloads that do not go on
//	stall.go backlog.go  results that wait            limits.go what a connection may cost
//	saturate.go calls that wait
package session
