package engine

import (
	"sync"

	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/pool"
)

// outgoing is a regular call at the side that makes it, with the memory that it needs, from one try
// to the next. Owned by the caller's goroutine, and recycled when the call is over.
type outgoing struct {
	attempt
	calls *outgoings
	first try      // the one under way, unless it is the second of a hedged call
	box   *pending // where the answer comes; nil: make one

	args    []byte // the payload: in scratch, or in memory of the caller's
	isBytes bool
	scratch pool.Bytes
	loose   bool // an Interceptor has returned and still makes the call: it is nobody else's ever

	keep bool   // a result of raw bytes is the caller's:
	dst  []byte // it is appended to this
}

// outgoings recycles the calls of one client. Each client has its own, because a channel must not
// leave the testing/synctest bubble it was made in.
type outgoings struct{ pool sync.Pool }

// get gives a call that has only memory.
func (os *outgoings) get() *outgoing {
	if o, ok := os.pool.Get().(*outgoing); ok {
		return o
	}
	return &outgoing{calls: os}
}

// outgoing gives a call of m, without arguments yet. An error in the address is known here.
func (m *Method) outgoing() (*outgoing, error) {
	if m.err != nil || m.name == nil {
		return nil, m.refuse(InvalidArgument, "")
	}
	return m.s.client.calls.get(), nil
}

// encode takes the arguments.
func (o *outgoing) encode(m *Method, args []any) (err error) {
	if o.args, o.isBytes, err = encodeArgs(&o.scratch, args); err != nil {
		return m.refuse(InvalidArgument, "arguments: %w", err)
	}
	return nil
}

// free ends the use of o, and of a result in it that is not the caller's.
func (o *outgoing) free() {
	if o.loose {
		return
	}
	if o.box != nil {
		o.box.clear()
	}
	if cap(o.scratch.B) > 0 {
		o.scratch.B = pool.Reuse(o.scratch.B)
	}
	o.args, o.dst, o.keep, o.first = nil, nil, false, try{}
	o.calls.pool.Put(o)
}

// mailbox gives where the answer to a try comes that is to be sent. The caller of several tries at
// a time gives dst to none, as two answers may come at once.
func (o *outgoing) mailbox(m *Method) *pending {
	p := o.box
	if p == nil {
		p = newPending()
		o.box = p
	}
	p.method, p.flags, p.keep, p.dst = m.name.full, o.flags, o.keep, o.dst
	return p
}

// isOneway reports whether no answer is waited for.
func (o *outgoing) isOneway() bool { return o.flags&frame.Oneway != 0 }
