package engine

import (
	"context"
	"errors"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/lb"
)

// Call calls a regular method and waits for its result. A sole []byte argument goes as raw bytes,
// and a []byte result must be raw bytes; everything else goes as values. Payload takes either kind,
// and None ignores the result. The arguments are not used any more when Call returns.
//
// The deadline of ctx travels with the call, and so does its end. A call is tried again by itself
// where no handler can have run for it, see [EffectOf]; and where that is not known only if the
// method is [Method.Idempotent].
//
// Every error is an [*Error].
func Call[R any](ctx context.Context, m Method, args ...any) (R, error) {
	var none R
	c, err := coderFor[R]()
	if err != nil {
		return none, m.refuse(InvalidArgument, "result: %w", err)
	}
	scratch := encodings.Get()
	defer encodings.Put(scratch)
	p, isBytes, err := encodeArgs(scratch, args)
	if err != nil {
		return none, m.refuse(InvalidArgument, "arguments: %w", err)
	}
	return finishCall(ctx, &m, c, p, isBytes)
}

// finishCall calls a method with encoded arguments and decodes the result.
func finishCall[R any](ctx context.Context, m *Method, c *coder[R], args []byte,
	isBytes bool) (R, error) {
	p, err := m.dispatch(ctx, args, isBytes, c.form == asBytes)
	if err != nil {
		var none R
		return none, err
	}
	defer p.free()
	if c.form == asBytes && p.isBytes {
		var r R
		*any(&r).(*[]byte) = p.payload
		return r, nil
	}
	r, err := c.read(p.payload, p.isBytes)
	if err != nil {
		e := Errorf(Internal, "result: %w", err)
		e.Method = m.name.full
		return r, e
	}
	return r, nil
}

// dispatch is call, through the client's Interceptor if it has one.
func (m *Method) dispatch(ctx context.Context, args []byte, isBytes, keep bool) (*pending, error) {
	if m.s != nil && m.s.client.config.Intercept != nil {
		return m.intercepted(ctx, args, isBytes, keep)
	}
	return m.call(ctx, args, isBytes, keep)
}

// call makes the call, on one instance after another if need be. keep: the caller keeps raw bytes.
func (m *Method) call(ctx context.Context, args []byte, isBytes, keep bool) (*pending, error) {
	a, err := m.begin(ctx, false)
	if err != nil {
		return nil, err
	}
	if isBytes {
		a.flags |= frame.Bytes
	}
	for {
		p, err := a.once(ctx, m, args, keep)
		if err == nil {
			return p, nil
		}
		if err := a.again(ctx, m, err); err != nil {
			return nil, err
		}
	}
}

// once tries the call on one instance.
func (a *attempt) once(ctx context.Context, m *Method, args []byte, keep bool) (*pending, *Error) {
	start := transport.Now()
	ep, conn, failed := a.connect(ctx, m, start, len(args))
	if failed != nil {
		return nil, failed
	}
	p := m.s.client.pendings.get(m.name.full, keep)
	call, err := conn.conn.OpenAt(start, session.Open{
		Name: m.name.full, Ext: m.ext, Flags: a.flags, Deadline: a.deadline, Data: p,
	}, args)
	if err != nil {
		p.free()
		ep.Done(lb.Ignored, start, start)
		conn.link.lose(conn)
		return nil, notSent(m.name.full, Unavailable, "%w", err)
	}
	if ctx.Done() == nil {
		<-p.wake
	} else if failed := p.wait(ctx, conn.conn, call); failed != nil {
		ep.Done(health(failed), start, transport.Now())
		return nil, failed
	}
	end := max(p.end, start) // the reader's clock was read before the batch that it handled
	if failed := p.err; failed != nil {
		p.free()
		ep.Done(health(failed), start, end)
		a.missed(failed, ep)
		return nil, failed
	}
	ep.Done(lb.Succeeded, start, end)
	m.s.client.budget.earn()
	return p, nil
}

// refuse is an error found before the call was sent. An error in the address goes first.
func (m *Method) refuse(code Code, format string, args ...any) error {
	if m.err != nil {
		return m.err
	}
	if m.name == nil {
		return notSent("", InvalidArgument, "the zero Method addresses nothing")
	}
	return notSent(m.name.full, code, format, args...)
}

// begin checks what can be known before a call is sent.
func (m *Method) begin(ctx context.Context, streaming bool) (a attempt, err error) {
	switch {
	case m.err != nil || m.name == nil:
		return a, m.refuse(InvalidArgument, "")
	case m.name.streaming != streaming:
		return a, m.refuse(WrongKind, "%s", wrongKind(m.name.full))
	case ctx.Err() != nil:
		return a, contextError(m.name.full, NotSent, ctx.Err())
	}
	if m.idempotent {
		a.flags |= frame.Idempotent
	}
	if d, ok := ctx.Deadline(); ok {
		left := time.Until(d)
		if left <= 0 {
			return a, contextError(m.name.full, NotSent, context.DeadlineExceeded)
		}
		a.deadline = transport.Now() + left
	} else if d := m.s.client.config.Timeout; d > 0 && !streaming {
		a.deadline = transport.Now() + d
	}
	return a, nil
}

// connect finds an instance and a connection for a payload of size bytes.
func (a *attempt) connect(ctx context.Context, m *Method, now time.Duration,
	size int) (*lb.Endpoint, *clientConn, *Error) {
	ep, conn, err := m.s.pick(ctx, now, a)
	if err != nil {
		return nil, nil, noInstance(m, err)
	}
	if size > int(conn.maxMessage.Load()) {
		if err := conn.admit(ctx, a.deadline, size); err != nil {
			ep.Done(lb.Ignored, now, transport.Now())
			return nil, nil, noInstance(m, err)
		}
	}
	return ep, conn, nil
}

// noInstance is the error of a call for which no connection was found.
func noInstance(m *Method, err error) *Error {
	if g, ok := errors.AsType[gaveUp](err); ok {
		return contextError(m.name.full, NotSent, g.cause)
	}
	if e, ok := errors.AsType[*Error](err); ok && e.Method == "" {
		named := *e
		named.Method = m.name.full
		return &named
	}
	return notSent(m.name.full, Unavailable, "%w", err)
}

// admit waits until the server has said how large messages may be, and checks size against it. It
// is asked only for payloads that are larger than every server takes.
func (c *clientConn) admit(ctx context.Context, deadline time.Duration, size int) error {
	if err := await(ctx, deadline, c.hello); err != nil {
		return err
	}
	if limit := c.maxMessage.Load(); size > int(limit) && c.greeted.Load() {
		return notSent("", TooLarge, "the payload has %d bytes, the server takes %d", size, limit)
	}
	return nil
}

// health says what the end of a call tells about the instance.
func health(e *Error) lb.Outcome {
	switch e.Code {
	case Unavailable, ResourceExhausted, Internal, DeadlineExceeded:
		return lb.Failed
	case Cancelled:
		return lb.Ignored
	}
	return lb.Succeeded
}
