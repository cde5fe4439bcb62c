package engine

import (
	"context"

	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/pool"
)

// Future is a call that [Go] has begun. It is for one goroutine, or for several that take turns.
type Future[R any] struct {
	begun  begun
	open   bool          // begun is not at its end, and has no goroutine of its own
	apart  chan struct{} // nil, or closed when that goroutine has set result and err
	coder  *coder[R]
	result R
	err    error
}

// begun is what is under way of a call that nobody waits for yet.
type begun struct {
	ctx     context.Context
	method  Method
	attempt attempt
	first   try
	failed  *Error      // why there is no first try; nil: there is
	scratch *pool.Bytes // nil: none
	args    []byte      // in scratch, or the caller's
	isBytes bool
	keep    bool
}

// Go begins a call of a regular method, as [Call] does, and returns without waiting for the result.
// It is for callers that keep many calls under way at once: one goroutine with a few hundred of
// them needs less of the machine than hundreds of goroutines with one each. The calls are sent
// together, microseconds later.
//
// Go waits only for what a call needs to begin: an instance and a connection to it. It does not
// bound how many calls are under way; what the server does not yet take waits in memory, so the
// caller should keep a bound. A sole []byte argument is lent until Wait has returned; other
// arguments are not used any more when Go returns. An error that is known at once is what Wait
// gives.
func Go[R any](ctx context.Context, m Method, args ...any) *Future[R] {
	f := new(Future[R])
	if f.coder, f.err = coderFor[R](); f.err != nil {
		f.err = m.refuse(InvalidArgument, "result: %w", f.err)
		return f
	}
	b := &f.begun
	b.ctx, b.method, b.keep = ctx, m, f.coder.form == asBytes
	if f.err = b.encode(args); f.err != nil {
		return f
	}
	if m.s != nil && m.s.client.config.Intercept != nil {
		f.apart = make(chan struct{})
		go f.run()
		return f
	}
	if f.err = b.begin(); f.err != nil {
		b.release()
		return f
	}
	f.open = true
	return f
}

// Wait gives the result of the call, and waits for it if need be; when the ctx of Go ends, so do
// the call and the wait. Later calls of Wait give the same again.
//
// A call is tried again, where that is safe, only here. Whoever has no use for the result need not
// call Wait: the call goes on, until its deadline at most.
func (f *Future[R]) Wait() (R, error) {
	if f.apart != nil {
		<-f.apart
	}
	if f.open {
		f.open = false
		b := &f.begun
		p, err := b.end()
		if err != nil {
			f.err = err
		} else {
			f.result, f.err = resultOf(&b.method, f.coder, p)
		}
		b.release()
	}
	return f.result, f.err
}

// Ready reports whether Wait would return at once, unless the call is to be tried again.
func (f *Future[R]) Ready() bool {
	switch {
	case f.apart != nil:
		select {
		case <-f.apart:
		default:
			return false
		}
	case f.open && f.begun.failed == nil:
		return len(f.begun.first.pending.wake) > 0
	}
	return true
}

// run makes the whole call, for a client with an Interceptor.
func (f *Future[R]) run() {
	defer close(f.apart)
	b := &f.begun
	defer b.release()
	f.result, f.err = finishCall(b.ctx, &b.method, f.coder, b.args, b.isBytes)
}

// encode turns the arguments into a payload.
func (b *begun) encode(args []any) (err error) {
	b.scratch = encodings.Get()
	b.args, b.isBytes, err = encodeArgs(b.scratch, args)
	if err != nil {
		err = b.method.refuse(InvalidArgument, "arguments: %w", err)
	}
	if err != nil || b.isBytes {
		encodings.Put(b.scratch)
		b.scratch = nil
	}
	return err
}

// begin makes the first try, as far as it goes without waiting for the answer.
func (b *begun) begin() (err error) {
	if b.attempt, err = b.method.begin(b.ctx, false); err != nil {
		return err
	}
	if b.isBytes {
		b.attempt.flags |= frame.Bytes
	}
	b.first, b.failed = b.attempt.try(b.ctx, &b.method, b.args, b.keep, true)
	return nil
}

// end waits for the answer, and makes other tries if need be.
func (b *begun) end() (p *pending, err error) {
	failed := b.failed
	if failed == nil {
		p, failed = b.first.end(b.ctx, &b.attempt, &b.method)
	}
	return b.attempt.repeat(b.ctx, &b.method, b.args, b.keep, p, failed)
}

// release gives the scratch memory back.
func (b *begun) release() {
	if b.scratch != nil {
		encodings.Put(b.scratch)
	}
	b.scratch, b.args = nil, nil
}
