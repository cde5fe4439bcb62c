package engine

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

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
	stream *stream     // nil: a regular call
	args   *pool.Buf   // where the arguments lie; nil: in small
	more   pool.Pieces // the rest of large arguments, until they are put together
	small  []byte      // memory for arguments of up to smallArgs bytes, kept for the next job
	rq     request
	seen   uint64 // the epoch of the caller's view
	visit  visit  // at the resource

	next    *job          // of the batch, or of those that are spare
	cost    time.Duration // what it is expected to take
	ends    bool          // its batch
	counted bool          // by the server's admission
}

// brief reports whether others may wait for it.
func (j *job) brief() bool { return j.cost < workSlice }

// smallArgs is up to which size a job keeps the memory that its arguments were copied to.
const smallArgs = 1 << 10

// jobs recycles jobs, in lists of up to spareMost: a worker gives back together what it has served,
// and a connection takes what it needs for a batch. Their contexts are not recycled, because
// handlers may give them away.
var jobs = sync.Pool{New: func() any { return new(job) }}

const spareMost = 32

// spares is a list of jobs that are free. Owned by one goroutine.
type spares struct {
	first *job
	n     int // of those that were put; more may have come from jobs
}

// take gives a job.
func (s *spares) take() *job {
	if s.first == nil {
		s.first = jobs.Get().(*job)
	}
	j := s.first
	s.first, j.next = j.next, nil
	return j
}

// put takes one back that is served, and gives the list away when it is long.
func (s *spares) put(j *job) {
	j.next, s.first = s.first, j
	if s.n++; s.n == spareMost {
		s.give()
	}
}

// give leaves the list to others.
func (s *spares) give() {
	if s.first != nil {
		jobs.Put(s.first)
		*s = spares{}
	}
}

var (
	errExited   = Errorf(Internal, "the handler ended its goroutine")
	errReturned = &Error{Code: Cancelled, Message: "the handler has returned", Effect: Executed,
		cause: context.Canceled}
)

// work serves one call and frees its job.
func (s *Server) work(k *worker, j *job) {
	if j.counted {
		s.entry.starts(transport.Now()-j.rq.arrived, endedEarly(j.ctx) == 0)
	}
	if e := s.enter(j); e != nil {
		s.running.Add(-1)
		j.conn.refuseFor(j.call, j.ctx.run, e)
		j.finish(k)
		return
	}
	j.gather()
	j.rq.scratch = &k.result
	err := error(errExited) // stays if the handler calls runtime.Goexit
	defer func() {
		err = s.leave(j, err)
		s.running.Add(-1) // before the answer: the caller's next call must find room
		j.conn.answer(k, j.call, j.ctx, &j.rq, err)
		j.rq.room.Release()
		k.result.B = pool.Reuse(k.result.B)
		j.finish(k)
	}()
	err = s.invoke(j.ctx, j.ctx.route, &j.rq, j.stream)
	if j.stream != nil {
		err = j.stream.verdict(err)
	}
}

// gather puts large arguments into one place, which takes too long to be done where they were read.
func (j *job) gather() {
	if len(j.more) == 0 {
		return
	}
	whole := pool.Get(len(j.rq.payload) + j.more.Len())
	whole.B = append(whole.B, j.rq.payload...)
	j.args.Release()
	whole.B = j.more.MoveTo(whole.B)
	j.args, j.rq.payload = whole, whole.B
}

// enter lets a call come to its handler, after what its resource needs, or says why not.
func (s *Server) enter(j *job) *Error {
	code := endedEarly(j.ctx)
	if code == 0 && s.residents != nil && j.ctx.resource != "" {
		j.visit.ctx, j.visit.stream = j.ctx, j.stream
		if e := s.residents.admit(&j.visit, j.ctx.resource, j.seen); e != nil {
			return e
		}
		j.ctx.resident = j.visit.at
		if code = endedEarly(j.ctx); code != 0 {
			s.residents.leave(&j.visit)
		}
	}
	if code != 0 {
		return Errorf(code, "it was over before the handler began")
	}
	return nil
}

// leave ends the visit of a call whose handler ended with err. It gives err, or that the resource
// is lost if that is why.
func (s *Server) leave(j *job, err error) error {
	if j.visit.at != nil && s.residents.leave(&j.visit) && contextCode(err) == Cancelled {
		return errMoved
	}
	return err
}

// endedEarly gives the code of a call that ended before its handler began, or zero.
func endedEarly(ctx *callCtx) Code {
	if ctx.deadline != 0 && transport.Now() >= ctx.deadline {
		return DeadlineExceeded
	}
	if ctx.idle() { // most often: so it has not ended
		return 0
	}
	return contextCode(ctx.Err())
}

// take copies the arguments of a call, or takes them over if they were given.
func (j *job) take(ev *session.Event) {
	j.rq = request{payload: ev.Payload, isBytes: ev.Flags&frame.Bytes != 0, arrived: ev.At}
	switch {
	case ev.Body != nil:
		j.args, ev.Body = ev.Body, nil
		j.more, ev.More = ev.More, nil
	case len(ev.Payload) <= smallArgs:
		j.small = append(j.small[:0], ev.Payload...)
		j.rq.payload = j.small
	default:
		j.args = pool.Copy(ev.Payload)
		j.rq.payload = j.args.B
	}
}

// finish ends what the handler may still hold, and frees j on its worker.
func (j *job) finish(k *worker) {
	if j.stream != nil {
		j.stream.end(errReturned, true)
	}
	j.ctx.end(context.Canceled)
	j.args.Release()
	j.more.Release()
	*j = job{small: pool.Reuse(j.small)}
	k.spares.put(j)
}

// mayInline reports whether a call can be served where it was read: not if its resource needs
// something that takes time.
func (c *serverConn) mayInline(resource string, seen uint64) bool {
	rs := c.server.residents
	return rs == nil || resource == "" || rs.enterAtOnce(&c.visit, resource, seen)
}

// serveInline serves a call where it was read.
func (c *serverConn) serveInline(rt *route, ev *session.Event, resource string, rn *run) {
	if ev.Deadline != 0 && transport.Now() >= ev.Deadline {
		c.leaveInline()
		c.refuse(ev.Call, rn, DeadlineExceeded, "it was over before the handler began")
		return
	}
	ctx := c.ctx
	if ctx == nil {
		ctx = new(callCtx)
	}
	c.ctx = nil
	ctx.reset(c, rt, resource, ev.Deadline, rn)
	ctx.resident = c.visit.at
	c.rq = request{payload: ev.Payload, isBytes: ev.Flags&frame.Bytes != 0, scratch: c.takeScratch(),
		arrived: ev.At}
	err := c.server.invoke(ctx, rt, &c.rq, nil)
	c.leaveInline()
	c.answer(nil, ev.Call, ctx, &c.rq, err)
	c.rq.room.Release()
	c.giveScratch(c.rq.scratch)
	c.rq = request{}
	if ctx.idle() {
		c.ctx = ctx
	} else {
		ctx.end(context.Canceled)
	}
}

// takeScratch gives memory for the result of an inline call: what the last one had, if it was small.
func (c *serverConn) takeScratch() *pool.Bytes {
	if b := c.scratch; b != nil {
		c.scratch = nil
		return b
	}
	return encodings.Get()
}

// giveScratch takes it back. A connection that has nothing to do should not hold much.
func (c *serverConn) giveScratch(b *pool.Bytes) {
	if cap(b.B) > smallResult {
		encodings.Put(b)
		return
	}
	b.B = pool.Reuse(b.B)
	c.scratch = b
}

// leaveInline ends the visit that mayInline has begun, if it has.
func (c *serverConn) leaveInline() {
	if c.visit.at != nil {
		c.server.residents.leave(&c.visit)
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
