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

// pace tells, once in each round trip, how many bytes of the window are used up within one; false: it
// is too soon to say. What is due is about to be granted. Over less than a round trip nothing can be
// said of the peer: what lies in the kernel already is read as fast as memory is.
func (w *window) pace(now, rtt time.Duration) (bytes int64, known bool) {
	if rtt == 0 {
		w.used, w.since = 0, now
		return 0, false
	}
	w.used += w.owed
	elapsed := min(now-w.since, time.Hour) // so that nothing overflows
	if elapsed < rtt {
		return 0, false
	}
	bytes = w.used * (rtt.Microseconds() + 1) / (elapsed.Microseconds() + 1)
	w.used, w.since = 0, now
	return bytes, true
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
	used, known := w.pace(s.now, s.rtt())
	switch {
	case extra > 0 && s.budgetIsShort():
		s.narrowConn(extra/8 + 1)
	case !known:
	case 2*used >= w.size:
		n := min(growFactor*w.owed, int64(s.limits.WindowBytes)-w.size)
		if n > 0 && s.budget != nil {
			n = s.budget.Take(n)
		}
		w.widen(max(n, 0))
	case extra > 0 && spareFactor*used < w.size:
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
	most := min(int64(s.limits.CallWindowBytes), s.bytes.size)
	if used, known := w.pace(s.now, s.rtt()); known && 2*used >= w.size && w.size < most {
		w.widen(min(growFactor*w.owed, most-w.size))
	}
}
