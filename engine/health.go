package engine

import (
	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/lb"
)

// health says what the end of a call over c, by e if it went wrong, tells about the instance. The
// loss of a connection is one failure, however many calls it takes along: five of them would count
// as an instance that fails again and again. An instance that refuses bulk is not one that fails.
//
// placed: only this instance could be asked, and its time is not to be compared with others'.
func (c *clientConn) health(e *Error, flags frame.Flags, placed bool) lb.Outcome {
	good := lb.Succeeded
	if placed {
		good = lb.Placed
	}
	if e == nil {
		return good
	}
	switch e.Code {
	case Unauthenticated:
		if e.cause == nil { // the instance has answered
			return good
		}
		fallthrough
	case Unavailable:
		if e.cause != nil && c.blamed.Swap(true) { // with a cause, this side found it lost
			return lb.Ignored
		}
		return lb.Failed
	case ResourceExhausted:
		if e.Effect == Executed { // that of the caller's, in the eyes of the application
			return good
		}
		if e.Effect == NotExecuted && flags&frame.ClassMask == frame.Bulk {
			return lb.Ignored
		}
		return lb.Failed
	case Internal, DeadlineExceeded:
		return lb.Failed
	case Cancelled:
		return lb.Ignored
	}
	return good
}
