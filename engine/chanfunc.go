package engine

import "context"

// Chan0 makes a streaming handler of a function without arguments. The function's first channel
// parameter is what it receives, the second what it sends. The stream ends when it returns.
func Chan0[Recv, Send any](f func(context.Context, *Chan[Recv, Send]) error) Handler {
	var p plan
	return streaming(p, func(*argList, *None) {},
		func(ctx context.Context, _ *None, ch *Chan[Recv, Send]) error { return f(ctx, ch) })
}

// Chan1 makes a streaming handler of a function of one argument.
func Chan1[A, Recv, Send any](f func(context.Context, A, *Chan[Recv, Send]) error) Handler {
	var p plan
	a := argument[A](&p)
	return streaming(p, func(l *argList, v *A) { next(l, a, v) },
		func(ctx context.Context, v *A, ch *Chan[Recv, Send]) error { return f(ctx, *v, ch) })
}

// Chan2 makes a streaming handler of a function of two arguments.
func Chan2[A, B, Recv, Send any](f func(context.Context, A, B, *Chan[Recv, Send]) error) Handler {
	var p plan
	a, b := argument[A](&p), argument[B](&p)
	return streaming(p,
		func(l *argList, v *args2[A, B]) { next(l, a, &v.a); next(l, b, &v.b) },
		func(ctx context.Context, v *args2[A, B], ch *Chan[Recv, Send]) error {
			return f(ctx, v.a, v.b, ch)
		})
}

// Chan3 makes a streaming handler of a function of three arguments.
func Chan3[A, B, C, Recv, Send any](
	f func(context.Context, A, B, C, *Chan[Recv, Send]) error) Handler {
	var p plan
	a, b, c := argument[A](&p), argument[B](&p), argument[C](&p)
	return streaming(p,
		func(l *argList, v *args3[A, B, C]) {
			next(l, a, &v.a)
			next(l, b, &v.b)
			next(l, c, &v.c)
		},
		func(ctx context.Context, v *args3[A, B, C], ch *Chan[Recv, Send]) error {
			return f(ctx, v.a, v.b, v.c, ch)
		})
}

// streaming makes the handler that reads its arguments into a V with read and serves the stream
// with call.
func streaming[V, Recv, Send any](p plan, read func(*argList, *V),
	call func(context.Context, *V, *Chan[Recv, Send]) error) Handler {
	coders, err := chanCodersFor[Recv, Send]()
	if p.err == nil {
		p.err = err
	}
	serve := func(ctx context.Context, rq *request, s *stream) error {
		var (
			list argList
			args V
		)
		list.open(&p, rq)
		read(&list, &args)
		if err := list.end(); err != nil {
			return err
		}
		return call(ctx, &args, &Chan[Recv, Send]{s: s, chanCoders: coders})
	}
	return Handler{stream: serve, err: p.err}
}
