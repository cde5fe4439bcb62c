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
// [CallBytes] is cheaper for raw bytes both ways, and a declaration for anything else.
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
	return callWith(ctx, &m, c, args)
}

// callWith is Call with a coder of the result.
func callWith[R any](ctx context.Context, m *Method, c *coder[R], args []any) (R, error) {
	var none R
	o, err := m.outgoing()
	if err != nil {
		return none, err
	}
	if err := o.encode(m, args); err != nil {
		o.free()
		return none, err
	}
	return finishCall(ctx, m, c, o)
}

// finishCall makes a call that has its arguments, decodes the result, and frees o.
func finishCall[R any](ctx context.Context, m *Method, c *coder[R], o *outgoing) (r R, err error) {
	if c.form == asBytes {
		o.keep, o.dst = true, noBytes
	}
	if err = m.dispatch(ctx, o); err == nil {
		r, err = resultOf(m, c, o.box)
	}
	o.free()
	return r, err
}

// noBytes is what a result of raw bytes is appended to that gets memory of its own.
var noBytes = []byte{}

// resultOf decodes the result of a call that went well.
func resultOf[R any](m *Method, c *coder[R], p *pending) (R, error) {
	if c.form == asBytes && p.isBytes {
		var r R
		*any(&r).(*[]byte) = p.kept()
		return r, nil
	}
	r, err := c.read(p.whole(), p.isBytes)
	if err != nil {
		e := Errorf(Internal, "result: %w", err)
		e.Method = m.name.full
		return r, e
	}
	return r, nil
}

// dispatch is call, through the client's Interceptor if it has one.
func (m *Method) dispatch(ctx context.Context, o *outgoing) error {
	if m.s.client.config.Intercept != nil {
		return m.intercepted(ctx, o)
	}
	return o.call(ctx, m)
}

// call makes the call, on one instance after another if need be. What it gives is in o.box then.
func (o *outgoing) call(ctx context.Context, m *Method) error {
	if err := o.begin(ctx, m, false); err != nil {
		return err
	}
	if o.isBytes {
		o.flags |= frame.Bytes
	}
	if m.options.hedged && !o.isOneway() {
		return o.repeat(ctx, m, o.hedge(ctx, m))
	}
	return o.repeat(ctx, m, o.once(ctx, m))
}

// repeat goes on after the first try of a call, which has failed unless failed is nil.
func (o *outgoing) repeat(ctx context.Context, m *Method, failed *Error) error {
	for failed != nil {
		if err := o.again(ctx, m, failed); err != nil {
			o.report(m, false, o.tries, err)
			return err
		}
		failed = o.once(ctx, m)
	}
	o.report(m, false, o.tries+1, nil)
	return nil
}

// once tries the call on one instance.
func (o *outgoing) once(ctx context.Context, m *Method) *Error {
	t := &o.first
	if failed := o.try(ctx, m, t, false); failed != nil {
		return failed
	}
	return t.end(ctx, o, m)
}

// try is a call under way on one instance.
type try struct {
	pending *pending
	conn    *clientConn
	call    *session.Call
	ep      *lb.Endpoint
	start   time.Duration
	soon    bool
	placed  bool // there was no choice
}

// try sends the call to one instance, as t. soon: the caller goes on without waiting, and perhaps
// never waits, so the connection counts the outcome.
func (o *outgoing) try(ctx context.Context, m *Method, t *try, soon bool) *Error {
	now := transport.Now()
	ep, conn, failed := o.connect(ctx, m, now, len(o.args))
	if failed != nil {
		return failed
	}
	p := o.mailbox(m)
	*t = try{pending: p, conn: conn, ep: ep, start: now, soon: soon, placed: o.sentTo == ep}
	if soon {
		p.conn, p.ep, p.start, p.placed = conn, ep, now, t.placed
	}
	waits := !soon && m.s.client.config.Intercept == nil // an Interceptor need not
	var err error
	t.call, err = o.send(conn, m, now, &session.Open{Data: p, Lent: waits}, o.args, soon)
	if err != nil {
		p.clear()
		ep.Done(lb.Ignored, now, now)
		conn.link.lose(conn)
		return notSent(m.name.full, Unavailable, "%w", err)
	}
	return nil
}

// end waits for the answer of the instance.
func (t *try) end(ctx context.Context, o *outgoing, m *Method) *Error {
	p := t.pending
	if ctx.Done() == nil {
		<-p.wake
	} else if failed := p.wait(ctx, t.conn.conn, t.call); failed != nil {
		o.box = nil // it is left to the collector
		t.ep.Done(t.conn.health(failed, o.flags, t.placed), t.start, transport.Now())
		return failed
	}
	return t.settle(o, m)
}

// settle takes the answer of the instance, which has come.
func (t *try) settle(o *outgoing, m *Method) *Error {
	p := t.pending
	failed := p.err
	t.conn.link.noted(o.flags, failed)
	oneway := o.isOneway()
	switch {
	case t.soon: // the connection has counted it
	case oneway && failed == nil: // that it was sent tells nothing of the instance
		t.ep.Done(lb.Ignored, t.start, p.ended(t.start))
	default:
		t.ep.Done(t.conn.health(failed, o.flags, t.placed), t.start, p.ended(t.start))
	}
	o.box = p
	if failed != nil {
		p.clear()
		o.missed(failed, t)
		return failed
	}
	if !oneway {
		m.s.client.budget.earn()
	}
	return nil
}

// send hands the call to a connection. open says what is the caller's business: who is told of its
// end, and whether args are lent: whoever calls waits for the end then, or cancels the call, and
// touches args no sooner.
func (a *attempt) send(conn *clientConn, m *Method, now time.Duration, open *session.Open,
	args []byte, soon bool) (*session.Call, error) {
	open.Name, open.Ext, open.Flags, open.Deadline = m.name.full, m.ext, a.flags, a.deadline
	if a.key != nil {
		open.Ext = a.key.extensions(open.Ext)
	}
	if a.stamp != nil {
		scratch := messages.Get()
		defer messages.Put(scratch)
		scratch.B = append(append(scratch.B[:0], open.Ext...), a.stamp...)
		open.Ext = scratch.B
	}
	if soon {
		return conn.conn.OpenSoon(now, open, args)
	}
	return conn.conn.OpenAt(now, open, args)
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

// begin makes a the course of a new call, and checks what can be known before it is sent.
func (a *attempt) begin(ctx context.Context, m *Method, streaming bool) error {
	switch {
	case m.err != nil || m.name == nil:
		return m.refuse(InvalidArgument, "")
	case m.name.streaming != streaming:
		return m.refuse(WrongKind, "%s", wrongKind(m.name.full))
	case m.options.hedged && m.options.flags&frame.Idempotent == 0:
		return m.refuse(InvalidArgument, "hedged and not idempotent")
	case ctx.Err() != nil:
		return contextError(m.name.full, NotSent, ctx.Err())
	}
	*a = attempt{flags: m.options.flags}
	if m.s.client.config.Stats != nil {
		a.began = transport.Now()
	}
	if !streaming {
		a.key = m.options.withKey()
	}
	if d, ok := ctx.Deadline(); ok {
		left := time.Until(d)
		if left <= 0 {
			return contextError(m.name.full, NotSent, context.DeadlineExceeded)
		}
		a.deadline = transport.Now() + left
	} else if d := m.s.client.config.Timeout; d > 0 && !streaming {
		a.deadline = transport.Now() + d
	}
	return nil
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
	if g, ok := errors.AsType[*session.Goodbye](err); ok && g.IsRefusal() { // a while ago
		return notSent(m.name.full, Unauthenticated, "%w", err)
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
