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
// method is [Method.Idempotent], or made by [Method.Once].
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
	return resultOf(m, c, p)
}

// resultOf decodes the result of a call that went well.
func resultOf[R any](m *Method, c *coder[R], p *pending) (R, error) {
	defer p.free()
	if c.form == asBytes && p.isBytes {
		var r R
		*any(&r).(*[]byte) = p.kept()
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
	if m.options.hedged && a.flags&frame.Oneway == 0 {
		p, failed := a.hedge(ctx, m, args, keep)
		return a.repeat(ctx, m, args, keep, p, failed)
	}
	p, failed := a.once(ctx, m, args, keep)
	return a.repeat(ctx, m, args, keep, p, failed)
}

// repeat goes on after the first try of a call, which gave p or failed.
func (a *attempt) repeat(ctx context.Context, m *Method, args []byte, keep bool,
	p *pending, failed *Error) (*pending, error) {
	for failed != nil {
		if err := a.again(ctx, m, failed); err != nil {
			a.report(m, false, a.tries, err)
			return nil, err
		}
		p, failed = a.once(ctx, m, args, keep)
	}
	a.report(m, false, a.tries+1, nil)
	return p, nil
}

// once tries the call on one instance.
func (a *attempt) once(ctx context.Context, m *Method, args []byte, keep bool) (*pending, *Error) {
	t, failed := a.try(ctx, m, args, keep, false)
	if failed != nil {
		return nil, failed
	}
	return t.end(ctx, a, m)
}

// try is a call under way on one instance.
type try struct {
	pending *pending
	conn    *clientConn
	call    *session.Call
	ep      *lb.Endpoint
	start   time.Duration
	soon    bool
}

// try sends the call to one instance. soon: the caller goes on without waiting, and perhaps never
// waits, so the connection counts the outcome.
func (a *attempt) try(ctx context.Context, m *Method, args []byte, keep, soon bool) (
	t try, failed *Error) {
	t.start = transport.Now()
	ep, conn, failed := a.connect(ctx, m, t.start, len(args))
	if failed != nil {
		return t, failed
	}
	t.ep, t.conn, t.pending = ep, conn, m.s.client.pendings.get(m.name.full, keep)
	t.pending.flags = a.flags
	open := (*transport.Conn).OpenAt
	if soon {
		open, t.soon = (*transport.Conn).OpenSoon, true
		t.pending.conn, t.pending.ep, t.pending.start = conn, ep, t.start
	}
	var err error
	t.call, err = a.send(conn, m, open, t.start, t.pending, args, !soon)
	if err != nil {
		t.pending.free()
		ep.Done(lb.Ignored, t.start, t.start)
		conn.link.lose(conn)
		return t, notSent(m.name.full, Unavailable, "%w", err)
	}
	return t, nil
}

// end waits for the answer of the instance.
func (t *try) end(ctx context.Context, a *attempt, m *Method) (*pending, *Error) {
	p := t.pending
	if ctx.Done() == nil {
		<-p.wake
	} else if failed := p.wait(ctx, t.conn.conn, t.call); failed != nil {
		t.ep.Done(t.conn.health(failed, a.flags), t.start, transport.Now())
		return nil, failed
	}
	return t.settle(a, m)
}

// settle takes the answer of the instance, which has come.
func (t *try) settle(a *attempt, m *Method) (*pending, *Error) {
	p := t.pending
	failed := p.err
	t.conn.link.noted(classOf(a.flags), failed)
	oneway := a.flags&frame.Oneway != 0
	switch {
	case t.soon: // the connection has counted it
	case oneway && failed == nil: // that it was sent tells nothing of the instance
		t.ep.Done(lb.Ignored, t.start, p.ended(t.start))
	default:
		t.ep.Done(t.conn.health(failed, a.flags), t.start, p.ended(t.start))
	}
	if failed != nil {
		p.free()
		a.missed(failed, t)
		return nil, failed
	}
	if !oneway {
		m.s.client.budget.earn()
	}
	return p, nil
}

// opener is a way to open a call on a connection.
type opener func(*transport.Conn, time.Duration, session.Open, []byte) (*session.Call, error)

// send hands the call to a connection. data is who is told of its end. lent: whoever calls waits
// for that, or cancels the call, and touches args no sooner.
func (a *attempt) send(conn *clientConn, m *Method, open opener, now time.Duration, data any,
	args []byte, lent bool) (*session.Call, error) {
	o := session.Open{
		Name: m.name.full, Ext: m.ext, Flags: a.flags, Deadline: a.deadline, Data: data,
		Lent: lent,
	}
	if a.key != nil {
		o.Ext = a.key.extensions(o.Ext)
	}
	if a.stamp == nil {
		return open(conn.conn, now, o, args)
	}
	scratch := messages.Get()
	defer messages.Put(scratch)
	scratch.B = append(append(scratch.B[:0], o.Ext...), a.stamp...)
	o.Ext = scratch.B
	return open(conn.conn, now, o, args)
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
	case m.options.hedged && m.options.flags&frame.Idempotent == 0:
		return a, m.refuse(InvalidArgument, "hedged and not idempotent")
	case ctx.Err() != nil:
		return a, contextError(m.name.full, NotSent, ctx.Err())
	}
	if m.s.client.config.Stats != nil {
		a.began = transport.Now()
	}
	a.flags = m.options.flags
	if !streaming {
		a.key = m.options.withKey()
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
	ep, conn, err := a.choose(ctx, m, now)
	if err != nil {
		return nil, nil, noInstance(m, err)
	}
	if bulk := a.flags&frame.ClassMask == frame.Bulk; bulk || conn.link.extras.spread.Load() != nil {
		conn = conn.link.aside(ctx, a.patience(), conn, bulk)
	}
	if size > int(conn.maxMessage.Load()) {
		if err := conn.admit(ctx, a.patience(), size); err != nil {
			ep.Done(lb.Ignored, now, transport.Now())
			return nil, nil, noInstance(m, err)
		}
	}
	return ep, conn, nil
}

// choose gives an instance and a connection to it.
func (a *attempt) choose(ctx context.Context, m *Method, now time.Duration) (*lb.Endpoint,
	*clientConn, error) {
	if a.key != nil && a.key.home != nil {
		a.sentTo = a.key.home
		return a.key.goHome(ctx, now, a.deadline)
	}
	if m.resource != "" {
		return m.s.locate(ctx, now, a, m.resource)
	}
	return m.s.pick(ctx, now, a, m.affinity)
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
