package session

import "time"

// A window that is smaller than what is under way during one round trip makes its sender wait. So
// a window begins with what the HELLO announces, and a receiver widens it while half of it or more
// is used up within a round trip: a grant then gives up to four times what is due. SPEC 8.3.
//
// What all connections of a process have beyond their HELLO comes out of one Budget. A
// connection gives it back, by leaving due bytes ungranted, when its sender needs much less, or
// when others ask and the budget is used up. Calls need no budget: what they receive counts
// against their connection as well.

// Budget is what the windows of many connections may have beyond what they began with. It is
// safe for concurrent use, and quick: sessions ask it while their drivers hold a lock.
type Budget interface {
	// Take asks for n bytes and says how many of them there are.
	Take(n int64) int64

	// Give returns bytes that were taken.
	Give(n int64)

	// Short reports whether somebody has asked for more than there is. Who has taken much should
	// give some back then.
	Short() bool
}

// growFactor is how many times what is due a grant may add to it.
const growFactor = 3

// spareFactor is how many times a window must exceed what a round trip uses to be narrowed.
const spareFactor = 8

// busy reports whether the bytes that are due were used up so fast that, at this rate, at least
// the part 1/per of the window is used within a round trip.
func (w *window) busy(now, rtt time.Duration, per int64) bool {
	elapsed := min(now-w.since, time.Hour) // so that nothing overflows
	return rtt > 0 && w.owed*per*(rtt.Microseconds()+1) >= w.size*elapsed.Microseconds()
}

// widen makes n more bytes grantable than are due.
func (w *window) widen(n int64) {
	w.owed += n
	w.size += n
}

// fitConn widens or narrows the connection's window before a grant.
func (s *Session) fitConn() {
	w := &s.bytes
	extra := w.size - int64(s.local.ConnBytes)
	switch {
	case extra > 0 && s.budgetIsShort():
		s.narrowConn(extra/8 + 1)
	case w.busy(s.now, s.rtt(), 2):
		n := min(growFactor*w.owed, int64(s.limits.WindowBytes)-w.size)
		if n > 0 && s.budget != nil {
			n = s.budget.Take(n)
		}
		w.widen(max(n, 0))
	case extra > 0 && !w.busy(s.now, s.rtt(), spareFactor):
		s.narrowConn(extra/2 + 1)
	}
}

// narrowConn leaves up to n bytes ungranted that are due, for good.
func (s *Session) narrowConn(n int64) {
	n = min(n, s.bytes.owed, s.bytes.size-int64(s.local.ConnBytes))
	s.bytes.widen(-n)
	if s.budget != nil {
		s.budget.Give(n)
	}
}

// returnBudget is reached when the connection is over.
func (s *Session) returnBudget() {
	if extra := s.bytes.size - int64(s.local.ConnBytes); extra > 0 && s.budget != nil {
		s.budget.Give(extra)
	}
	s.budget = nil
}

func (s *Session) budgetIsShort() bool { return s.budget != nil && s.budget.Short() }

// fitCall widens a call's window before a grant, up to that of the connection.
func (s *Session) fitCall(c *Call) {
	w := &c.recv.window
	if most := min(int64(s.limits.CallWindowBytes), s.bytes.size); w.size < most &&
		w.busy(s.now, s.rtt(), 2) {
		w.widen(min(growFactor*w.owed, most-w.size))
	}
}
