package engine

import (
	"context"
	"errors"
)

// BytesFuture is one call at a time of those that [BytesFuture.Go] begins. It is to [CallBytes] what
// [Future] is to [Call]: the zero value is ready for use, each Wait makes it ready again, and where
// dst has room nothing is allocated. It is for one goroutine, or for several that take turns, and
// must not be copied while a call is under way.
type BytesFuture struct {
	begun begun
	dst   []byte
	state flight
	apart chan struct{} // closed when the goroutine of an aloof call has set dst and err
	err   error
}

// flight is how far the call of a BytesFuture has come.
type flight uint8

const (
	landed flight = iota // there is none
	flying
	aloof // it has a goroutine of its own, for a client with an Interceptor
)

var (
	errFlying = errors.New("the future has a call under way")
	errLanded = errors.New("engine: the future has no call under way")
)

// Go begins a call as [Go] does. Both slices are lent until Wait has returned, as [CallBytes] has
// them. With an error no call is under way but one that was before, which goes on.
func (f *BytesFuture) Go(ctx context.Context, m Method, dst, in []byte) error {
	if f.state != landed {
		return m.refuse(InvalidArgument, "%w", errFlying)
	}
	o, err := m.outgoing()
	if err != nil {
		return err
	}
	o.sendBytes(m.options.hedged, dst, in)
	b := &f.begun
	b.ctx, b.method, b.call, f.dst = ctx, m, o, dst
	if m.s.client.config.Intercept != nil {
		f.state, f.apart = aloof, make(chan struct{})
		go f.run()
		return nil
	}
	if err := b.begin(); err != nil {
		f.land()
		return err
	}
	f.state = flying
	return nil
}

// Wait gives dst with the result appended, or as it was with an error, and waits for that if need be.
// When the ctx of Go ends, so do the call and the wait. A call is tried again, where that is safe,
// only here, so a call that was begun is waited for, or its ctx ended.
func (f *BytesFuture) Wait() ([]byte, error) {
	switch f.state {
	case landed:
		return nil, errLanded
	case flying:
		f.finish(f.begun.end())
	case aloof:
		<-f.apart
	}
	dst, err := f.dst, f.err
	f.land()
	return dst, err
}

// Ready reports whether Wait would return at once, unless the call is to be tried again.
func (f *BytesFuture) Ready() bool {
	if f.state != aloof {
		return f.state == landed || f.begun.here()
	}
	select {
	case <-f.apart:
		return true
	default:
		return false
	}
}

// run makes the whole call, for a client with an Interceptor.
func (f *BytesFuture) run() {
	defer close(f.apart)
	f.finish(f.begun.method.dispatch(f.begun.ctx, f.begun.call))
}

// finish takes what the call has come to.
func (f *BytesFuture) finish(err error) {
	if f.err = err; err == nil {
		f.dst, f.err = f.begun.call.bytes(f.dst)
	}
}

// land lets go of everything.
func (f *BytesFuture) land() {
	f.begun.call.free()
	f.begun = begun{}
	f.dst, f.state, f.apart, f.err = nil, landed, nil, nil
}
