package engine

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/lb"
	"github.com/leverrpc/lever/pool"
)

// pending is a regular call whose caller waits for the result. Whether it is completed or abandoned
// is decided by one compare-and-swap of state, and the winner makes the last touch of the session's
// call: Forget or Cancel.
//
// A completed record is used again. An abandoned one is left to the collector, because the
// connection may have it in hand.
type pending struct {
	state  atomic.Uint32
	wake   chan struct{} // capacity 1: completed, and what follows is set
	method string
	flags  frame.Flags // those that the call was sent with
	keep   bool        // raw bytes are read straight into:
	dst    []byte      // what the caller has for them; they are appended

	payload []byte      // the result: in small or in buf, or the caller's
	small   []byte      // memory that is kept
	buf     *pool.Buf   // nil: none
	more    pool.Pieces // what stands behind payload
	isBytes bool
	err     *Error        // nil: the call went well
	end     time.Duration // when the answer was read

	// ep is where the call was sent at start, over conn, if the end is to be counted here and not
	// by the caller; else nil.
	ep     *lb.Endpoint
	conn   *clientConn
	start  time.Duration
	placed bool // there was no choice
}

const (
	waiting uint32 = iota
	completed
	abandoned
)

// smallResult is the size up to which results lie in memory that a pending keeps.
const smallResult = 1 << 10

func newPending() *pending { return &pending{wake: make(chan struct{}, 1)} }

// clear makes a record that is not under way ready for another try.
func (p *pending) clear() {
	if p.buf != nil {
		p.buf.Release()
		p.buf = nil
		p.more.Release()
	}
	p.small = pool.Reuse(p.small)
	p.payload, p.dst, p.err = nil, nil, nil
	p.ep, p.conn = nil, nil
	p.state.Store(waiting)
}

// complete takes the end of the call from the connection.
func (p *pending) complete(ev *session.Event) {
	if !p.state.CompareAndSwap(waiting, completed) {
		return
	}
	p.isBytes = ev.Flags&frame.Bytes != 0
	switch {
	case ev.Status != frame.OK || ev.Err != nil:
		p.err = failure(p.method, ev)
	case ev.Body != nil:
		p.payload, p.buf, ev.Body = ev.Payload, ev.Body, nil
		p.more, ev.More = ev.More, nil
	case p.keep && p.isBytes:
		p.payload = append(p.dst, ev.Payload...)
	case len(ev.Payload) <= smallResult:
		p.small = append(p.small, ev.Payload...)
		p.payload = p.small
	default:
		p.buf = pool.Copy(ev.Payload)
		p.payload = p.buf.B
	}
	p.end, ev.Forget = ev.At, true
	if p.ep != nil {
		p.ep.Done(p.conn.health(p.err, p.flags, p.placed), p.start, p.ended(p.start))
	}
	p.wake <- struct{}{}
}

// kept gives the payload of raw bytes for good, at the end of dst. What came in several parts is
// copied here, by the caller, and not where the connection is read.
func (p *pending) kept() []byte {
	if p.keep && p.buf == nil {
		return p.payload
	}
	dst := slices.Grow(p.dst, len(p.payload)+p.more.Len())
	return p.more.MoveTo(append(dst, p.payload...))
}

// whole gives the payload in one place, which a large one is put into by the caller, too. It is
// lent until clear.
func (p *pending) whole() []byte {
	if len(p.more) > 0 {
		buf := pool.Get(len(p.payload) + p.more.Len())
		buf.B = append(buf.B, p.payload...)
		p.buf.Release()
		buf.B = p.more.MoveTo(buf.B)
		p.buf, p.payload = buf, buf.B
	}
	return p.payload
}

// ended is the time of the answer to a call of which start is the time. The reader's clock was read
// before the batch that it handled.
func (p *pending) ended(start time.Duration) time.Duration { return max(p.end, start) }

// wait waits for the end of a call that was opened as call on conn. An error means that ctx ended
// first; p must not be touched any more then.
func (p *pending) wait(ctx context.Context, conn *transport.Conn, call *session.Call) *Error {
	select {
	case <-p.wake:
		return nil
	case <-ctx.Done():
	}
	if !p.state.CompareAndSwap(waiting, abandoned) {
		<-p.wake
		return nil
	}
	why, method := frame.Caller, p.method
	err := ctx.Err()
	if err == context.DeadlineExceeded {
		why = frame.Timeout
	}
	return contextError(method, Effect(conn.Cancel(call, why)), err)
}

// contextError is the error of a call that ended because its caller's context did.
func contextError(method string, effect Effect, cause error) *Error {
	code := Cancelled
	if cause == context.DeadlineExceeded {
		code = DeadlineExceeded
	}
	return &Error{Code: code, Method: method, Effect: effect, cause: cause}
}
