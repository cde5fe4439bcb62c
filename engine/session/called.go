package session

import (
	"fmt"
	"time"

	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/pool"
	"github.com/leverrpc/lever/wire"
)

// onCall takes a CALL: the only frame that makes a new call, and it changes nothing else.
func (s *Session) onCall(h *frame.Header, p []byte) bool {
	if s.role == Client {
		return s.violate(frame.ReasonProtocol, "CALL from a server: reserved")
	}
	if !s.checkID(h) {
		return false
	}
	if !s.bytes.take(int(h.Length)) {
		return s.overdraw(h)
	}
	if !s.slots.take(1) {
		return s.violate(frame.ReasonFlow, "CALL %d exceeds the call credit", h.ID)
	}
	if h.Code > uint16(len(s.methods)) {
		return s.violate(frame.ReasonProtocol, "CALL %d names method %d, %d are bound",
			h.ID, h.Code, len(s.methods))
	}
	if h.Length > s.local.StreamBytes {
		return s.violate(frame.ReasonFlow, "CALL %d of %d bytes exceeds its byte credit",
			h.ID, h.Length)
	}
	s.acceptID(h.ID)
	if s.state == drained { // SPEC: drain. The caller knows that it was not taken.
		s.bytes.consume(int(h.Length))
		s.slots.consume(1)
		return false
	}
	c := s.acceptCall(h)
	s.takeCall(c, h)
	if h.Flags&frame.More != 0 {
		return s.beginAssembly(c, *h, p)
	}
	s.bytes.consume(int(h.Length))
	c.recv.window.consume(int(h.Length))
	return s.deliverCall(c, h, p, nil, nil)
}

// checkID checks that ids rise by two. SPEC: call ids.
func (s *Session) checkID(h *frame.Header) bool {
	switch {
	case h.ID&1 == 0:
		return s.violate(frame.ReasonProtocol, "CALL %d: a client's ids are odd", h.ID)
	case s.firstID != 0 && h.ID != s.nextID:
		return s.violate(frame.ReasonProtocol, "CALL %d, the next id is %d", h.ID, s.nextID)
	case h.ID > lastID:
		return s.violate(frame.ReasonIDsExhausted, "CALL %d, ids end at %d", h.ID, uint32(lastID))
	}
	return true
}

// acceptID counts a call whose header breaks no rule.
func (s *Session) acceptID(id uint32) {
	if s.firstID == 0 {
		s.firstID = id
	}
	s.nextID = id + 2
	s.callsSeen++
}

// acceptCall makes the record of an arriving call.
func (s *Session) acceptCall(h *frame.Header) *Call {
	c := s.newCall()
	c.id, c.state, c.flags = h.ID, opened, h.Flags&callFlags
	c.began = s.now
	if h.Aux != 0 {
		c.deadline = s.now + time.Duration(h.Aux)*time.Microsecond
	}
	s.live++
	s.beginWatch()
	s.table.put(c)
	s.time(c)
	return c
}

// deliverCall hands a whole call to the application, now or when there is room for its result. What
// is wrong with its payload fails it alone. p lies in body, with more behind it, or is lent and whole if
// that is nil.
func (s *Session) deliverCall(c *Call, h *frame.Header, p []byte, body *pool.Buf,
	more pool.Pieces) bool {
	if !c.Streaming() {
		c.state = half
	}
	name, ext, n, err := checkedHead(h, p)
	if err != nil {
		return s.refuse(c, frame.InvalidArgument, err.Error())
	}
	if h.Code != 0 {
		c.mark = s.methods[h.Code-1].mark
	} else {
		c.mark = markOf(name)
	}
	if len(p)+more.Len() > frame.FairFragment {
		c.mark ^= largeArgs
	}
	if s.holds(c) {
		return s.hold(c, h, p, body, more)
	}
	if c.Streaming() {
		s.grantCall(c) // the arguments are consumed
	}
	return s.tellCall(c, h, name, ext, p[n:])
}

// checkedHead reads what stands before the arguments, which begin at n.
func checkedHead(h *frame.Header, p []byte) (name, ext []byte, n int, err error) {
	if h.Code != 0 && h.Flags&frame.Ext == 0 { // the name is bound: nothing does
		return nil, nil, 0, nil
	}
	head, n, err := frame.ConsumeCallHead(*h, p)
	if err == nil && len(head.Ext) > 0 {
		err = frame.CheckExtensions(head.Ext)
	}
	if err == nil && h.Code == 0 {
		err = frame.CheckName(head.Name)
	}
	return head.Name, head.Ext, n, err
}

// tellCall makes the event of a call whose head was checked.
func (s *Session) tellCall(c *Call, h *frame.Header, name, ext, args []byte) bool {
	c.began, c.told = s.now, true
	ev := s.tell(Called, c)
	ev.Flags, ev.Deadline = h.Flags&^frame.More, c.deadline
	ev.Name, ev.Ext, ev.Payload = name, ext, args
	if h.Code != 0 {
		ev.Method = s.methods[h.Code-1]
	}
	return true
}

// refuse answers a call whose handler never ran. It returns false: there is no event.
func (s *Session) refuse(c *Call, status frame.Status, text string) bool {
	r := Result{Status: status, Flags: frame.Unprocessed}
	if status == frame.InvalidArgument { // SPEC 9.1
		r.Flags |= frame.NoRetry
	}
	s.Result(s.now, c, r, wire.AppendString(nil, text))
	return false
}

// onCancel tells the handler that its caller no longer waits. The RESULT is still owed.
func (s *Session) onCancel(h *frame.Header) bool {
	c, act := s.lookup(h)
	switch act {
	case ignore:
		s.glitch()
		return false
	case cancel:
	default:
		return s.violateState(h, c)
	}
	if s.now-c.began < youngCall && !s.glitch() {
		return false
	}
	if !c.told { // the rest of its arguments does not come
		s.dropReceived(c)
		c.recv.first, c.recv.skip = frame.Header{}, false
		if c.detached && c.flags&frame.Oneway != 0 {
			s.answered(c)
			return false
		}
	}
	status, err := frame.Cancelled, errCancelled
	if frame.CancelReason(h.Code) == frame.Timeout {
		status, err = frame.DeadlineExceeded, errDeadline
	}
	s.tellCancelled(c, status, err)
	return false
}

// youngCall is the age below which a CANCEL costs a glitch: a flood of calls that are cancelled
// at once makes no progress.
const youngCall = time.Second

// tellCancelled stops a call at the side that answers it. One that has not arrived whole is
// answered here; the handler of any other is told once.
func (s *Session) tellCancelled(c *Call, status frame.Status, err error) {
	s.untime(c)
	if !c.told {
		if !c.detached { // else it was refused before, and the RESULT waits
			s.refuse(c, status, err.Error())
		}
		return
	}
	if c.failed == 0 {
		c.failed = status
		s.notify(notice{kind: Cancelled, call: c, status: status, err: err})
		s.dropUnsent(c)
	}
}

// dropUnsent forgets the messages of a cancelled stream that have not begun: the caller would
// drop them, or hears from the RESULT that some are missing.
func (s *Session) dropUnsent(c *Call) {
	q := c.send.queue
	keep := 0
	for i, it := range q {
		if it.begun || it.typ != frame.Msg {
			q[keep] = q[i]
			keep++
		} else {
			it.body.Release()
			c.send.lost = true
		}
	}
	clear(q[keep:])
	c.send.queue = q[:keep]
	s.stalled = false // perhaps it was one of these that waited
	if keep == 0 {
		c.list.remove(c)
		s.narrow(c)
	}
	s.offerWrite(c)
}

// Result is the answer to a call.
type Result struct {
	// Status is OK, APPLICATION with an error value, or another of the registry.
	Status frame.Status

	// Flags are those of Bytes, Unprocessed and NoRetry that the answer has.
	Flags frame.Flags

	// Retry, with Unprocessed, asks the caller to wait that long before a retry.
	Retry time.Duration

	// Ext is the extension block, without its length. It is copied.
	Ext []byte

	// Body, if not nil, is the memory that the payload lies in. It is given: the session releases
	// it, when it is sent or at once.
	Body *pool.Buf
}

// Result answers a call, once, also one that was cancelled or whose connection is gone, and also
// a ONEWAY, to which nothing is sent. payload is the value or the error value; it is copied unless
// r has a Body. It is the application's last touch of c.
func (s *Session) Result(now time.Duration, c *Call, r Result, payload []byte) {
	if !s.answer(now, c, &r, payload) {
		r.Body.Release()
	}
}

// answer is Result, and reports whether r.Body is still needed.
func (s *Session) answer(now time.Duration, c *Call, r *Result, payload []byte) (needed bool) {
	s.now = max(s.now, now)
	c.detached, c.data = true, nil
	if c.state == done {
		s.recycle(c)
		return false
	}
	s.untime(c)
	s.dropReceived(c)
	if c.flags&frame.Oneway != 0 {
		s.endOneway(c)
		return false
	}
	s.grantCall(c)
	if max := int(s.remote.MaxMessage); len(payload) > max {
		payload = wire.AppendString(nil, fmt.Sprintf("the result has %d bytes, the caller takes %d",
			len(payload), max))
		r = &Result{Status: frame.TooLarge}
	}
	switch {
	case c.failed == frame.TooLarge || c.failed == frame.ResourceExhausted:
		payload = wire.AppendString(nil, "a message of the stream could not be taken")
		r = &Result{Status: c.failed}
	case c.send.lost && r.Status == frame.OK:
		payload = wire.AppendString(nil, "messages of the stream were left out when it was told to stop")
		r = &Result{Status: c.failed}
	}
	if c.told && r.Flags&frame.Unprocessed == 0 {
		s.backlog.weigh(c, len(payload))
	}
	if s.backlog.bytes >= s.limits.ResultBytes {
		r, payload = s.affordable(c, r, payload)
	}
	if r.Status.ErrorIsText() && int64(len(payload)) > c.send.credit {
		payload = nil // a caller that gives no credit must not keep the call from ending
	}
	head, size := s.resultHead(c, r), resultHeadSize(r)+len(payload)
	if s.mayWrite(c, size) {
		s.writeResult(c, head, size, r.Ext, payload)
		s.answered(c)
		return false
	}
	return s.queueResult(c, head, size, r, payload)
}

// resultHead is what the header of a RESULT says beside its length and id.
type resultHead struct {
	flags frame.Flags
	code  uint16
	aux   uint32
}

func (s *Session) resultHead(c *Call, r *Result) resultHead {
	head := resultHead{
		flags: r.Flags & (frame.Bytes | frame.Unprocessed | frame.NoRetry), code: uint16(r.Status),
	}
	if len(r.Ext) > 0 {
		head.flags |= frame.Ext
	}
	switch {
	case r.Status == frame.OK:
		head.aux = saturate((s.now - c.began) / time.Microsecond)
	case r.Flags&frame.Unprocessed != 0:
		head.aux = saturate((r.Retry + time.Millisecond - 1) / time.Millisecond)
	}
	return head
}

// resultHeadSize is the size of what stands before the value.
func resultHeadSize(r *Result) int {
	if len(r.Ext) == 0 {
		return 0
	}
	return 2 + len(r.Ext)
}

// writeResult is the straight path: one frame, from the application's memory into the output.
func (s *Session) writeResult(c *Call, head resultHead, size int, ext, payload []byte) {
	s.charge(c, size)
	out := frame.AppendHeader(s.out, frame.Header{
		Length: uint32(size), Type: frame.Result, Flags: head.flags, Code: head.code,
		ID: c.id, Aux: head.aux,
	})
	out = frame.AppendResultHead(out, ext)
	s.out = append(out, payload...)
	s.framesSent++
}

// queueResult keeps a RESULT that cannot go whole and at once, and reports whether r.Body is still
// needed for it.
func (s *Session) queueResult(c *Call, head resultHead, size int, r *Result, payload []byte) bool {
	it := item{typ: frame.Result, flags: head.flags, code: head.code, aux: head.aux}
	n := size - len(payload)
	if it.body, it.data = r.Body, payload; it.body == nil || n > 0 {
		it.body = pool.Get(size)
		if n > 0 {
			it.head = frame.AppendResultHead(it.body.B, r.Ext)
		}
		it.body.B = append(it.body.B[:n], payload...)
		it.data = it.body.B[n:]
	}
	c.send.finished = true
	s.pin(c, it.size())
	s.enqueue(c, it)
	s.schedule(c)
	return it.body == r.Body
}

// endOneway ends a call to which nothing is sent. One that is refused before it has arrived whole is
// read to its end: no RESULT tells its caller to stop, so the rest must find credit.
func (s *Session) endOneway(c *Call) {
	if c.recv.assembling() {
		s.grantCall(c)
		return
	}
	s.answered(c)
}

// saturate brings n into 32 bits.
func saturate(n time.Duration) uint32 { return uint32(min(max(n, 0), 1<<32-1)) }

// answered is reached when the last byte of a RESULT is in the output: the slot returns.
func (s *Session) answered(c *Call) {
	s.live--
	s.slots.consume(1)
	s.progress()
	s.retire(c)
	s.grantConn()
	s.drainedOut()
}
