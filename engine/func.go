package engine

import (
	"context"
	"sync"
)

// The adapters below turn a Go function into a Handler. The function gets a context, then the
// arguments, and returns a result and an error; a method without a result returns None. Nothing is
// called through reflection: the plans for the types are compiled once, and the memory that
// arguments are decoded into is used again. The arguments own what they point to, so the function
// may keep them.

// Func0 makes a handler of a function without arguments.
func Func0[R any](f func(context.Context) (R, error)) Handler {
	var p plan
	return unary(p, func(*argList, *None) {},
		func(ctx context.Context, _ *None) (R, error) { return f(ctx) })
}

// Func1 makes a handler of a function of one argument. If that is a []byte the call carries raw
// bytes; if it is a Payload it takes either kind.
func Func1[A, R any](f func(context.Context, A) (R, error)) Handler {
	var p plan
	a := argument[A](&p)
	return unary(p, func(l *argList, v *A) { next(l, a, v) },
		func(ctx context.Context, v *A) (R, error) { return f(ctx, *v) })
}

// Func2 makes a handler of a function of two arguments.
func Func2[A, B, R any](f func(context.Context, A, B) (R, error)) Handler {
	var p plan
	a, b := argument[A](&p), argument[B](&p)
	return unary(p,
		func(l *argList, v *args2[A, B]) { next(l, a, &v.a); next(l, b, &v.b) },
		func(ctx context.Context, v *args2[A, B]) (R, error) { return f(ctx, v.a, v.b) })
}

// Func3 makes a handler of a function of three arguments.
func Func3[A, B, C, R any](f func(context.Context, A, B, C) (R, error)) Handler {
	var p plan
	a, b, c := argument[A](&p), argument[B](&p), argument[C](&p)
	return unary(p,
		func(l *argList, v *args3[A, B, C]) {
			next(l, a, &v.a)
			next(l, b, &v.b)
			next(l, c, &v.c)
		},
		func(ctx context.Context, v *args3[A, B, C]) (R, error) { return f(ctx, v.a, v.b, v.c) })
}

// Func4 makes a handler of a function of four arguments. A function of more takes a struct.
func Func4[A, B, C, D, R any](f func(context.Context, A, B, C, D) (R, error)) Handler {
	var p plan
	a, b, c, d := argument[A](&p), argument[B](&p), argument[C](&p), argument[D](&p)
	return unary(p,
		func(l *argList, v *args4[A, B, C, D]) {
			next(l, a, &v.a)
			next(l, b, &v.b)
			next(l, c, &v.c)
			next(l, d, &v.d)
		},
		func(ctx context.Context, v *args4[A, B, C, D]) (R, error) {
			return f(ctx, v.a, v.b, v.c, v.d)
		})
}

// args2, args3 and args4 hold decoded argument lists.
type (
	args2[A, B any] struct {
		a A
		b B
	}
	args3[A, B, C any] struct {
		a A
		b B
		c C
	}
	args4[A, B, C, D any] struct {
		a A
		b B
		c C
		d D
	}
)

// unary makes the handler that reads its arguments into a V with read and serves them with call.
func unary[V, R any](p plan, read func(*argList, *V),
	call func(context.Context, *V) (R, error)) Handler {
	r := result[R](&p)
	type memory struct {
		list   argList
		args   V
		result R
	}
	memories := sync.Pool{New: func() any { return new(memory) }}
	serve := func(ctx context.Context, rq *request) error {
		m := memories.Get().(*memory)
		m.list.open(&p, rq)
		read(&m.list, &m.args)
		err := m.list.end()
		if err == nil {
			if m.result, err = call(ctx, &m.args); err == nil {
				err = reply(rq, r, &m.result)
			}
		}
		*m = memory{} // a handler that panics takes its memory along
		memories.Put(m)
		return err
	}
	return Handler{unary: serve, err: p.err}
}
