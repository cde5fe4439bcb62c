package engine

import (
	"context"
	"sync"
)

// Interceptor runs around calls, at either side: to check who calls, to measure, to log. method is
// "service/method". It calls next, with its context or one derived from it, and returns what it
// makes of next's error.
//
// At the server it runs around the handler, and may refuse a call by returning an error without
// calling next. At the client it runs around a whole call with all its tries, or around the opening
// of a stream; it may call next again, one at a time, and must call it before it returns nil.
type Interceptor func(ctx context.Context, method string, next func(context.Context) error) error

// intercepted is outgoing.call for clients with an Interceptor.
func (m *Method) intercepted(ctx context.Context, o *outgoing) error {
	again := *m // a copy, or every Method would have to live on the heap
	again.options.fixKey()
	var turn turn
	answered, dst := false, o.own.dst
	err := m.s.client.config.Intercept(ctx, m.name.full, func(ctx context.Context) error {
		if !turn.begin() {
			return again.refuse(Internal, "next was called twice at a time, or too late")
		}
		defer turn.end()
		if answered {
			o.box.clear()
			o.box.dst = dst
		}
		err := o.call(ctx, &again)
		answered = err == nil
		return err
	})
	left := turn.finish()
	o.loose = o.loose || left
	if err == nil && (left || !answered) {
		return m.refuse(Internal, "the interceptor neither called nor failed")
	}
	return err
}

// turn keeps an Interceptor from using a call twice at a time, or when it is over: its memory may be
// that of another one then. Safe for concurrent use.
type turn struct {
	mu       sync.Mutex // guards what follows
	on, over bool
}

func (t *turn) begin() (ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	ok = !t.on && !t.over
	t.on = t.on || ok
	return ok
}

func (t *turn) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.on = false
}

// finish ends all turns, and reports whether one goes on regardless.
func (t *turn) finish() (on bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over = true
	return t.on
}

// interceptedOpen is Method.open for clients with an Interceptor.
func (m *Method) interceptedOpen(ctx context.Context, args []byte,
	isBytes bool) (*clientStream, error) {
	again := *m
	var s *clientStream
	drop := func() {
		if s != nil {
			s.end(contextError(again.name.full, MaybeExecuted, context.Canceled), true)
		}
	}
	err := m.s.client.config.Intercept(ctx, m.name.full, func(ctx context.Context) error {
		drop()
		var err error
		s, err = again.open(ctx, args, isBytes)
		return err
	})
	switch {
	case err == nil && s == nil:
		return nil, m.refuse(Internal, "the interceptor neither called nor failed")
	case err != nil:
		drop()
		return nil, err
	}
	return s, nil
}
