package engine

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/pool"
)

// job is a call that a worker serves. It belongs to the connection until it is started, and then to
// its worker.
type job struct {
	conn   *serverConn
	call   *session.Call
	ctx    *callCtx
	stream *stream // nil: a regular call
	args   *pool.Buf
	rq     request
}

// jobs recycles jobs. Their contexts are not recycled, because handlers may give them away.
var jobs = sync.Pool{New: func() any { return new(job) }}

var (
	errExited   = Errorf(Internal, "the handler ended its goroutine")
	errReturned = &Error{Code: Cancelled, Message: "the handler has returned", Effect: Executed,
		cause: context.Canceled}
)

// work serves one call and frees its job.
func (s *Server) work(j *job) {
	if code := endedEarly(j.ctx); code != 0 {
		s.running.Add(-1)
		j.conn.refuse(j.call, j.ctx.run, code, "it was over before the handler began")
		j.finish()
		return
	}
	j.rq.scratch = encodings.Get()
	err := error(errExited) // stays if the handler calls runtime.Goexit
	defer func() {
		s.running.Add(-1) // before the answer: the caller's next call must find room
		j.conn.answer(j.call, j.ctx, &j.rq, err)
		encodings.Put(j.rq.scratch)
		j.finish()
	}()
	err = s.invoke(j.ctx, j.ctx.route, &j.rq, j.stream)
	if j.stream != nil {
		err = j.stream.verdict(err)
	}
}

// endedEarly gives the code of a call that ended before its handler began, or zero.
func endedEarly(ctx *callCtx) Code {
	if ctx.deadline != 0 && transport.Now() >= ctx.deadline {
		return DeadlineExceeded
	}
	return contextCode(ctx.Err())
}

// finish ends what the handler may still hold, and frees j.
func (j *job) finish() {
	if j.stream != nil {
		j.stream.end(errReturned, true)
	}
	j.ctx.end(context.Canceled)
	j.args.Release()
	*j = job{}
	jobs.Put(j)
}

// serveInline serves a call where it was read.
func (c *serverConn) serveInline(rt *route, ev *session.Event, resource string, rn *run) {
	if ev.Deadline != 0 && transport.Now() >= ev.Deadline {
		c.refuse(ev.Call, rn, DeadlineExceeded, "it was over before the handler began")
		return
	}
	ctx := c.ctx
	if ctx == nil {
		ctx = new(callCtx)
	}
	c.ctx = nil
	ctx.reset(c, rt, resource, ev.Deadline, rn)
	scratch := encodings.Get()
	c.rq = request{payload: ev.Payload, isBytes: ev.Flags&frame.Bytes != 0, scratch: scratch}
	err := c.server.invoke(ctx, rt, &c.rq, nil)
	c.answer(ev.Call, ctx, &c.rq, err)
	c.rq = request{}
	encodings.Put(scratch)
	if ctx.idle() {
		c.ctx = ctx
	} else {
		ctx.end(context.Canceled)
	}
}

// invoke runs a handler. A panic ends this call alone.
func (s *Server) invoke(ctx *callCtx, rt *route, rq *request, st *stream) (err error) {
	normal := false
	defer func() {
		if normal {
			return
		}
		if v := recover(); v != nil {
			err = s.panicked(rt, v)
		}
	}()
	if s.config.Intercept == nil {
		err = rt.handler.serve(ctx, rq, st)
	} else {
		err = s.config.Intercept(ctx, rt.service+"/"+rt.method, func(ctx context.Context) error {
			return rt.handler.serve(ctx, rq, st)
		})
	}
	normal = true
	return err
}

// panicked logs a handler's panic and gives what the caller is told: not the text of the panic,
// which may hold what is not meant for others.
func (s *Server) panicked(rt *route, v any) error {
	s.logger().Error("engine: handler panicked", slog.String("method", rt.service+"/"+rt.method),
		slog.Any("panic", v), slog.String("stack", string(debug.Stack())))
	if s.config.ShowPanics {
		return Errorf(Internal, "the handler panicked: %s", fmt.Sprint(v))
	}
	return Errorf(Internal, "the handler panicked")
}
