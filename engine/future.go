package engine

import (
	"context"

	"github.com/leverrpc/lever/frame"
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
	ctx    context.Context
	method Method
	call   *outgoing
	failed *Error // why there is no first try; nil: there is
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
	b.ctx, b.method = ctx, m
	if b.call, f.err = m.outgoing(); f.err != nil {
		return f
	}
	if f.err = b.call.encode(&b.method, args); f.err != nil {
		b.call.free()
		return f
	}
	if f.coder.form == asBytes {
		b.call.own.dst = noBytes
	}
	if m.s.client.config.Intercept != nil {
		f.apart = make(chan struct{})
		go f.run()
		return f
	}
	if f.err = b.begin(); f.err != nil {
		b.call.free()
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
		if f.err = b.end(); f.err == nil {
			f.err = f.coder.result(b.call, &f.result)
		} else {
			b.call.free()
		}
		b.call = nil
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
	case f.open:
		return f.begun.here()
	}
	return true
}

// run makes the whole call, for a client with an Interceptor.
func (f *Future[R]) run() {
	defer close(f.apart)
	b := &f.begun
	if f.err = b.method.dispatch(b.ctx, b.call); f.err == nil {
		f.err = f.coder.result(b.call, &f.result)
	} else {
		b.call.free()
	}
}

// begin makes the first try, as far as it goes without waiting for the answer.
func (b *begun) begin() error {
	o := b.call
	if err := o.begin(b.ctx, &b.method, false); err != nil {
		return err
	}
	if o.isBytes {
		o.flags |= frame.Bytes
	}
	_, b.failed = o.try(b.ctx, &b.method, true)
	return nil
}

// here reports whether there is nothing to wait for, as far as is known without another try.
func (b *begun) here() bool { return b.failed != nil || len(b.call.box.wake) > 0 }

// end waits for the answer, and makes other tries if need be.
func (b *begun) end() error {
	o, m, failed := b.call, &b.method, b.failed
	if failed == nil {
		failed = o.await(b.ctx, m, o.box)
	}
	return o.ended(b.ctx, m, failed)
}
