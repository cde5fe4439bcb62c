package session

import (
	"slices"
	"time"

	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/pool"
)

// sender is one call's way out.
type sender struct {
	credit   int64  // bytes that the peer still takes on this call
	queue    []item // what could not go at once, oldest first
	finished bool   // FINISH or RESULT was given: no message may follow
	wide     bool   // it is one of the few of its class that have a large body under way
	refused  bool   // a Message was refused: tell the application when one may come
	pinned   bool   // the result of a unary call is in queue
	lost     bool   // messages of a handler that was told to stop were dropped
}

// item is a payload, or a FINISH, that waits for credit or for its turn. What has been sent is
// cut off the front of data.
type item struct {
	typ   frame.Type
	flags frame.Flags
	code  uint16
	aux   uint32
	head  []byte    // name and extensions, which must be in the first frame; nil once it is out
	data  []byte    // what stands behind the head
	body  *pool.Buf // the memory of head, of data, or of both; nil: none of it is the session's
	lent  bool      // data is memory of who opened the call
	begun bool      // the first frame is out; the rest follows as MSG
}

// size is how many bytes are still to be sent.
func (it *item) size() int { return len(it.head) + len(it.data) }

// appendFrame writes a frame without payload.
func (s *Session) appendFrame(h frame.Header) {
	s.out = frame.AppendHeader(s.out, h)
	s.framesSent++
}

// reply writes a control frame that the peer has caused.
func (s *Session) reply(h frame.Header) {
	s.replies++
	s.appendFrame(h)
}

// charge counts n payload bytes against both credits.
func (s *Session) charge(c *Call, n int) {
	s.sendBytes -= int64(n)
	c.send.credit -= int64(n)
	if st := &s.stall; st.answers > 0 {
		st.passed = min(st.passed+int32(n), leastProgress)
	}
}

// mayWrite reports whether a payload of n bytes may go straight into the output as one frame:
// nothing of its call waits, both credits suffice, and it would not delay a control frame.
func (s *Session) mayWrite(c *Call, n int) bool {
	return len(c.send.queue) == 0 && len(s.out) < s.limits.OutputBytes && (!s.stalled || n == 0) &&
		n <= frame.FairFragment && int64(n) <= s.sendBytes && int64(n) <= c.send.credit &&
		(c.flags&frame.ClassMask != frame.Bulk || s.nextReady() == nil)
}

// enqueue puts an item behind what waits on its call.
func (s *Session) enqueue(c *Call, it item) {
	c.send.queue = append(c.send.queue, it)
}

// dropQueue forgets what waits on a call. On most nothing does.
func (s *Session) dropQueue(c *Call) {
	c.send.finished = true
	if len(c.send.queue) > 0 || c.send.wide {
		s.clearQueue(c)
	}
}

func (s *Session) clearQueue(c *Call) {
	if c.send.pinned && len(c.send.queue) > 0 {
		s.backlog.bytes -= c.send.queue[0].size()
	}
	for _, it := range c.send.queue {
		it.body.Release()
	}
	clear(c.send.queue)
	c.send.queue = c.send.queue[:0]
	s.stalled = false // perhaps it was this that waited
	s.narrow(c)
}

// schedule puts a call that has something to send, and credit for it, into its class's round.
func (s *Session) schedule(c *Call) {
	if c.list == nil && len(c.send.queue) > 0 && c.id != 0 && s.portion(c, &c.send.queue[0]) >= 0 {
		s.enter(c)
	}
}

// maxWide is how many large bodies of one class are under way at a time. More would not arrive
// sooner: each would only wait longer in the memory of the receiver, which bounds it.
const maxWide = 3

// enter puts a call into its class's round; if it would begin a large body while enough others
// are under way, it waits until one of them is through.
func (s *Session) enter(c *Call) {
	class, it := c.class(), &c.send.queue[0]
	if !it.begun && !c.send.wide && it.size() > frame.FairFragment {
		if s.wide[class] == maxWide {
			s.large[class].push(c)
			return
		}
		s.wide[class]++
		c.send.wide = true
	}
	s.ready[class].push(c)
}

// narrow is called when a call's large body is through, or cannot go on: the next may begin. One
// whose large body was dropped needs no place, so the one behind it may begin as well.
func (s *Session) narrow(c *Call) {
	if !c.send.wide {
		return
	}
	class := c.class()
	c.send.wide = false
	s.wide[class]--
	for s.wide[class] < maxWide && s.large[class].head != nil {
		next := s.large[class].head
		s.large[class].remove(next)
		s.enter(next)
	}
}

// nextReady returns the call whose turn it is: the most urgent class that has one.
func (s *Session) nextReady() *Call {
	for class := range s.ready {
		if c := s.ready[class].head; c != nil {
			return c
		}
	}
	return nil
}

// fair is the most that c, which is ready, may send in one frame. Even alone it must not fill the
// output, or else what comes next, a control frame perhaps, waits behind as much as the peer's
// MAX_FRAME.
func (s *Session) fair(c *Call) int {
	if s.alone(c) {
		return s.limits.OutputBytes
	}
	return frame.FairFragment
}

// alone reports whether c, which is ready, is the only call that is.
func (s *Session) alone(c *Call) bool {
	for class := range s.ready {
		if l := &s.ready[class]; l.head != nil && (l != c.list || l.head != l.tail) {
			return false
		}
	}
	return true
}

// TakeOutput gives the bytes that are to be sent, whole frames, in order; nil: nothing may be
// sent now. They belong to the driver; empty, of length zero or nil, becomes the next output
// buffer in exchange. Call it until it returns nil.
func (s *Session) TakeOutput(empty []byte) []byte {
	s.fill()
	if len(s.out) == 0 {
		return nil
	}
	out := s.out
	s.out = empty[:0]
	s.resumeGrants()
	return out
}

// LendBuffer gives an empty output buffer to a session that has none; false: it has one. A driver
// that takes buffers back does so before it gives input.
func (s *Session) LendBuffer(empty []byte) bool {
	if cap(s.out) > 0 {
		return false
	}
	s.out = empty[:0]
	return true
}

// ReclaimBuffer takes the output buffer back from a session that has no calls and nothing to send,
// so that an idle connection costs no buffer; nil: it has none, or needs it.
func (s *Session) ReclaimBuffer() []byte {
	if s.live > 0 || len(s.out) > 0 || cap(s.out) == 0 {
		return nil
	}
	empty := s.out
	s.out = nil
	return empty
}

// HasOutput reports whether TakeOutput would give something.
func (s *Session) HasOutput() bool {
	return len(s.out) > 0 || s.state != closed && !s.stalled && s.nextReady() != nil
}

// fill moves waiting payload into the output, one fragment of one call at a time.
func (s *Session) fill() {
	for s.outputSize() < s.limits.OutputBytes && s.state != closed {
		c := s.nextReady()
		if c == nil || !s.emit(c) {
			return
		}
	}
}

// portion returns how many bytes of it may go in one frame by the call's own credit and the
// peer's limits, or -1 if it must wait. A fragment that is not the last holds at least
// MinFragment bytes, so small credit is saved up and not spent at once. SPEC: fragments.
func (s *Session) portion(c *Call, it *item) int {
	return portion(it.size(), it.least(), min(int64(s.remote.MaxFrame), c.send.credit))
}

// least is the smallest first fragment that an item allows.
func (it *item) least() int {
	if it.begun {
		return frame.MinFragment
	}
	return max(frame.MinFragment, len(it.head))
}

func portion(rest, least int, room int64) int {
	switch {
	case int64(rest) <= room:
		return rest
	case room >= int64(least):
		return int(room)
	}
	return -1
}

// emit sends one frame of the call at the head of a ready list; false: the connection's credit
// is out.
func (s *Session) emit(c *Call) bool {
	it := &c.send.queue[0]
	n := s.portion(c, it)
	if n < 0 {
		c.list.remove(c) // until credit comes
		if c.Streaming() {
			s.narrow(c) // that may take as long as its reader likes
		}
		return true
	}
	n = min(n, max(s.fair(c), it.least()))
	if n = s.fit(it, n); n < 0 {
		return false
	}
	if int64(n) > s.sendBytes {
		if n = portion(it.size(), it.least(), min(int64(n), s.sendBytes)); n < 0 {
			s.stalled = true
			return false
		}
	}
	if c.id != 0 {
		s.writePart(c, it, n)
		return true
	}
	if c.deadline != 0 && c.deadline <= s.now {
		s.giveUp(c, frame.Timeout, frame.DeadlineExceeded, errDeadline)
		return true
	}
	if c.sendBy != 0 && c.sendBy <= s.now {
		s.giveUp(c, frame.Timeout, frame.ResourceExhausted, errTooLate)
		return true
	}
	s.assignID(c)
	it.aux = timeLeft(s.now, c.deadline)
	s.writePart(c, it, n)
	s.countIDs()
	return true
}

// outputSlack is how much may stand in the output beyond OutputBytes: heads, and what rounding
// makes of fragments. The buffers of a driver have room for it.
const outputSlack = 4 << 10

// fit returns how much of n bytes of an item goes into the output so that it need not move into
// larger memory; -1: so little that it waits for the next buffer. An empty output takes anything.
func (s *Session) fit(it *item, n int) int {
	room := s.limits.OutputBytes + outputSlack - frame.HeaderSize - s.outputSize()
	if n <= room || s.outputSize() == 0 {
		return n
	}
	if room < n/2 {
		return -1
	}
	return portion(it.size(), it.least(), int64(room))
}

// writePart sends n bytes of the first item of a call and moves the call to the end of its
// round.
func (s *Session) writePart(c *Call, it *item, n int) {
	h := frame.Header{
		Length: uint32(n), Type: it.typ, Flags: it.flags, Code: it.code, ID: c.id, Aux: it.aux,
	}
	if it.begun {
		h.Type, h.Flags, h.Code, h.Aux = frame.Msg, 0, 0, 0
	}
	last := n == it.size()
	if !last {
		h.Flags |= frame.More
	}
	s.charge(c, n)
	n -= len(it.head)
	s.out = append(frame.AppendHeader(s.out, h), it.head...)
	s.refer(it, n)
	s.framesSent++
	it.head, it.data, it.begun = nil, it.data[n:], true
	if c.send.pinned {
		s.backlog.bytes -= int(h.Length)
		s.stall.moved(s.now, int(h.Length))
	}

	list := c.list
	list.remove(c)
	if !last {
		list.push(c)
		return
	}
	typ := it.typ
	it.body.Release()
	c.send.queue = slices.Delete(c.send.queue, 0, 1)
	s.narrow(c)
	switch typ {
	case frame.Call:
		s.sentCall(c)
	case frame.Result:
		s.answered(c)
		return
	}
	s.schedule(c)
	s.offerWrite(c)
}

// Message sends a message on a stream; payload is copied. It answers false, and takes nothing,
// while an earlier message waits for credit; a Writable event follows then. A message on a call
// that is over is taken and dropped, as one that crossed the end on the wire would be.
func (s *Session) Message(now time.Duration, c *Call, bytes bool, payload []byte) bool {
	s.now = max(s.now, now)
	if s.mute(c) {
		c.send.lost = c.failed != 0
		return true
	}
	if len(c.send.queue) > 0 {
		c.send.refused = true
		return false
	}
	h := frame.Header{Length: uint32(len(payload)), Type: frame.Msg, ID: c.id}
	if bytes {
		h.Flags = frame.Bytes
	}
	if s.mayWrite(c, len(payload)) {
		s.charge(c, len(payload))
		s.out = append(frame.AppendHeader(s.out, h), payload...)
		s.framesSent++
		return true
	}
	body := pool.Copy(payload)
	s.enqueue(c, item{typ: frame.Msg, flags: h.Flags, data: body.B, body: body})
	s.schedule(c)
	return true
}

// Finish says that this side sends no more messages on a stream. The other direction goes on.
func (s *Session) Finish(c *Call) {
	if s.mute(c) {
		return
	}
	c.send.finished = true
	if len(c.send.queue) == 0 {
		s.appendFrame(frame.Header{Type: frame.Finish, ID: c.id})
		return
	}
	s.enqueue(c, item{typ: frame.Finish})
	s.schedule(c)
}

// mute reports whether what this side would still say on a call goes nowhere. A handler that was told
// to stop is mute, since messages of its may have been dropped already: none may follow a gap.
func (s *Session) mute(c *Call) bool {
	return s.state == closed || c.state == done || c.state == abandoned || c.send.finished ||
		c.failed != 0
}

// offerWrite tells an application that was refused that its next message is welcome.
func (s *Session) offerWrite(c *Call) {
	if c.send.refused && len(c.send.queue) == 0 && c.state != done {
		c.send.refused = false
		s.notify(notice{kind: Writable, call: c})
	}
}
