package session

import (
	"time"

	"github.com/leverrpc/lever/frame"
)

// Call is one call in flight, at the side that opened it or at the side that answers it.
//
// The application may keep the pointer until its last touch: Forget or Cancel at the side that
// opened the call, Result at the side that answers. After that a unary Call may be another call.
type Call struct {
	data     any    // the application's own record, for events
	turn     uint32 // counts the calls that this record has been
	id       uint32 // zero until the CALL frame is serialised
	state    callState
	flags    frame.Flags // Stream, Oneway, Idempotent and the class
	failed   frame.Status
	mark     uint8         // responder: of its method and size, in backlog.heavy
	detached bool          // the application has made its last touch
	told     bool          // responder: Called was delivered; initiator: Resulted was
	effect   Effect        // initiator: what it may have done, once it is done
	began    time.Duration // when it was opened, or when it arrived whole
	deadline time.Duration // zero: none
	sendBy   time.Duration // initiator: when it is too late to send it; zero: never
	heap     int           // 1 + its place in the deadline heap; zero: not there

	send sender
	recv receiver

	list       *callList // the list it waits in, or nil
	next, prev *Call
}

// ID is the call's number on the wire, or zero while it has not been sent.
func (c *Call) ID() uint32 { return c.id }

// Deadline is the time at which the caller stops waiting, or zero.
func (c *Call) Deadline() time.Duration { return c.deadline }

// Streaming reports whether messages may follow the arguments.
func (c *Call) Streaming() bool { return c.flags&frame.Stream != 0 }

// class is the index of the call's priority: 0 urgent, 1 normal, 2 bulk.
func (c *Call) class() int {
	switch c.flags & frame.ClassMask {
	case frame.Urgent:
		return 0
	case frame.Bulk:
		return 2
	}
	return 1
}

// Attach keeps data with a call that arrived, for its later events. Data given to Open is kept
// in the same way.
func (s *Session) Attach(c *Call, data any) {
	if !c.detached {
		c.data = data
	}
}

// maxFree bounds the recycled calls that a session keeps, unless more have been in flight at a time
// since there were none. A connection that had a burst of calls lets one of them go each time it has
// none in flight, down to keepFree, or to as many as have been in flight since the last time.
const (
	maxFree  = 256
	keepFree = 8
)

// trim lets go of a recycled call, and of a part of the table, that were needed in a burst that is
// over.
func (s *Session) trim() {
	if s.live > 0 {
		return
	}
	if int(s.freed) > max(keepFree, s.table.most) {
		c := s.free
		s.free, c.next = c.next, nil
		s.freed--
	}
	s.table.trim()
}

// newCall returns a blank call, recycled if there is one.
func (s *Session) newCall() *Call {
	c := s.free
	if c == nil {
		c = new(Call)
	} else {
		s.free, c.next = c.next, nil
		s.freed--
	}
	c.recv.window = newWindow(s.local.StreamBytes, s.now)
	c.send.credit = int64(s.remote.StreamBytes)
	return c
}

// retire takes a finished call out of every structure. A unary call that the application
// no longer holds is recycled; a stream is left to the collector, because several goroutines
// may still have it in hand and must find it over.
func (s *Session) retire(c *Call) {
	s.untime(c)
	c.list.remove(c)
	s.dropQueue(c)
	s.dropReceived(c)
	s.unpin(c)
	if c.id != 0 {
		s.table.remove(c.id)
	}
	c.state = done
	s.recycle(c)
}

// recycle puts a call that is over and that nobody holds into the free list.
func (s *Session) recycle(c *Call) {
	if c.state != done || !c.detached || c.Streaming() {
		return
	}
	turn, queue := c.turn+1, c.send.queue[:0]
	*c = Call{}
	c.turn, c.send.queue = turn, queue
	if int(s.freed) < max(maxFree, s.table.most) {
		c.next, s.free = s.free, c
		s.freed++
	}
}

// callList is a doubly linked list of calls. A call is in at most one.
type callList struct {
	head, tail *Call
}

// push appends c, which must be in no list.
func (l *callList) push(c *Call) {
	c.list, c.prev, c.next = l, l.tail, nil
	if l.tail == nil {
		l.head = c
	} else {
		l.tail.next = c
	}
	l.tail = c
}

// remove takes c out. A nil list, for a call that is in none, is fine.
func (l *callList) remove(c *Call) {
	if l == nil {
		return
	}
	if c.prev == nil {
		l.head = c.next
	} else {
		c.prev.next = c.next
	}
	if c.next == nil {
		l.tail = c.prev
	} else {
		c.next.prev = c.prev
	}
	c.list, c.prev, c.next = nil, nil, nil
}
