package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"unicode"

	"github.com/leverrpc/lever/wire"
)

// Methods makes a handler of each exported method of obj, for [Server.Add]. A method Transfer is
// called "transfer", URLOf "urlOf". Its parameters are a context if it wants one, then the
// arguments, the last of which may be variadic; a method whose name says that it is streaming has
// a *[Chan] as its last parameter. It returns a result, an error, both in this order, or nothing;
// a streaming one an error or nothing.
//
// Its calls go through reflection: [Func1] and its like are faster. The error names every method
// that cannot be called, and why; there are no handlers then.
func Methods(obj any) ([]Named, error) {
	v := reflect.ValueOf(obj)
	if !v.IsValid() || v.NumMethod() == 0 {
		return nil, fmt.Errorf("engine: %T has no exported methods", obj)
	}
	var all []Named
	var errs []error
	for i := range v.NumMethod() {
		name := methodNameOf(v.Type().Method(i).Name)
		f, err := reflectedOf(v.Method(i), IsStreaming(name))
		if err != nil {
			errs = append(errs, fmt.Errorf("engine: %T.%s: %w", obj, v.Type().Method(i).Name, err))
			continue
		}
		all = append(all, Named{name, f.handler()})
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return all, nil
}

// methodNameOf makes the first letter of a Go name small, or the first word if it is an acronym.
func methodNameOf(name string) string {
	letters := []rune(name)
	for i, r := range letters {
		if !unicode.IsUpper(r) || i > 0 && i+1 < len(letters) && unicode.IsLower(letters[i+1]) {
			break
		}
		letters[i] = unicode.ToLower(r)
	}
	return string(letters)
}

// reflected is a function that is called through reflection. Immutable.
type reflected struct {
	f         reflect.Value
	ctx       bool           // the first parameter is a context
	args      []reflect.Type // of a variadic one: the type of each
	variadic  bool
	channel   reflect.Type // of the last parameter, without the pointer; nil: it is not streaming
	result    bool         // the first of what it returns is a result
	fails     bool         // the last is an error
	takesRaw  bool         // the sole argument may be raw bytes
	takesList bool         // and it is the whole list otherwise
}

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
	bytesType   = reflect.TypeFor[[]byte]()
	payloadType = reflect.TypeFor[Payload]()
	argsType    = reflect.TypeFor[Args]()
)

// bound is a *Chan of any type.
type bound interface{ bind(*stream) error }

// bind makes ch the end of s.
func (ch *Chan[Recv, Send]) bind(s *stream) (err error) {
	ch.s = s
	ch.chanCoders, err = chanCodersFor[Recv, Send]()
	return err
}

// reflectedOf finds out how to call f, or says why nobody could.
func reflectedOf(f reflect.Value, streaming bool) (*reflected, error) {
	r := &reflected{f: f, variadic: f.Type().IsVariadic()}
	var in []reflect.Type
	for i := range f.Type().NumIn() {
		in = append(in, f.Type().In(i))
	}
	if len(in) > 0 && in[0] == contextType {
		r.ctx, in = true, in[1:]
	}
	if streaming {
		if len(in) == 0 || in[len(in)-1].Kind() != reflect.Pointer || r.variadic {
			return nil, errors.New("a streaming method takes a *Chan as its last parameter")
		}
		r.channel = in[len(in)-1].Elem()
		ch, ok := reflect.New(r.channel).Interface().(bound)
		if !ok {
			return nil, errors.New("a streaming method takes a *Chan as its last parameter")
		}
		if err := ch.bind(nil); err != nil {
			return nil, err
		}
		in = in[:len(in)-1]
	}
	if r.variadic {
		in[len(in)-1] = in[len(in)-1].Elem()
	}
	for i, t := range in {
		if err := hasForm(t); err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
	}
	r.args = in
	if len(in) == 1 && !r.variadic {
		r.takesList = in[0] == argsType
		r.takesRaw = r.takesList || in[0] == bytesType || in[0] == payloadType
	}
	return r, r.returns(streaming)
}

// returns finds out what the function returns.
func (r *reflected) returns(streaming bool) error {
	t := r.f.Type()
	n := t.NumOut()
	if n > 0 && t.Out(n-1) == errorType {
		r.fails = true
		n--
	}
	switch {
	case n > 1 || n == 1 && t.NumOut() == 2 && !r.fails:
		return errors.New("it returns more than a result and an error")
	case n == 1 && streaming:
		return errors.New("a streaming method returns no result")
	case n == 1:
		r.result = true
		if err := hasForm(t.Out(0)); err != nil {
			return fmt.Errorf("result: %w", err)
		}
	}
	return nil
}

// hasForm says why values of a type cannot travel, or nil.
func hasForm(t reflect.Type) error {
	if t == payloadType || t == argsType {
		return nil
	}
	_, err := wire.Append(nil, reflect.Zero(t).Interface())
	if err == nil {
		err = wire.Unmarshal(nullValue, reflect.New(t).Interface())
	}
	return err
}

// handler gives what a Server takes.
func (r *reflected) handler() Handler {
	if r.channel != nil {
		return Handler{stream: func(ctx context.Context, rq *request, s *stream) error {
			ch := reflect.New(r.channel)
			if err := ch.Interface().(bound).bind(s); err != nil {
				return err
			}
			return r.serve(ctx, rq, ch)
		}}
	}
	return Handler{unary: func(ctx context.Context, rq *request) error {
		return r.serve(ctx, rq)
	}}
}

// serve decodes the arguments, calls the function, and encodes its result.
func (r *reflected) serve(ctx context.Context, rq *request, ch ...reflect.Value) error {
	var in []reflect.Value
	if r.ctx {
		in = append(in, reflect.ValueOf(&ctx).Elem())
	}
	args, err := r.decode(rq)
	if err != nil {
		return err
	}
	out := r.f.Call(append(append(in, args...), ch...))
	if r.fails {
		if err, _ := out[len(out)-1].Interface().(error); err != nil {
			return err
		}
	}
	if r.result {
		return encodeReflected(rq, out[0].Interface())
	}
	if r.channel == nil {
		rq.out = nullValue
	}
	return nil
}

// decode reads the arguments of a call.
func (r *reflected) decode(rq *request) ([]reflect.Value, error) {
	if r.takesRaw && (rq.isBytes || r.takesList) {
		return r.decodeWhole(rq)
	}
	if rq.isBytes {
		return nil, badArgs("takes %d arguments, got raw bytes", len(r.args))
	}
	list, err := wire.ReadList(rq.payload)
	if err != nil {
		return nil, badArgs("arguments: %v", err)
	}
	least := len(r.args)
	if r.variadic {
		least--
	}
	if n := list.Len(); n < least || n > least && !r.variadic {
		return nil, badArgs("takes %d arguments, got %d", least, n)
	}
	var args []reflect.Value
	for item, ok := list.Next(); ok; item, ok = list.Next() {
		t := r.args[min(len(args), len(r.args)-1)]
		v := reflect.New(t)
		if t == payloadType {
			err = wire.Validate(item)
			*v.Interface().(*Payload) = Payload{data: bytes.Clone(item)}
		} else {
			err = wire.Unmarshal(item, v.Interface())
		}
		if err != nil {
			return nil, badArgs("argument %d: %v", len(args)+1, err)
		}
		args = append(args, v.Elem())
	}
	if list.Err() != nil {
		return nil, badArgs("arguments: %v", list.Err())
	}
	return args, nil
}

// decodeWhole reads a payload that is itself the sole argument.
func (r *reflected) decodeWhole(rq *request) ([]reflect.Value, error) {
	p := Payload{data: append([]byte{}, rq.payload...), bytes: rq.isBytes}
	if !rq.isBytes {
		if err := wire.Validate(p.data); err != nil {
			return nil, badArgs("arguments: %v", err)
		}
		if _, err := wire.ReadList(p.data); err != nil {
			return nil, badArgs("arguments: %v", err)
		}
	}
	switch r.args[0] {
	case argsType:
		return []reflect.Value{reflect.ValueOf(Args{p})}, nil
	case payloadType:
		return []reflect.Value{reflect.ValueOf(p)}, nil
	}
	return []reflect.Value{reflect.ValueOf(p.data)}, nil
}

// encodeReflected makes v the result of a call.
func encodeReflected(rq *request, v any) (err error) {
	switch v := v.(type) {
	case []byte:
		rq.out, rq.outBytes = v, true
	case Payload:
		rq.out, rq.outBytes = v.encoded(), v.bytes
	case Args:
		rq.out, rq.outBytes = v.encoded(), v.bytes
	default:
		rq.scratch.B, err = wire.Append(rq.scratch.B[:0], v)
		if rq.out = rq.scratch.B; err != nil {
			return Errorf(Internal, "result: %w", err)
		}
	}
	return nil
}
