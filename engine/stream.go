package engine

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/pool"
)

// stream is one end of a streaming call, whatever the types of its messages. The connection tells
// it what happens; the application sends and receives through a Chan.
//
// Safe for concurrent use. The connection's side never waits for the application's: it takes no
// lock that is held during a wait or a command to the connection.
type stream struct {
	conn    *transport.Conn
	call    *session.Call
	method  string          // "service/method"
	serving bool            // this is the handler's end
	hello   <-chan struct{} // closed when the other side's HELLO is here; nil: it is
	ctx     context.Context // ends with the stream

	// atEnd is called once, by whoever ends the stream: it makes the last touch of call where that
	// is due, and ends ctx.
	atEnd func(err error, local bool)

	in       inbox
	writable chan struct{} // capacity 1: a refused message may be tried again
	over     chan struct{} // closed at the end

	recvMu   sync.Mutex // held by the receiver
	consumed int        // bytes read and not yet released; guarded by recvMu

	sendMu   sync.Mutex // held by the sender, also while it waits
	finished bool       // CloseSend was called; guarded by sendMu

	endMu  sync.Mutex // guards what follows
	ended  bool
	err    error   // why sending ended: io.EOF if the call is over and all was well
	fault  *Error  // what ended it at the handler's end, whatever the handler says
	result Payload // what the handler's end has said in the end
}

// releaseBytes is how much a receiver reads before it gives the credit back, while more messages
// wait: giving it back for each small one would cost a lock and perhaps a frame each time.
const releaseBytes = 8 << 10

// ErrSendClosed is what Send gives after CloseSend.
var ErrSendClosed = errors.New("engine: send on a stream after CloseSend")

// init makes s an open stream. What is left to set are call, ctx and atEnd.
func (s *stream) init(conn *transport.Conn, method string) {
	s.conn, s.method = conn, method
	s.in.arrived = make(chan struct{}, 1)
	s.writable = make(chan struct{}, 1)
	s.over = make(chan struct{})
}

// receive gives the next message, lent until the next receive or done. The caller holds recvMu.
func (s *stream) receive() (p []byte, isBytes bool, err error) {
	for {
		p, isBytes, ok, err := s.in.pop()
		if ok {
			return p, isBytes, err
		}
		<-s.in.arrived
	}
}

// done says that a message of n bytes was consumed. The caller holds recvMu.
func (s *stream) done(n int) {
	s.consumed += n
	if s.consumed > 0 && (s.consumed >= releaseBytes || s.in.drained()) {
		s.conn.Release(s.call, s.consumed)
		s.consumed = 0
	}
}

// send hands a message to the connection, which copies it. It waits for credit if wait is set, and
// else reports with false that there is none. The caller holds sendMu.
func (s *stream) send(p []byte, isBytes, wait bool) (bool, error) {
	if len(p) > int(frame.MinParams.MaxMessage) { // every peer takes that much
		known := s.greeted(wait)
		if err := s.sendErr(); err != nil || !known {
			return false, err
		}
		if err := s.tooLarge(len(p)); err != nil {
			return false, err
		}
	}
	for {
		if err := s.sendErr(); err != nil {
			return false, err
		}
		if s.conn.Message(s.call, isBytes, p) {
			return true, nil
		}
		if !wait {
			return false, s.sendErr()
		}
		select {
		case <-s.writable:
		case <-s.over:
		}
	}
}

// greeted reports whether the other side's HELLO is here, which tells what it takes. With wait it
// waits for it, or for the end of the stream.
func (s *stream) greeted(wait bool) bool {
	switch {
	case s.hello == nil:
		return true
	case wait:
		select {
		case <-s.hello:
			return true
		case <-s.over:
			return false
		}
	}
	select {
	case <-s.hello:
		return true
	default:
		return false
	}
}

// tooLarge refuses a message that the other side does not take, SPEC F-434; the stream goes on.
func (s *stream) tooLarge(size int) error {
	if limit := int(s.conn.Remote().MaxMessage); size > limit {
		return notSent(s.method, TooLarge, "the message has %d bytes, the other side takes %d",
			size, limit)
	}
	return nil
}

// sendErr says why nothing can be sent, or nil. The caller holds sendMu.
func (s *stream) sendErr() error {
	s.endMu.Lock()
	defer s.endMu.Unlock()
	if s.ended {
		return s.err
	}
	if s.finished {
		return ErrSendClosed
	}
	return nil
}

// finish says that nothing more will be sent.
func (s *stream) finish() error {
	s.sendMu.Lock()
	defer s.sendMu.Unlock()
	err := s.sendErr()
	if err == nil {
		s.finished = true
		s.conn.Finish(s.call)
		return nil
	}
	if err == ErrSendClosed || err == io.EOF {
		return nil
	}
	return err
}

// end ends the stream, once: err is io.EOF for a clean end. A local end discards what arrived and
// was not received. It reports whether this was the call that ended it.
func (s *stream) end(err error, local bool) bool {
	s.endMu.Lock()
	if s.ended {
		s.endMu.Unlock()
		return false
	}
	s.ended, s.err = true, err
	s.endMu.Unlock()
	s.in.close(err, local)
	close(s.over)
	s.atEnd(err, local)
	return true
}

// spoil ends the stream because of a message that cannot be decoded. SPEC F-551, F-552.
func (s *stream) spoil(err error) error {
	fault := Errorf(Internal, "message: %w", err)
	fault.Method = s.method
	if s.serving {
		fault.Code, fault.Method = InvalidArgument, ""
	}
	s.endMu.Lock()
	if s.fault == nil {
		s.fault = fault
	}
	s.endMu.Unlock()
	s.end(fault, true)
	return fault
}

// move ends a handler's stream because its resource is lost, whatever the handler makes of it.
func (s *stream) move() {
	s.endMu.Lock()
	if s.fault == nil && !s.ended {
		s.fault = errMoved
	}
	s.endMu.Unlock()
	s.end(errMoved, true)
}

// verdict is the outcome of a handler that returned err: a fault of the caller's goes first.
func (s *stream) verdict(err error) error {
	s.endMu.Lock()
	defer s.endMu.Unlock()
	if s.fault != nil {
		return s.fault
	}
	return err
}

// handle takes what happens to the stream on its connection.
func (s *stream) handle(ev *session.Event) {
	switch ev.Kind {
	case session.Message:
		s.in.push(ev.Payload, ev.Flags&frame.Bytes != 0, ev.More...)
	case session.Finished:
		s.in.close(io.EOF, false)
	case session.Writable:
		select {
		case s.writable <- struct{}{}:
		default:
		}
	}
}

// messages is the scratch memory for messages on their way out.
var messages pool.Scratch
