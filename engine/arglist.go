package engine

import "github.com/leverrpc/lever/wire"

// plan is what an adapter found out about the arguments of its function. Immutable once the
// handler is made.
type plan struct {
	args int
	sole form  // of the argument, if there is one
	err  error // the first type that has no wire form
}

// argument plans the next argument of the function.
func argument[T any](p *plan) *coder[T] {
	c, err := coderFor[T]()
	p.args++
	p.sole = c.form
	if err != nil && p.err == nil {
		p.err = badArgs("argument %d: %v", p.args, err)
	}
	return c
}

// result plans the result of the function.
func result[T any](p *plan) *coder[T] {
	c, err := coderFor[T]()
	if err != nil && p.err == nil {
		p.err = badArgs("result: %v", err)
	}
	return c
}

// argList walks the arguments of one call. The first error stays, and later steps do nothing.
type argList struct {
	list   wire.ListReader
	whole  []byte // the payload, if it is itself the argument
	isRaw  bool   // whole is raw bytes
	asSole bool   // whole is used, not list
	taken  int
	err    error
}

// open begins to read the arguments of rq as p asks for.
func (l *argList) open(p *plan, rq *request) {
	takesRaw := p.args == 1 && p.sole != asValue && p.sole != asNone
	switch {
	case takesRaw && (rq.isBytes || p.sole == asArgs):
		l.whole, l.isRaw, l.asSole = rq.payload, rq.isBytes, true
	case rq.isBytes:
		l.err = badArgs("takes %s, got raw bytes", count(p.args))
	default:
		if l.list, l.err = wire.ReadList(rq.payload); l.err != nil {
			l.err = badArgs("arguments: %v", l.err)
		} else if n := l.list.Len(); n != p.args {
			l.err = badArgs("takes %s, got %d", count(p.args), n)
		}
	}
}

// next decodes the next argument into *dst.
func next[T any](l *argList, c *coder[T], dst *T) {
	if l.err != nil {
		return
	}
	l.taken++
	if l.asSole {
		if err := c.decode(l.whole, l.isRaw, dst); err != nil {
			l.err = badArgs("arguments: %v", err)
		}
		return
	}
	item, ok := l.list.Next()
	if !ok { // an offset in this error is in the list, and in the next in the argument
		l.err = badArgs("arguments: %v", l.list.Err())
	} else if err := c.decodeItem(item, dst); err != nil {
		l.err = badArgs("argument %d: %v", l.taken, err)
	}
}

// end checks that nothing is wrong behind the last argument, and gives the first error.
func (l *argList) end() error {
	if l.err == nil && !l.asSole {
		if _, more := l.list.Next(); more || l.list.Err() != nil {
			l.err = badArgs("arguments: %v", l.list.Err())
		}
	}
	return l.err
}

// count says "1 argument" or "2 arguments".
func count(n int) string {
	if n == 1 {
		return "1 argument"
	}
	return string(rune('0'+n)) + " arguments"
}
