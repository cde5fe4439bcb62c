package engine

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/pool"
	"github.com/leverrpc/lever/wire"
)

// serverConn is a server's record of one connection. Its methods are called for one event at a
// time.
type serverConn struct {
	server    *Server
	conn      *transport.Conn
	peer, env string      // what the peer announced of itself
	who       *caller     // nil: nobody asked
	ctx       *callCtx    // the one that inline calls use in turn; nil: make one
	scratch   *pool.Bytes // likewise, for their results; nil: get one
	rq        request     // of the inline call that runs
	visit     visit       // likewise
	batch     batch       // of calls that were read and not given to workers yet
	spares    spares      // for more of them; none between two batches
	contexts  *contexts   // likewise

	identity any                // what Admit made of the client; set before the first call
	gone     context.CancelFunc // ends the judging of the client; nil: nobody judges
}

// reception takes the events of all connections of a server.
type reception struct{ server *Server }

// HandleEvent gives an event to the record of its connection.
func (r reception) HandleEvent(conn *transport.Conn, ev *session.Event) {
	c, ok := conn.Data.(*serverConn)
	if !ok {
		c = &serverConn{server: r.server, conn: conn}
		conn.Data = c
	}
	switch ev.Kind {
	case session.Hello:
		remote := conn.Remote()
		c.peer, c.env = remote.Peer, remote.Environment
		if r.server.config.Admit != nil {
			c.vet(remote.Auth)
		}
	case session.Ended:
		if c.gone != nil {
			c.gone()
		}
	case session.Called:
		c.called(ev)
	case session.Cancelled:
		c.cancelled(ev)
	case session.Message, session.Finished, session.Writable:
		if st, ok := ev.Data.(*stream); ok {
			st.handle(ev)
		}
	}
}

// HandleBatch lets workers begin with the calls that have come.
func (r reception) HandleBatch(conn *transport.Conn) {
	c, ok := conn.Data.(*serverConn)
	if !ok {
		return
	}
	if c.batch.first != nil {
		r.server.workers.start(&c.batch)
	}
	c.spares.give()
	c.giveContexts()
}

// called starts the handler of a call, or refuses the call.
func (c *serverConn) called(ev *session.Event) {
	rt, code, text := c.route(ev)
	if (c.server.config.OwnEnv || code == 0 && rt.handler.ownEnv) && !c.sharesEnv() {
		code, text = Private, "this is for callers of its own environment"
	}
	if code != 0 {
		c.refuse(ev.Call, nil, code, text)
		return
	}
	resource, seen, bad := addressOf(ev.Ext)
	if bad != "" {
		c.refuse(ev.Call, nil, InvalidArgument, bad)
		return
	}
	var rn *run
	if key, ok := keyOf(ev); ok {
		if rn = c.server.once.begin(c, ev, rt, resource, key); rn == nil {
			return
		}
	}
	if rt.handler.inline && len(ev.More) == 0 && c.mayInline(resource, seen) {
		c.serveInline(rt, ev, resource, rn)
		return
	}
	counted, ok := c.server.admit(ev)
	if !ok {
		c.turnAway(ev.Call, rn, "the server is overloaded", overloadPauses[classOf(ev.Flags)])
		return
	}
	if !c.server.begin() {
		c.turnAway(ev.Call, rn, "too many calls are running", overloadPauses[classOf(ev.Flags)])
		return
	}
	j := c.spares.take()
	j.conn, j.call, j.seen, j.counted = c, ev.Call, seen, counted
	j.take(ev)
	j.ctx = c.newCtx()
	j.ctx.conn, j.ctx.route, j.ctx.resource = c, rt, resource
	j.ctx.deadline, j.ctx.run = ev.Deadline, rn
	if rn != nil {
		c.server.once.starts(rn, j.ctx)
	}
	if rt.handler.stream != nil {
		j.stream = c.newStream(j)
		j.cost = workSlice // its handler waits for messages
		c.conn.Attach(ev.Call, j.stream)
	} else {
		c.conn.Attach(ev.Call, j.ctx)
		j.cost = rt.cost.mean()
	}
	c.batch.add(j)
	if c.batch.n >= batchMost {
		c.server.workers.start(&c.batch)
	}
}

// newCtx gives a context that has been nobody's.
func (c *serverConn) newCtx() *callCtx {
	if c.contexts == nil {
		c.contexts = unusedContexts.Get().(*contexts)
	}
	ctx, left := c.contexts.next()
	if !left {
		c.contexts = nil
	}
	return ctx
}

// giveContexts leaves those that were not used to other connections.
func (c *serverConn) giveContexts() {
	if c.contexts != nil {
		unusedContexts.Put(c.contexts)
		c.contexts = nil
	}
}

// sharesEnv reports whether the caller announces the environment of the server.
func (c *serverConn) sharesEnv() bool {
	env := c.server.config.Env
	return env != "" && strings.EqualFold(env, c.env)
}

// route finds the handler of a call. A bound method remembers it.
func (c *serverConn) route(ev *session.Event) (*route, Code, string) {
	streaming := ev.Flags&frame.Stream != 0
	if ev.Method == nil {
		return c.server.routes.find(ev.Name, streaming)
	}
	if rt, ok := ev.Method.Data.(*route); ok && (rt.handler.stream != nil) == streaming {
		return rt, 0, ""
	}
	rt, code, text := c.server.routes.find([]byte(ev.Method.Name), streaming)
	if code == 0 {
		ev.Method.Data = rt
	}
	return rt, code, text
}

// cancelled ends the context of a call, and its stream.
func (c *serverConn) cancelled(ev *session.Event) {
	cause := causeOf(ev.Status)
	switch d := ev.Data.(type) {
	case *callCtx:
		if d.run == nil || c.server.once.leave(d.run, ev.Status) {
			d.end(cause)
		}
	case *waiter:
		if c.server.once.quit(d, ev.Status) {
			c.conn.Result(d.call, session.Result{Status: ev.Status}, nil)
		}
	case *stream:
		err := &Error{Code: Code(ev.Status), Message: ev.Err.Error(), cause: cause}
		err.Effect = Executed
		d.end(err, true)
	}
}

// refuseFor answers a call whose handler does not run because of its resource.
func (c *serverConn) refuseFor(call *session.Call, rn *run, e *Error) {
	r := session.Result{
		Status: frame.Status(e.Code), Flags: frame.Unprocessed, Retry: e.RetryAfter,
	}
	if e.NoRetry || r.Status.Retry() == frame.RetryNever {
		r.Flags |= frame.NoRetry
	}
	if e.redirect != nil {
		r.Ext = e.redirect.appendTo(nil)
	}
	payload := wire.AppendString(nil, e.Message)
	if e.Code.isOwn() && !e.Detail.IsZero() {
		payload = e.Detail.encoded()
		if e.Detail.IsBytes() {
			r.Flags |= frame.Bytes
		}
	}
	c.end(call, rn, r, payload)
}

// refuse answers a call whose handler does not run.
func (c *serverConn) refuse(call *session.Call, rn *run, code Code, text string) {
	r := session.Result{Status: frame.Status(code), Flags: frame.Unprocessed}
	if r.Status.Retry() == frame.RetryNever {
		r.Flags |= frame.NoRetry
	}
	c.end(call, rn, r, wire.AppendString(nil, text))
}

// turnAway is refuse for a call for which there is no room now, but may be after the pause.
func (c *serverConn) turnAway(call *session.Call, rn *run, text string, pause time.Duration) {
	c.end(call, rn, session.Result{
		Status: frame.ResourceExhausted, Flags: frame.Unprocessed, Retry: pause,
	}, wire.AppendString(nil, text))
}

// end answers a call, and those that wait for the same run. payload is lent.
func (c *serverConn) end(call *session.Call, rn *run, r session.Result, payload []byte) {
	if rn != nil { // remembered before anybody knows
		c.server.once.end(rn, r, payload)
	}
	c.conn.Result(call, r, payload)
}

// answer ends a call whose handler has run: on the worker k, or where it was read if k is nil.
func (c *serverConn) answer(k *worker, call *session.Call, ctx *callCtx, rq *request, err error) {
	var r session.Result
	out := rq.out
	switch {
	case err != nil:
		r, out = outcome(ctx, err)
	case rq.outBytes:
		r.Flags = frame.Bytes
	case len(out) == 0: // a stream that ended well
		out = nullValue
	}
	if ctx.run != nil { // remembered before anybody knows
		c.server.once.end(ctx.run, r, out)
	} else {
		r.Body = rq.takeRoom()
	}
	if k != nil {
		k.answer(c, call, r, out)
	} else {
		c.conn.Result(call, r, out)
	}
	c.server.report(ctx.route, rq.arrived, r.Status)
}

// newStream makes the handler's end of a stream.
func (c *serverConn) newStream(j *job) *stream {
	s := &stream{call: j.call, ctx: j.ctx, serving: true}
	s.init(c.conn, j.ctx.route.service+"/"+j.ctx.route.method)
	ctx := j.ctx
	s.atEnd = func(err error, _ bool) { ctx.end(contextErr(err)) }
	return s
}

// addressOf finds the resource in a call's extensions, and the epoch of the view by which the
// caller has come here, zero if it does not say. bad says what is wrong with them.
func addressOf(ext []byte) (resource string, seen uint64, bad string) {
	if len(ext) == 0 {
		return "", 0, ""
	}
	value, _ := frame.FindExtension(ext, frame.ExtResource)
	if !utf8.Valid(value) || checkResource(string(value)) != nil {
		return "", 0, "the resource is not UTF-8 text without NUL"
	}
	view, ok := frame.FindView(ext)
	if !ok {
		return "", 0, "VIEW has fewer than 16 bytes"
	}
	return string(value), view.Epoch, ""
}

// keyOf finds the key of a regular call. One of another size than a key's is none (SPEC F-523).
func keyOf(ev *session.Event) (key Key, ok bool) {
	if len(ev.Ext) == 0 || ev.Flags&frame.Stream != 0 {
		return key, false
	}
	value, _ := frame.FindExtension(ev.Ext, frame.ExtIdempotencyKey)
	if len(value) != len(key) {
		return key, false
	}
	return Key(value), true
}

// wrongKind explains WRONG_KIND for a method of this name.
func wrongKind(method string) string {
	if IsStreaming(method) {
		return "method " + method + " is streaming and was called as a regular one"
	}
	return "method " + method + " is regular and was called as a streaming one"
}
