package session

import (
	"fmt"

	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/pool"
	"github.com/leverrpc/lever/wire"
)

// backlog keeps a peer that asks for much and reads little from making this side hold it all.
// While an eighth of Limits.ResultBytes waits in results, further calls of methods whose results
// are large are not told to the application: they wait, in their order, until the peer has taken
// some. Handlers that run already may still answer; once all of ResultBytes waits, their results
// are replaced by an error.
//
// Calls of methods with small results pass: they must not wait behind a large result that is on
// its way. So do streams: their writers are stopped one by one, when the peer stops reading them,
// and a handler that waits to write holds no more than its message.
type backlog struct {
	bytes int        // of the results of unary calls that wait, what has been sent of them excepted
	calls []heldCall // calls[next:] wait to be told, the oldest first
	next  int

	// heavy has a bit for each method whose last result was larger than a fair fragment, and
	// another one for its calls with arguments of that size: what an echo does with those says
	// nothing of its small calls. The bits are few, so methods may share one: a name hashes to its
	// bit.
	heavy uint64
}

// largeArgs makes the mark of a method that of its calls with large arguments.
const largeArgs = 1

// heldCall is a call that has arrived whole. Its payload counts as assembled.
type heldCall struct {
	call    *Call
	turn    uint32 // of call, when it came: a call that ended meanwhile is passed over
	header  frame.Header
	payload []byte // in body
	body    *pool.Buf
	more    pool.Pieces // what stands behind payload
}

// markOf is the bit of a method in backlog.heavy (FNV-1a).
func markOf[T string | []byte](name T) uint8 {
	h := uint32(2166136261)
	for i := range len(name) {
		h = (h ^ uint32(name[i])) * 16777619
	}
	return uint8((h ^ h>>16) & 63)
}

// weigh remembers how large the last result of a call's method was.
func (b *backlog) weigh(c *Call, n int) {
	b.heavy &^= 1 << c.mark
	if n > frame.FairFragment {
		b.heavy |= 1 << c.mark
	}
}

// crowded reports whether so many results wait that no large one should be made.
func (s *Session) crowded() bool { return s.backlog.bytes >= max(s.limits.ResultBytes/8, 1) }

// mayResume reports whether a held call can be told.
func (s *Session) mayResume() bool {
	return s.backlog.next < len(s.backlog.calls) && !s.crowded()
}

// holds reports whether an arriving call must wait: also behind others that do.
func (s *Session) holds(c *Call) bool {
	b := &s.backlog
	return b.heavy>>c.mark&1 == 1 && c.flags&(frame.Stream|frame.Oneway) == 0 &&
		(s.crowded() || b.next < len(b.calls))
}

// size is that of the whole payload.
func (h *heldCall) size() int { return len(h.payload) + h.more.Len() }

// hold keeps a call for later. p lies in body, with more behind it, or is lent and whole if that is nil.
// It returns false: there is no event.
func (s *Session) hold(c *Call, h *frame.Header, p []byte, body *pool.Buf, more pool.Pieces) bool {
	held := heldCall{call: c, turn: c.turn, header: *h, payload: p}
	if s.assembled+len(p)+more.Len() > s.limits.AssemblyBytes {
		return s.refuse(c, frame.ResourceExhausted, "too many results wait for the caller")
	}
	if body == nil {
		held.body = pool.Copy(p)
		held.payload = held.body.B
	} else {
		held.body, held.more = body.Retain(), more.Retain()
	}
	s.assembled += held.size()
	s.backlog.calls = append(s.backlog.calls, held)
	return false
}

// resume tells the oldest held call, unless it must still wait.
func (s *Session) resume() bool {
	for s.mayResume() {
		b := &s.backlog
		held := b.calls[b.next]
		b.calls[b.next] = heldCall{}
		if b.next++; b.next == len(b.calls) {
			b.calls, b.next = nil, 0
		}
		s.assembled -= held.size()
		if held.call.turn == held.turn && held.call.state != done && !held.call.detached {
			head, n, _ := frame.ConsumeCallHead(held.header, held.payload) // it was checked
			return s.give(held.body, held.more,
				s.tellCall(held.call, &held.header, head.Name, head.Ext, held.payload[n:]))
		}
		held.body.Release()
		held.more.Release()
	}
	return false
}

// drop forgets the calls that wait.
func (b *backlog) drop() {
	for _, held := range b.calls[b.next:] {
		held.body.Release()
		held.more.Release()
	}
	b.calls, b.next = nil, 0
}

// affordable gives what is sent in place of a result while all that may wait does, or the result
// itself if it need not wait. A refusal stays one.
func (s *Session) affordable(c *Call, r *Result, payload []byte) (*Result, []byte) {
	if c.Streaming() || s.mayWrite(c, len(payload)+2+len(r.Ext)) {
		return r, payload
	}
	text := fmt.Sprintf("%d bytes of results wait for the caller already", s.backlog.bytes)
	r = &Result{Status: frame.ResourceExhausted, Flags: r.Flags & frame.Unprocessed, Retry: r.Retry}
	return r, wire.AppendString(nil, text)
}
