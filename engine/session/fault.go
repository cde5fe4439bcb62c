package session

import (
	"errors"
	"fmt"

	"github.com/leverrpc/lever/frame"
)

// Fault is a violation of the protocol that the peer committed and this side found.
type Fault struct {
	Reason frame.Reason
	Text   string
}

// Error says what the peer did.
func (f *Fault) Error() string { return fmt.Sprintf("session: %v: %s", f.Reason, f.Text) }

// Goodbye is the reason for which the peer, or the application at this side, ended the
// connection.
type Goodbye struct {
	Reason frame.Reason
	Text   string
	Local  bool // this side's own decision
}

// Error says who ended the connection and why.
func (g *Goodbye) Error() string {
	who := "peer"
	if g.Local {
		who = "this side"
	}
	return fmt.Sprintf("session: %s closed: %v: %s", who, g.Reason, g.Text)
}

// IsRefusal says that the peer does not accept who this side is, whatever it calls.
func (g *Goodbye) IsRefusal() bool { return !g.Local && g.Reason == frame.ReasonRefused }

var (
	// ErrDraining is the reason for which a call was not sent: the connection takes no more.
	ErrDraining = errors.New("session: connection is draining")

	// ErrClosed is the reason for which a call was not sent: the connection is over.
	ErrClosed = errors.New("session: connection is closed")

	errDeadline  = errors.New("session: deadline exceeded")
	errTooLate   = errors.New("session: the call waited too long for its turn")
	errCancelled = errors.New("session: cancelled by the caller")
)

// violate closes the connection because of what the peer did. It returns false, so that a
// receiver can end with it.
func (s *Session) violate(r frame.Reason, format string, args ...any) bool {
	if s.state != closed {
		text := fmt.Sprintf(format, args...)
		s.goodbye(r, text)
		s.end(&Fault{Reason: r, Text: text})
	}
	return false
}

// Close ends the connection at once. Calls in flight end with an event.
func (s *Session) Close(r frame.Reason, text string) {
	if s.state != closed {
		s.goodbye(r, text)
		s.end(&Goodbye{Reason: r, Text: text, Local: true})
	}
}

// HandleEnd takes the end of the transport, with its cause, nil if the peer closed in order.
// Calls in flight end with an event.
func (s *Session) HandleEnd(cause error) {
	if s.state == closed {
		return
	}
	if cause == nil && (s.live > 0 || s.in.partial()) {
		cause = errors.New("session: connection closed by the peer with calls in flight")
	}
	s.out = nil // nobody reads it any more
	s.end(cause)
}

// end makes the connection over: every live call gets its event, and Ended is the last one.
func (s *Session) end(cause error) {
	s.state = closed
	s.returnBudget()
	s.err = cause
	s.in.drop()
	s.backlog.drop()
	s.frameBy = 0
	for _, c := range s.unsent() {
		s.finishLocally(c, statusOfLoss(cause, NotSent), NotSent, cause)
	}
	for _, c := range s.table.all() {
		if s.role == Server {
			s.orphan(c, cause)
		} else {
			effect := s.effectOfLoss(c)
			s.finishLocally(c, statusOfLoss(cause, effect), effect, cause)
		}
	}
	s.notify(notice{kind: Ended, err: cause})
}

// statusOfLoss is how a call ends whose connection is lost. SPEC F-713: where the client is not
// accepted, what has not run would not run another time.
func statusOfLoss(cause error, e Effect) frame.Status {
	if g, ok := cause.(*Goodbye); ok && g.IsRefusal() && e <= NotExecuted {
		return frame.Unauthenticated
	}
	return frame.Unavailable
}

// orphan ends a call whose connection is gone at the side that answers it. Its Result is still
// owed and goes nowhere.
func (s *Session) orphan(c *Call, cause error) {
	if cause == nil {
		cause = ErrClosed
	}
	if c.told {
		s.notify(notice{kind: Cancelled, call: c, status: frame.Unavailable, err: cause})
	}
	s.live--
	s.retire(c)
}

// unsent returns the calls that were opened and not serialised.
func (s *Session) unsent() (calls []*Call) {
	for class := range s.ready {
		for _, l := range []*callList{&s.ready[class], &s.large[class], &s.waiting[class]} {
			for c := l.head; c != nil; c = c.next {
				if c.id == 0 {
					calls = append(calls, c)
				}
			}
		}
	}
	return calls
}

// effectOfLoss is what may have become of a call that was sent and lost its connection.
func (s *Session) effectOfLoss(c *Call) Effect {
	if c.id > s.goaway.last {
		return NotExecuted // SPEC: retry safety
	}
	return MaybeExecuted
}
