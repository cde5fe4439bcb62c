package engine

import (
	"context"
	"sync"
	"sync/atomic"
)

// A declaration states the name and the types of a method once, for both sides:
//
//	var Transfer = engine.Declare3[string, string, int64, Receipt]("transfer")
//
//	err := srv.Add(Transfer.Func(transfer))                       // at the server
//	receipt, err := Transfer.Call(ctx, bank, "ann", "bob", 500)   // at the client
//
// It is also the fastest way to call: the plans for the types are made once, and the arguments are
// not boxed. Immutable and safe for concurrent use.
type declaration[R any] struct {
	declared
	result *coder[R]
	memory sync.Pool
}

// declared is what a declaration is whatever the types are.
type declared struct {
	name  string
	how   options
	keep  bool // a result of raw bytes is the caller's
	err   error
	known atomic.Pointer[Method] // of one service, that most calls are of
	other atomic.Uint32          // calls of others
}

// declare finishes a declaration whose arguments are planned.
func declare[R any](p plan, name string) *declaration[R] {
	d := &declaration[R]{declared: declared{name: name, err: p.err}}
	r, err := coderFor[R]()
	d.result, d.keep = r, r.form == asBytes
	if d.err == nil && err != nil {
		d.err = badArgs("result: %v", err)
	}
	return d
}

// with gives the declaration of the same method, called in another way.
func (d *declaration[R]) with(options []func(Method) Method) *declaration[R] {
	m := Method{options: d.how}
	for _, option := range options {
		m = option(m)
	}
	return &declaration[R]{
		declared: declared{name: d.name, how: m.options, keep: d.keep, err: d.err}, result: d.result,
	}
}

// call makes a call of the declared method with pointers to its arguments. See Method.callOf. Who
// calls one service, and none of its resources, finds its method ready.
func (d *declared) call(ctx context.Context, s *Service, args ...any) (*outgoing, error) {
	m := d.known.Load()
	if m == nil || m.s != s.s || s.resource != "" || s.affinity != "" || s.err != nil {
		return d.callAt(ctx, s, args)
	}
	return m.callOf(ctx, d.keep, args)
}

// otherCalls is after how many calls of other services a declaration gets another one ready: calls
// of two in turn must not cost garbage each.
const otherCalls = 64

// callAt is call where the method has to be made.
func (d *declared) callAt(ctx context.Context, s *Service, args []any) (*outgoing, error) {
	m := s.Method(d.name)
	m.options = d.how
	if d.err != nil {
		return nil, m.refuse(InvalidArgument, "%w", d.err)
	}
	if m.err == nil && s.resource == "" && s.affinity == "" && d.other.Add(1)%otherCalls == 1 {
		known := m // or every m would have to live on the heap
		d.known.Store(&known)
	}
	return m.callOf(ctx, d.keep, args)
}

// Declared0 is a declared method without arguments.
type Declared0[R any] struct{ d *declaration[R] }

// Declare0 declares a method without arguments.
func Declare0[R any](name string) Declared0[R] {
	return Declared0[R]{declare[R](plan{}, name)}
}

// With gives the declaration of the same method that is called in another way. Its options are
// methods of Method, as in With(engine.Method.Idempotent, engine.Method.Urgent).
func (d Declared0[R]) With(options ...func(Method) Method) Declared0[R] {
	return Declared0[R]{d.d.with(options)}
}

// Func makes f the declared method's handler.
func (d Declared0[R]) Func(f func(context.Context) (R, error)) Named {
	return Named{d.d.name, Func0(f)}
}

// Call calls the declared method of s. See [Call].
func (d Declared0[R]) Call(ctx context.Context, s Service) (r R, err error) {
	o, err := d.d.call(ctx, &s)
	if err == nil {
		err = d.d.result.result(o, &r)
	}
	return r, err
}

// Declared1 is a declared method of one argument.
type Declared1[A, R any] struct{ d *declaration[R] }

// Declare1 declares a method of one argument.
func Declare1[A, R any](name string) Declared1[A, R] {
	var p plan
	argument[A](&p)
	return Declared1[A, R]{declare[R](p, name)}
}

// With gives the declaration called in another way. See [Declared0.With].
func (d Declared1[A, R]) With(options ...func(Method) Method) Declared1[A, R] {
	return Declared1[A, R]{d.d.with(options)}
}

// Func makes f the declared method's handler.
func (d Declared1[A, R]) Func(f func(context.Context, A) (R, error)) Named {
	return Named{d.d.name, Func1(f)}
}

// Call calls the declared method of s. See [Call].
func (d Declared1[A, R]) Call(ctx context.Context, s Service, a A) (r R, err error) {
	v, ok := d.d.memory.Get().(*A)
	if !ok {
		v = new(A)
	}
	*v = a
	o, err := d.d.call(ctx, &s, v)
	*v = *new(A)
	d.d.memory.Put(v)
	if err == nil {
		err = d.d.result.result(o, &r)
	}
	return r, err
}

// Declared2 is a declared method of two arguments.
type Declared2[A, B, R any] struct{ d *declaration[R] }

// Declare2 declares a method of two arguments.
func Declare2[A, B, R any](name string) Declared2[A, B, R] {
	var p plan
	argument[A](&p)
	argument[B](&p)
	return Declared2[A, B, R]{declare[R](p, name)}
}

// With gives the declaration called in another way. See [Declared0.With].
func (d Declared2[A, B, R]) With(options ...func(Method) Method) Declared2[A, B, R] {
	return Declared2[A, B, R]{d.d.with(options)}
}

// Func makes f the declared method's handler.
func (d Declared2[A, B, R]) Func(f func(context.Context, A, B) (R, error)) Named {
	return Named{d.d.name, Func2(f)}
}

// Call calls the declared method of s. See [Call].
func (d Declared2[A, B, R]) Call(ctx context.Context, s Service, a A, b B) (r R, err error) {
	v, ok := d.d.memory.Get().(*args2[A, B])
	if !ok {
		v = new(args2[A, B])
	}
	v.a, v.b = a, b
	o, err := d.d.call(ctx, &s, &v.a, &v.b)
	*v = args2[A, B]{}
	d.d.memory.Put(v)
	if err == nil {
		err = d.d.result.result(o, &r)
	}
	return r, err
}

// Declared3 is a declared method of three arguments.
type Declared3[A, B, C, R any] struct{ d *declaration[R] }

// Declare3 declares a method of three arguments.
func Declare3[A, B, C, R any](name string) Declared3[A, B, C, R] {
	var p plan
	argument[A](&p)
	argument[B](&p)
	argument[C](&p)
	return Declared3[A, B, C, R]{declare[R](p, name)}
}

// With gives the declaration called in another way. See [Declared0.With].
func (d Declared3[A, B, C, R]) With(options ...func(Method) Method) Declared3[A, B, C, R] {
	return Declared3[A, B, C, R]{d.d.with(options)}
}

// Func makes f the declared method's handler.
func (d Declared3[A, B, C, R]) Func(f func(context.Context, A, B, C) (R, error)) Named {
	return Named{d.d.name, Func3(f)}
}

// Call calls the declared method of s. See [Call].
func (d Declared3[A, B, C, R]) Call(ctx context.Context, s Service, a A, b B, c C) (r R, err error) {
	v, ok := d.d.memory.Get().(*args3[A, B, C])
	if !ok {
		v = new(args3[A, B, C])
	}
	v.a, v.b, v.c = a, b, c
	o, err := d.d.call(ctx, &s, &v.a, &v.b, &v.c)
	*v = args3[A, B, C]{}
	d.d.memory.Put(v)
	if err == nil {
		err = d.d.result.result(o, &r)
	}
	return r, err
}

// Declared4 is a declared method of four arguments.
type Declared4[A, B, C, D, R any] struct{ d *declaration[R] }

// Declare4 declares a method of four arguments.
func Declare4[A, B, C, D, R any](name string) Declared4[A, B, C, D, R] {
	var p plan
	argument[A](&p)
	argument[B](&p)
	argument[C](&p)
	argument[D](&p)
	return Declared4[A, B, C, D, R]{declare[R](p, name)}
}

// With gives the declaration called in another way. See [Declared0.With].
func (d Declared4[A, B, C, D, R]) With(options ...func(Method) Method) Declared4[A, B, C, D, R] {
	return Declared4[A, B, C, D, R]{d.d.with(options)}
}

// Func makes f the declared method's handler.
func (d Declared4[A, B, C, D, R]) Func(f func(context.Context, A, B, C, D) (R, error)) Named {
	return Named{d.d.name, Func4(f)}
}

// Call calls the declared method of s. See [Call].
func (d Declared4[A, B, C, D, R]) Call(ctx context.Context, s Service,
	a A, b B, c C, e D) (r R, err error) {
	v, ok := d.d.memory.Get().(*args4[A, B, C, D])
	if !ok {
		v = new(args4[A, B, C, D])
	}
	v.a, v.b, v.c, v.d = a, b, c, e
	o, err := d.d.call(ctx, &s, &v.a, &v.b, &v.c, &v.d)
	*v = args4[A, B, C, D]{}
	d.d.memory.Put(v)
	if err == nil {
		err = d.d.result.result(o, &r)
	}
	return r, err
}
