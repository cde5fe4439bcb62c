package engine

import (
	"context"
	"errors"
	"sync"
)

// Interceptor runs around calls, at either side: to check who calls, to measure, to log. method is
// "service/method". It calls next, with its context or one derived from it, and returns what it
// makes of next's error.
//
// At the server it runs around the handler, and may refuse a call by returning an error without
// calling next. At the client it runs around a whole call with all its tries, or around the opening
// of a stream; it may call next again, one at a time, and must call it before it returns nil. A call
// that is under way when it returns is cancelled.
type Interceptor func(ctx context.Context, method string, next func(context.Context) error) error

// intercepted is outgoing.call for clients with an Interceptor.
func (m *Method) intercepted(ctx context.Context, o *outgoing) error {
	again := *m // a copy, or every Method would have to live on the heap
	again.options.fixKey()
	var turn turn
	answered, effect, dst := false, NotSent, o.own.dst
	err := m.s.client.config.Intercept(ctx, m.name.full, func(ctx context.Context) error {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		if !turn.begin(stop) {
			return again.refuse(Internal, "next was called twice at a time, or too late")
		}
		defer turn.end()
		if answered {
			o.box.clear()
			o.box.dst = dst
		}
		err := o.call(ctx, &again)
		answered, effect = err == nil, sumEffect(effect, err)
		return err
	})
	left := turn.finish()
	if err == nil && (left || !answered) {
		return m.passedOver(effect)
	}
	return err
}

// sumEffect is the effect of a call that ended with err after others with that effect. The error says
// it too.
func sumEffect(before Effect, err error) Effect {
	sum := max(before, EffectOf(err))
	if e, ok := errors.AsType[*Error](err); ok {
		e.Effect = sum
	}
	return sum
}

// passedOver is the error where an Interceptor has returned nil without a call that went well.
func (m *Method) passedOver(effect Effect) error {
	err := m.refuse(Internal, "the interceptor neither called nor failed")
	sumEffect(effect, err)
	return err
}

// turn keeps an Interceptor from using a call twice at a time, or when it is over: its memory is the
// caller's again then. Safe for concurrent use. The zero value is ready.
type turn struct {
	mu    sync.Mutex // guards what follows
	over  bool
	stop  func()        // of the one that is on; nil: none is
	ended chan struct{} // closed by its end, if finish waits
}

// begin reports whether it may; stop makes it end.
func (t *turn) begin(stop func()) (ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stop != nil || t.over {
		return false
	}
	t.stop = stop
	return true
}

func (t *turn) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stop = nil
	if t.ended != nil {
		close(t.ended)
	}
}

// finish ends all turns. One that goes on regardless it stops and waits for, and reports it.
func (t *turn) finish() (left bool) {
	t.mu.Lock()
	t.over = true
	stop := t.stop
	if stop != nil {
		t.ended = make(chan struct{})
	}
	t.mu.Unlock()
	if stop == nil {
		return false
	}
	stop()
	<-t.ended
	return true
}

// interceptedOpen is Method.open for clients with an Interceptor.
func (m *Method) interceptedOpen(ctx context.Context, args []byte,
	isBytes bool) (*clientStream, error) {
	again := *m
	var turn turn
	var s *clientStream
	effect := NotSent
	drop := func() {
		if s != nil {
			s.end(contextError(again.name.full, MaybeExecuted, context.Canceled), true)
		}
	}
	err := m.s.client.config.Intercept(ctx, m.name.full, func(ctx context.Context) error {
		ctx, stop := context.WithCancel(ctx)
		if !turn.begin(stop) {
			stop()
			return again.refuse(Internal, "next was called twice at a time, or too late")
		}
		defer turn.end()
		drop()
		var err error
		if s, err = again.open(ctx, args, isBytes); err != nil {
			stop()
			effect = sumEffect(effect, err)
			return err
		}
		effect = MaybeExecuted
		context.AfterFunc(s.ctx, stop)
		return nil
	})
	left := turn.finish()
	switch {
	case err == nil && (left || s == nil):
		drop()
		return nil, m.passedOver(effect)
	case err != nil:
		drop()
		return nil, err
	}
	return s, nil
}
