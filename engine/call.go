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
func callWith[R any](ctx context.Context, m *Method, c *coder[R], args []any) (r R, err error) {
	o, err := m.callOf(ctx, c.form == asBytes, args)
	if err == nil {
		err = c.result(o, &r)
	}
	return r, err
}

// callOf makes a call with these arguments, which has its answer then; with an error it is over.
// keep: a result of raw bytes is the caller's.
func (m *Method) callOf(ctx context.Context, keep bool, args []any) (*outgoing, error) {
	o, err := m.outgoing()
	if err != nil {
		return nil, err
	}
	if err = o.encode(m, args); err == nil {
		if keep {
			o.own.dst = noBytes
		}
		err = m.dispatch(ctx, o)
	}
	if err != nil {
		o.free()
		return nil, err
	}
	return o, nil
}

// noBytes is what a result of raw bytes is appended to that gets memory of its own.
var noBytes = []byte{}

// result gives what a call has come to that went well, and frees the call.
func (c *coder[R]) result(o *outgoing, dst *R) error {
	err := c.resultIn(o.box, dst)
	o.free()
	return err
}

// resultIn decodes a result.
func (c *coder[R]) resultIn(p *pending, dst *R) error {
	if c.form == asBytes && p.isBytes {
		*any(dst).(*[]byte) = p.appendTo(nil)
		return nil
	}
	err := c.read(p.result(), p.isBytes, dst)
	if err == nil {
		return nil
	}
	e := Errorf(Internal, "result: %w", err)
	e.Method = p.name.full
	return e
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
		return o.ended(ctx, m, o.hedge(ctx, m))
	}
	p, failed := o.try(ctx, m, false) // once, without its frame: see outgoing
	if failed == nil {
		failed = o.await(ctx, m, p)
	}
	return o.ended(ctx, m, failed)
}

// ended goes on after the first try of a call, which has failed unless failed is nil.
func (o *outgoing) ended(ctx context.Context, m *Method, failed *Error) error {
	if failed != nil {
		return o.repeat(ctx, m, failed)
	}
	if m.s.client.config.Stats != nil {
		o.report(m, false, 1, nil)
	}
	return nil
}

// repeat tries the call again, as long as that is good for anything.
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
	p, failed := o.try(ctx, m, false)
	if failed != nil {
		return failed
	}
	return o.await(ctx, m, p)
}

// try sends the call to one instance. soon: the caller goes on without waiting, and perhaps never
// waits, so the connection counts the outcome.
func (o *outgoing) try(ctx context.Context, m *Method, soon bool) (*pending, *Error) {
	now := transport.Now()
	ep, conn, failed := o.connect(ctx, m, now, len(o.args))
	if failed != nil {
		return nil, failed
	}
	p := o.mailbox()
	p.ep, p.conn, p.start, p.soon, p.placed = ep, conn, now, soon, o.placed(ep)
	waits := !soon && m.s.client.config.Intercept == nil // an Interceptor need not
	open := session.Open{Data: p, Lent: waits}
	if waits {
		open.Into = p.room()
	}
	var err error
	p.call, err = o.send(conn, m, now, &open, o.args, soon)
	if err != nil {
		p.clear()
		ep.Done(lb.Ignored, now, now)
		conn.link.lose(conn)
		return nil, unreached(m.name.full, err)
	}
	return p, nil
}

// await waits for the answer to a try.
func (o *outgoing) await(ctx context.Context, m *Method, p *pending) *Error {
	if ctx.Done() == nil {
		<-p.wake
	} else if failed := p.wait(ctx); failed != nil {
		o.abandon(p)
		p.ep.Done(p.conn.health(failed, o.flags, p.placed), p.start, transport.Now())
		return failed
	}
	return o.settle(m, p)
}

// settle takes the answer to a try, which has come.
func (o *outgoing) settle(m *Method, p *pending) *Error {
	failed := p.err
	p.conn.link.noted(o.flags, failed)
	oneway := o.isOneway()
	switch {
	case p.soon: // the connection has counted it
	case oneway && failed == nil: // that it was sent tells nothing of the instance
		p.ep.Done(lb.Ignored, p.start, p.ended())
	default:
		p.count()
	}
	o.box = p
	if failed != nil {
		p.clear()
		o.missed(failed, p)
		return failed
	}
	if !oneway {
		m.s.client.budget.earn()
	}
	return nil
}

// send hands the call to a connection. open says what is the caller's business: who is told of its
// end, and whether args are lent: whoever calls waits for the end then, or cancels the call, and
// touches args, and memory for the result, no sooner.
func (a *attempt) send(conn *clientConn, m *Method, now time.Duration, open *session.Open,
	args []byte, soon bool) (*session.Call, error) {
	open.Name, open.Ext, open.Flags, open.Deadline = m.name.full, m.ext, a.flags, a.deadline
	if !a.worn || a.key == nil && a.stamp == nil {
		return conn.conn.OpenAt(now, open, args, soon)
	}
	if a.key != nil {
		open.SendBy = a.key.until
	}
	scratch := messages.Get()
	scratch.B = a.extend(append(scratch.B[:0], m.ext...))
	open.Ext = scratch.B
	call, err := conn.conn.OpenAt(now, open, args, soon)
	messages.Put(scratch)
	return call, err
}

// extend adds the extensions of the next try to those of the method.
func (a *attempt) extend(ext []byte) []byte {
	if a.key != nil {
		ext = a.key.extend(ext)
	}
	return append(ext, a.stamp...)
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
	if a.worn && a.key != nil && a.key.home != nil {
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
	return unreached(m.name.full, err)
}

// unreached is the error of a call that no connection took: there was none, or it had just ended. An
// instance that has refused this client has done so for all its calls.
func unreached(method string, err error) *Error {
	if g, ok := errors.AsType[*session.Goodbye](err); ok && g.IsRefusal() {
		return notSent(method, Unauthenticated, "%w", err)
	}
	return notSent(method, Unavailable, "%w", err)
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
