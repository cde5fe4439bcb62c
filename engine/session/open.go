package session

import (
	"fmt"
	"time"

	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/pool"
)

// Open describes a call that the local application starts.
type Open struct {
	// Name is "service/method". It is not checked here.
	Name string

	// Ext is the extension block, without its length. It is copied.
	Ext []byte

	// Flags are those of Stream, Oneway, Idempotent, Bytes and the class that the call has.
	Flags frame.Flags

	// Deadline is when the caller stops waiting; zero: never.
	Deadline time.Duration

	// SendBy is when it is too late to send the call, if it has waited so long for a slot or for its
	// turn: it ends with RESOURCE_EXHAUSTED, not sent. Zero: never.
	SendBy time.Duration

	// Data comes back in every event of this call.
	Data any

	// Lent says that the payload stays as it is until the call is over: until its Resulted event,
	// or until Cancel has returned. What cannot be sent at once is then not copied.
	Lent bool

	// Into is memory for the result if that is raw bytes and does not come at once: it is put there
	// from the beginning, as far as the capacity goes, and Event.Placed says so. The session may write
	// to all of it until the call is over, as Lent says. It is for regular calls.
	Into []byte
}

// lastID is the highest id that a CALL may have. Beyond it the connection is drained, so that
// the application moves to a new one long before ids run out.
const lastID = 0xFFFFFF01

// Open starts a call, which o describes; o is lent. payload is its argument list, a value or raw
// bytes by o.Flags; it is copied unless o says that it is lent. A call that finds no slot or no
// credit waits in order. The error says that the connection takes no new calls; nothing was sent
// then.
func (s *Session) Open(now time.Duration, o *Open, payload []byte) (*Call, error) {
	s.now = max(s.now, now)
	if s.state == closed {
		return nil, s.closedBy()
	}
	if s.goaway.begun {
		return nil, ErrDraining
	}
	c := s.newCall()
	c.data, c.flags, c.deadline, c.began = o.Data, o.Flags&callFlags, o.Deadline, s.now
	c.recv.into, c.sendBy = o.Into, o.SendBy
	s.live++
	s.beginWatch()
	s.time(c)

	code := s.bind(o.Name)
	size := headSize(code, o) + len(payload)
	if s.sendSlots > 0 && s.mayWrite(c, size) {
		s.writeCall(c, code, o, size, payload)
	} else {
		s.queueCall(c, code, o, size, payload)
	}
	return c, nil
}

// closedBy is ErrClosed with the reason why the connection is over.
func (s *Session) closedBy() error {
	if s.err == nil {
		return ErrClosed
	}
	return fmt.Errorf("%w: %w", ErrClosed, s.err)
}

// callFlags are the flags of a CALL that stay true for the call's life.
const callFlags = frame.Stream | frame.Oneway | frame.Idempotent | frame.ClassMask

// wireFlags are the flags of the CALL frame.
func (o *Open) wireFlags() frame.Flags {
	if len(o.Ext) > 0 {
		return o.Flags | frame.Ext
	}
	return o.Flags
}

// headSize is the size of what stands before the arguments.
func headSize(code uint16, o *Open) (n int) {
	if code == 0 {
		n += 2 + len(o.Name)
	}
	if len(o.Ext) > 0 {
		n += 2 + len(o.Ext)
	}
	return n
}

// writeCall is the straight path: one frame, from the caller's memory into the output.
func (s *Session) writeCall(c *Call, code uint16, o *Open, size int, payload []byte) {
	s.sendSlots--
	s.charge(c, size)
	out := frame.AppendHeader(s.out, frame.Header{
		Length: uint32(size), Type: frame.Call, Flags: o.wireFlags(), Code: code,
		ID: s.assignID(c), Aux: timeLeft(s.now, c.deadline),
	})
	if size > len(payload) {
		out = frame.AppendCallHead(out, code, o.Name, o.Ext)
	}
	s.out = append(out, payload...)
	s.framesSent++
	s.sentCall(c)
	s.countIDs()
}

// queueCall is the other path: the call waits for a slot, for credit, or for its turn.
func (s *Session) queueCall(c *Call, code uint16, o *Open, size int, payload []byte) {
	it := item{typ: frame.Call, flags: o.wireFlags(), code: code, data: payload,
		lent: o.Lent}
	head := size - len(payload)
	if !o.Lent {
		it.body = pool.Get(size)
		it.body.B = append(it.body.B[:head], payload...)
		it.data = it.body.B[head:]
	} else if head > 0 {
		it.body = pool.Get(head)
	}
	if head > 0 {
		it.head = frame.AppendCallHead(it.body.B[:0], code, o.Name, o.Ext)
	}
	s.enqueue(c, it)
	s.waiting[c.class()].push(c)
	s.admit()
	s.checkSaturated()
}

// assignID gives the call its number at the moment it is serialised. Numbers rise by two and
// are never skipped.
func (s *Session) assignID(c *Call) uint32 {
	c.id = s.nextID
	s.nextID += 2
	s.callsSeen++
	s.table.put(c)
	c.state = half
	if c.Streaming() {
		c.state = opened
	}
	return c.id
}

// sentCall is reached when the last byte of a call's arguments is in the output.
func (s *Session) sentCall(c *Call) {
	if c.flags&frame.Oneway != 0 {
		s.finishLocally(c, frame.OK, MaybeExecuted, nil)
	}
}

// countIDs leaves the connection when it has just begun the call with the last id.
func (s *Session) countIDs() {
	if s.nextID > lastID {
		s.Drain()
	}
}

// admit gives free slots to the calls that wait for one, the urgent first.
func (s *Session) admit() {
	for class := range s.waiting {
		for s.sendSlots > 0 && s.waiting[class].head != nil {
			c := s.waiting[class].head
			s.waiting[class].remove(c)
			s.sendSlots--
			s.enter(c)
		}
	}
}

// Cancel ends a call that this side opened and no longer wants. It is the application's last
// touch of c: no event comes for it any more. The slot stays in use until the peer's RESULT.
// The effect is NotSent if no byte of the call has left.
func (s *Session) Cancel(now time.Duration, c *Call, why frame.CancelReason) Effect {
	s.now = max(s.now, now)
	effect := s.abandon(c, why)
	c.detached, c.data = true, nil
	s.recycle(c)
	s.drainedOut()
	return effect
}

// Forget is the application's last touch of a call after its Resulted event.
func (s *Session) Forget(c *Call) {
	c.detached, c.data = true, nil
	s.recycle(c)
}

// giveUp ends a call for this side's own reason and tells the application.
func (s *Session) giveUp(c *Call, why frame.CancelReason, status frame.Status, err error) {
	if c.told || c.detached {
		return
	}
	c.effect = s.abandon(c, why)
	c.told = true
	s.notify(notice{kind: Resulted, call: c, status: status, effect: c.effect, err: err})
	s.drainedOut()
}

// abandon stops a call at this side. One that was sent waits for its RESULT; another is over, and
// perhaps the connection with it: drainedOut comes behind what is told of the call.
func (s *Session) abandon(c *Call, why frame.CancelReason) Effect {
	if c.told { // what still comes of it is skipped
		return c.effect
	}
	switch c.state {
	case done: // the application has not seen its Resulted event yet
		return c.effect
	case abandoned:
		return MaybeExecuted
	case idle:
		if c.list != nil && c.list != &s.waiting[c.class()] {
			s.sendSlots++ // its slot was reserved and not used
		}
		s.live--
		s.retire(c)
		s.admit()
		return NotSent
	}
	s.untime(c)
	c.list.remove(c)
	s.dropQueue(c)
	s.dropReceived(c)
	c.recv.into = nil
	c.recv.held.drop()
	c.state = abandoned
	s.appendFrame(frame.Header{Type: frame.Cancel, Code: uint16(why), ID: c.id})
	if c.flags&frame.Oneway != 0 { // SPEC 7.3: no RESULT will come
		s.live--
		s.retire(c)
		return MaybeExecuted
	}
	s.grantCall(c)
	return MaybeExecuted
}

// finishLocally ends a call without a RESULT: it was never sent, or it is ONEWAY, or none can
// come any more.
func (s *Session) finishLocally(c *Call, status frame.Status, e Effect, err error) {
	s.live--
	if !c.told && !c.detached {
		c.told, c.effect = true, e
		s.notify(notice{kind: Resulted, call: c, status: status, effect: e, err: err})
	}
	s.retire(c)
	s.drainedOut()
}
