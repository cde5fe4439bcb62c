package frame

import "strconv"

// Reason says why a connection ends, in the code of a GOAWAY. SPEC 15.2.
type Reason uint16

// The reasons of version 1.
const (
	ReasonNone          Reason = 0  // graceful: finish what is in flight
	ReasonProtocol      Reason = 1  // a frame that the rules forbid
	ReasonFlow          Reason = 2  // more sent than credited, or a credit that cannot be
	ReasonFrameTooLarge Reason = 3  // longer than the receiver's MAX_FRAME
	ReasonCalm          Reason = 4  // too many frames that make no progress
	ReasonTimeout       Reason = 5  // the peer was silent or stalled for too long
	ReasonBadVersion    Reason = 6  // no version in common
	ReasonRefused       Reason = 7  // the client is not accepted: its AUTH, or its ENVIRONMENT
	ReasonInternal      Reason = 8  // a fault of the side that says goodbye
	ReasonIDsExhausted  Reason = 9  // no call ids are left: connect anew
	ReasonUnavailable   Reason = 10 // no connection is taken now
)

var reasonNames = [...]string{
	"NONE", "PROTOCOL", "FLOW", "FRAME_TOO_LARGE", "CALM", "TIMEOUT", "BAD_VERSION", "REFUSED",
	"INTERNAL", "IDS_EXHAUSTED", "UNAVAILABLE",
}

// String gives the name in the registry, or for example "REASON(77)".
func (r Reason) String() string {
	if int(r) < len(reasonNames) {
		return reasonNames[r]
	}
	return "REASON(" + strconv.Itoa(int(r)) + ")"
}

// CancelReason says why a caller gave up, in the code of a CANCEL. A receiver treats one it does
// not know as Caller.
type CancelReason uint16

// The reasons to cancel of version 1.
const (
	Caller   CancelReason = 0 // the caller no longer wants the result
	Timeout  CancelReason = 1 // the caller's deadline is over
	Unwanted CancelReason = 2 // what came was too large or malformed for the caller
)

var cancelNames = [...]string{"CALLER", "TIMEOUT", "UNWANTED"}

// String gives the name in the registry, or for example "CANCEL(77)".
func (r CancelReason) String() string {
	if int(r) < len(cancelNames) {
		return cancelNames[r]
	}
	return "CANCEL(" + strconv.Itoa(int(r)) + ")"
}
