package session

import (
	"math"
	"time"

	"github.com/leverrpc/lever/frame"
)

// deadlines is a binary heap of the calls that have a deadline, the earliest first. Each call
// knows its place, so a call that ends early leaves at once.
type deadlines []*Call

func (s *Session) untime(c *Call) {
	if c.heap != 0 {
		s.heap.remove(c.heap - 1)
		c.heap = 0
	}
}

func (s *Session) time(c *Call) {
	if c.deadline != 0 && c.heap == 0 {
		s.heap.add(c)
	}
}

func (d *deadlines) add(c *Call) {
	*d = append(*d, c)
	c.heap = len(*d)
	d.up(len(*d) - 1)
}

func (d deadlines) set(i int, c *Call) {
	d[i] = c
	c.heap = i + 1
}

func (d deadlines) up(i int) {
	c := d[i]
	for i > 0 {
		parent := (i - 1) / 2
		if d[parent].deadline <= c.deadline {
			break
		}
		d.set(i, d[parent])
		i = parent
	}
	d.set(i, c)
}

func (d deadlines) down(i int) {
	c := d[i]
	for {
		child := 2*i + 1
		if child >= len(d) {
			break
		}
		if child+1 < len(d) && d[child+1].deadline < d[child].deadline {
			child++
		}
		if c.deadline <= d[child].deadline {
			break
		}
		d.set(i, d[child])
		i = child
	}
	d.set(i, c)
}

func (d *deadlines) remove(i int) {
	h := *d
	last := len(h) - 1
	c := h[last]
	h[last] = nil
	*d = h[:last]
	if i == last {
		return
	}
	(*d).set(i, c)
	(*d).up(i)
	(*d).down(c.heap - 1)
}

// timeLeft is the aux of a CALL frame: microseconds until the deadline, rounded up, so that a
// call with any time left never goes out as one without a deadline. What does not fit is sent
// as none; this side then gives up by itself when the time comes.
func timeLeft(now, deadline time.Duration) uint32 {
	if deadline == 0 {
		return 0
	}
	us := (deadline - now + time.Microsecond - 1) / time.Microsecond
	if us > math.MaxUint32 {
		return 0
	}
	return uint32(max(us, 1))
}

// Restamp tells that output has waited, because the transport took none: in the CALL frames that
// are part of it the time left is counted anew, as of now. A driver that knows of no wait has no
// need of it. One-way calls keep what they had, as nothing is known of them any more.
func (s *Session) Restamp(now time.Duration) {
	s.now = max(s.now, now)
	for out := s.out; len(out) > 0; {
		h, n := frame.ConsumeHeader(out)
		if h.Type == frame.Call && h.Aux != 0 {
			if c := s.table.get(h.ID); c != nil {
				h.Aux = timeLeft(s.now, c.deadline)
				frame.PutHeader(out, h)
			}
		}
		out = out[n+int(h.Length):]
	}
}

// expire ends the calls whose time is up.
func (s *Session) expire() {
	for len(s.heap) > 0 && s.heap[0].deadline <= s.now {
		c := s.heap[0]
		s.untime(c)
		if s.role == Client {
			s.giveUp(c, frame.Timeout, frame.DeadlineExceeded, errDeadline)
		} else {
			s.tellCancelled(c, frame.DeadlineExceeded, errDeadline)
		}
	}
}
