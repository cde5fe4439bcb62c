package session

import "github.com/leverrpc/lever/frame"

// connState is where a connection stands. SPEC prints the same table.
type connState uint8

const (
	waitHello connState = iota // the peer's HELLO has not come; a client may send calls already
	open                       // calls are taken
	draining                   // GOAWAY was sent or received; a server still takes calls
	drained                    // server: the last id is named; later calls are dropped whole
	closed                     // the goodbye is in the output; nothing more is read
)

var connStateNames = [...]string{"WAIT_HELLO", "OPEN", "DRAINING", "DRAINED", "CLOSED"}

func (s connState) String() string { return connStateNames[s] }

// callState is where a call stands at one side.
type callState uint8

const (
	idle      callState = iota // not yet on the wire
	opened                     // the peer may send messages
	half                       // the peer has sent its last message
	abandoned                  // initiator: cancelled; the slot waits for the RESULT
	done                       // the RESULT was sent or received
)

var callStateNames = [...]string{"IDLE", "OPEN", "HALF", "CANCELLED", "DONE"}

func (s callState) String() string { return callStateNames[s] }

// action is what a side does with a frame that arrives for a call.
type action uint8

const (
	violate  action = iota // close the connection with PROTOCOL
	begin                  // a new call
	deliver                // a message, or a part of one
	finish                 // the peer's direction is over
	cancel                 // tell the handler to stop
	add                    // more credit for this side
	complete               // the call is over
	drop                   // discard, and give the credit back
	ignore                 // discard
)

var actionNames = [...]string{
	"PROTOCOL", "begin", "deliver", "finish", "cancel", "add", "complete", "drop", "ignore",
}

func (a action) String() string { return actionNames[a] }

// callRow is one state's actions, by frame type.
type callRow [frame.Credit + 1]action

// responderTable says what the side that answers calls does with a frame. A zero entry is a
// violation.
var responderTable = [done + 1]callRow{
	idle:   {frame.Call: begin},
	opened: {frame.Msg: deliver, frame.Finish: finish, frame.Cancel: cancel, frame.Credit: add},
	half:   {frame.Cancel: cancel, frame.Credit: add},
	done:   {frame.Msg: drop, frame.Finish: ignore, frame.Cancel: ignore, frame.Credit: ignore},
}

// initiatorTable says what the side that opens calls does with a frame. A zero entry is a
// violation.
var initiatorTable = [done + 1]callRow{
	opened: {
		frame.Msg: deliver, frame.Finish: finish, frame.Credit: add, frame.Result: complete,
	},
	half: {frame.Credit: add, frame.Result: complete},
	abandoned: {
		frame.Msg: drop, frame.Finish: ignore, frame.Credit: ignore, frame.Result: complete,
	},
	done: {frame.Credit: ignore}, // for the last part of a ONEWAY call
}
