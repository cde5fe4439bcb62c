package engine

import (
	"bytes"
	"context"
	"io"
	"sync/atomic"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/lb"
)

// Open calls a streaming method and gives the caller's end of the stream: Recv is what it receives,
// Send what it sends. It does not wait for the handler. The stream ends with ctx; whoever leaves a
// stream before its end must end ctx or call Close, or the stream stays open.
//
// A stream is opened on another instance only if it could not be sent at all: once it is open,
// nothing is tried again, and the loss of the connection is its end. A stream to a resource that
// has gone elsewhere ends with WrongOwner; opened again, it comes to the owner.
func Open[Recv, Send any](ctx context.Context, m Method, args ...any) (*Chan[Recv, Send], error) {
	coders, err := chanCodersFor[Recv, Send]()
	if err != nil {
		return nil, m.refuse(InvalidArgument, "%w", err)
	}
	scratch := encodings.Get()
	defer encodings.Put(scratch)
	p, isBytes, err := encodeArgs(scratch, args)
	if err != nil {
		return nil, m.refuse(InvalidArgument, "arguments: %w", err)
	}
	open := m.open
	if m.s != nil && m.s.client.config.Intercept != nil {
		open = m.interceptedOpen
	}
	s, err := open(ctx, p, isBytes)
	if err != nil {
		return nil, err
	}
	return &Chan[Recv, Send]{s: &s.stream, chanCoders: coders}, nil
}

// clientStream is the caller's end of a stream.
type clientStream struct {
	stream
	to       *service
	resource string
	peer     *clientConn
	endpoint *lb.Endpoint
	flags    frame.Flags
	start    time.Duration
	deadline time.Duration // zero: none
	load     atomic.Uint32 // how endpoint counts the stream
	cancel   context.CancelCauseFunc
	report   func(error) // nil: nobody wants stats
}

const (
	loadCall   uint32 = iota // as a call that was not answered
	loadStream               // as a stream that is open
	loadNone                 // not any more
)

// open opens a stream on one instance after another if need be.
func (m *Method) open(ctx context.Context, args []byte, isBytes bool) (*clientStream, error) {
	var a attempt
	if err := a.begin(ctx, m, true); err != nil {
		return nil, err
	}
	a.flags |= frame.Stream
	if isBytes {
		a.flags |= frame.Bytes
	}
	for {
		s, err := a.openOnce(ctx, m, args)
		if err == nil {
			return s, nil
		}
		if err := a.again(ctx, m, err); err != nil {
			a.report(m, true, a.tries, err)
			return nil, err
		}
	}
}

// openOnce tries to open a stream on one instance.
func (a *attempt) openOnce(ctx context.Context, m *Method, args []byte) (*clientStream, *Error) {
	start := transport.Now()
	ep, conn, failed := a.connect(ctx, m, start, len(args))
	if failed != nil {
		return nil, failed
	}
	s := &clientStream{to: m.s, resource: m.resource, peer: conn, endpoint: ep, flags: a.flags,
		start: start, deadline: a.deadline}
	s.init(conn.conn, m.name.full)
	s.atEnd, s.hello = s.settle, conn.hello
	if m.s.client.config.Stats != nil {
		call, method := *a, *m
		s.report = func(err error) { call.report(&method, true, call.tries+1, err) }
	}
	s.ctx, s.cancel = context.WithCancelCause(ctx)
	call, err := a.send(conn, m, transport.Now(), &session.Open{Data: s}, args, false)
	if err != nil {
		s.cancel(err)
		ep.Done(lb.Ignored, start, start)
		conn.link.lose(conn)
		return nil, unreached(m.name.full, err)
	}
	s.call = call
	context.AfterFunc(s.ctx, s.abandon) // does nothing if the stream has ended by itself
	return s, nil
}

// abandon ends the stream because its context has ended.
func (s *clientStream) abandon() {
	s.end(contextError(s.method, MaybeExecuted, s.ctx.Err()), true)
}

// resulted takes the end of the call from the connection.
func (s *clientStream) resulted(conn *transport.Conn, ev *session.Event) {
	var err error
	if ev.Status != frame.OK || ev.Err != nil {
		e := failure(s.method, ev)
		e.blame(s.deadline)
		if e.Code == WrongOwner {
			s.to.heed(s.resource, e.redirect)
		}
		err = e
	} else {
		err = s.conclude(ev.Whole(), ev.Flags&frame.Bytes != 0)
	}
	if s.end(err, false) {
		conn.Forget(ev.Call)
	}
}

// conclude keeps the value with which the other side ends the stream. The error is that of the
// stream: io.EOF, or what is wrong with the value. SPEC F-541.
func (s *clientStream) conclude(p []byte, isBytes bool) error {
	if !isBytes && bytes.Equal(p, nullValue) {
		return io.EOF
	}
	var result Payload
	if err := detailCoder.read(p, isBytes, &result); err != nil {
		e := Errorf(Internal, "result: %w", err)
		e.Method, e.Effect = s.method, Executed
		return e
	}
	s.endMu.Lock()
	defer s.endMu.Unlock()
	if !s.ended {
		s.result = result
	}
	return io.EOF
}

// settle is what the end of the stream takes, whoever ends it.
func (s *clientStream) settle(err error, local bool) {
	if local {
		why := frame.Caller
		switch CodeOf(err) {
		case DeadlineExceeded:
			why = frame.Timeout
		case Internal:
			why = frame.Unwanted
		}
		s.conn.Cancel(s.call, why)
	}
	var failed *Error
	if err != io.EOF {
		failed = err.(*Error)
	}
	outcome := s.peer.health(failed, s.flags, s.resource != "")
	switch s.load.Swap(loadNone) {
	case loadCall:
		s.peer.link.noted(s.flags, failed)
		s.endpoint.Done(outcome, s.start, transport.Now())
	case loadStream:
		s.endpoint.Closed(outcome, transport.Now())
	}
	s.cancel(err)
	if s.report != nil {
		if err == io.EOF {
			err = nil
		}
		s.report(err)
	}
}

// answered notes that the other side has shown life.
func (s *clientStream) answered() {
	if s.load.Load() == loadCall && s.load.CompareAndSwap(loadCall, loadStream) {
		s.peer.link.noted(s.flags, nil)
		s.endpoint.Opened(s.peer.health(nil, s.flags, s.resource != ""), s.start, transport.Now())
	}
}
