package engine

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/lb"
	"github.com/leverrpc/lever/pool"
)

// pending is one try of a regular call, whose caller waits for the result. Whether it is completed
// or abandoned is decided by one compare-and-swap of state, and the winner makes the last touch of
// the session's call: Forget or Cancel.
//
// A completed record is used again. An abandoned one is left to the collector, because the
// connection may have it in hand.
//
// The fields are in the order of their use, for the sake of the processor's caches: the connection
// needs only the first line of 64 bytes for the small result of a call that went well, and its
// caller two.
type pending struct {
	state   atomic.Uint32
	flags   frame.Flags // those that the call was sent with
	soon    bool        // the end is counted here, as the caller may never look
	placed  bool        // there was no choice
	isBytes bool
	wake    chan struct{} // capacity 1: completed, and the result is set
	name    *methodName
	small   []byte        // memory that is kept, and a small result in it
	end     time.Duration // when the answer was read
	err     *Error        // nil: the call went well

	dst []byte    // what the caller has for raw bytes, which are appended; nil: nothing
	buf *pool.Buf // a result that is not small; nil: none

	// Where the call was sent, and when.
	ep    *lb.Endpoint
	conn  *clientConn
	call  *session.Call
	start time.Duration

	more *pool.Pieces // what stands behind buf; nil: nothing
}

const (
	waiting uint32 = iota
	completed
	abandoned
)

// smallResult is the size up to which results lie in memory that a pending keeps.
const smallResult = 1 << 10

func newPending() *pending { return &pending{wake: make(chan struct{}, 1)} }

// clear makes a record that is not under way ready for another try. What is said of the last one
// remains until then.
func (p *pending) clear() {
	if p.buf != nil {
		p.release()
	}
	p.small = pool.Reuse(p.small)
	p.err = nil
	p.state.Store(waiting)
}

// release gives back a result that is not small.
func (p *pending) release() {
	p.buf.Release()
	p.buf = nil
	if p.more != nil {
		p.more.Release()
		p.more = nil
	}
}

// complete takes the end of the call from the connection.
func (p *pending) complete(ev *session.Event) {
	if !p.state.CompareAndSwap(waiting, completed) {
		return
	}
	p.isBytes = ev.Flags&frame.Bytes != 0
	switch {
	case ev.Status != frame.OK || ev.Err != nil:
		p.err = failure(p.name.full, ev)
	case ev.Placed:
		p.takePlaced(ev)
	case ev.Body != nil:
		p.take(ev)
	case p.dst != nil && p.isBytes:
		p.dst = append(p.dst, ev.Payload...)
	case len(ev.Payload) <= smallResult:
		p.small = append(p.small, ev.Payload...)
	default:
		p.buf = pool.Copy(ev.Payload)
	}
	p.end, ev.Forget = ev.At, true
	if p.soon {
		p.count()
	}
	p.wake <- struct{}{}
}

// take keeps a result that has come in several parts.
func (p *pending) take(ev *session.Event) {
	p.buf, ev.Body = ev.Body, nil
	p.buf.B = ev.Payload
	if len(ev.More) > 0 {
		more := ev.More
		p.more, ev.More = &more, nil
	}
}

// takePlaced keeps raw bytes that lie in dst already. What had no room there is kept as if it came
// behind nothing.
func (p *pending) takePlaced(ev *session.Event) {
	p.dst = p.dst[:len(p.dst)+len(ev.Payload)]
	if len(ev.More) > 0 {
		ev.Body, ev.Payload = pool.Get(0), nil
		p.take(ev)
	}
}

// room is the memory that a call which waits lends for raw bytes.
func (p *pending) room() []byte { return p.dst[len(p.dst):cap(p.dst)] }

// count tells the balancer how a try ended that was completed.
func (p *pending) count() {
	p.ep.Done(p.conn.health(p.err, p.flags, p.placed), p.start, p.ended())
}

// result gives the payload of a call that went well, in one place, which a large one is put into by
// the caller, too. It is lent until clear.
func (p *pending) result() []byte {
	switch {
	case p.buf != nil:
		if p.more != nil {
			whole := pool.Get(len(p.buf.B) + p.more.Len())
			whole.B = p.moveTo(whole.B)
			p.buf = whole
		}
		return p.buf.B
	case p.dst != nil && p.isBytes:
		return p.dst
	}
	return p.small
}

// appendTo gives a result of raw bytes for good, at the end of dst, which p has been given too, or
// noBytes in its place, or nil. What came in several parts is copied here, by the caller, and not
// where the connection is read.
func (p *pending) appendTo(dst []byte) []byte {
	switch {
	case p.buf != nil && p.more != nil:
		if p.dst != nil {
			dst = p.dst
		}
		return p.moveTo(slices.Grow(dst, len(p.buf.B)+p.more.Len()))
	case p.buf == nil && p.dst != nil:
		return p.dst
	}
	return append(dst, p.result()...)
}

// moveTo appends a result that lies in pieces to dst, and gives its memory back.
func (p *pending) moveTo(dst []byte) []byte {
	dst = append(dst, p.buf.B...)
	p.buf.Release()
	dst = p.more.MoveTo(dst)
	p.buf, p.more = nil, nil
	return dst
}

// ended is the time of the answer. The reader's clock was read before the batch that it handled.
func (p *pending) ended() time.Duration { return max(p.end, p.start) }

// wait waits for the end of the call. An error means that ctx ended first; p must not be touched
// any more then, other than to say where it was sent.
func (p *pending) wait(ctx context.Context) *Error {
	select {
	case <-p.wake:
		return nil
	case <-ctx.Done():
	}
	if !p.state.CompareAndSwap(waiting, abandoned) {
		<-p.wake
		return nil
	}
	why, method := frame.Caller, p.name.full
	err := ctx.Err()
	if err == context.DeadlineExceeded {
		why = frame.Timeout
	}
	return contextError(method, Effect(p.conn.conn.Cancel(p.call, why)), err)
}

// contextError is the error of a call that ended because its caller's context did.
func contextError(method string, effect Effect, cause error) *Error {
	code := Cancelled
	if cause == context.DeadlineExceeded {
		code = DeadlineExceeded
	}
	return &Error{Code: code, Method: method, Effect: effect, cause: cause}
}
