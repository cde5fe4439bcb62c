package engine

import (
	"sync"

	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/pool"
)

// outgoing is a regular call at the side that makes it, with the memory that it needs, from one try
// to the next. Owned by the caller's goroutine, and recycled when the call is over.
//
// With hundreds of calls under way the record of none is near the processor, so what a call needs
// that goes well stands in the first three cache lines, and the rest is not touched.
type outgoing struct {
	own     pending  // for the answer, until a call is abandoned
	args    []byte   // the payload: in scratch, or in memory of the caller's
	box     *pending // where the answer comes; nil: make one
	isBytes bool     // args is raw bytes
	spent   bool     // own was abandoned
	attempt
	scratch pool.Bytes
}

// outgoings recycles the calls of one client. Each client has its own, because a channel must not
// leave the testing/synctest bubble it was made in.
type outgoings struct{ pool sync.Pool }

// get gives a call that has only memory.
func (os *outgoings) get() *outgoing {
	o, ok := os.pool.Get().(*outgoing)
	if !ok {
		o = new(outgoing)
		o.own.wake = make(chan struct{}, 1)
		o.box = &o.own
	}
	return o
}

// outgoing gives a call of m, without arguments yet. An error in the address is known here.
func (m *Method) outgoing() (*outgoing, error) {
	if m.err != nil || m.name == nil {
		return nil, m.refuse(InvalidArgument, "")
	}
	o := m.s.client.calls.get()
	o.own.name = m.name
	return o, nil
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
	if o.box != nil {
		o.box.clear()
	}
	if o.spent {
		return
	}
	o.box = &o.own
	o.own.dst = nil
	if !o.isBytes { // else it was not used
		o.scratch.B = pool.Reuse(o.scratch.B)
	}
	o.args = nil
	o.own.name.of.client.calls.pool.Put(o)
}

// mailbox gives where the answer to a try comes that is to be sent, while the one before may be
// under way.
func (o *outgoing) mailbox() *pending {
	if o.box == nil {
		o.box = newPending()
		o.box.name, o.box.dst = o.own.name, o.own.dst
	}
	o.box.flags = o.flags
	return o.box
}

// abandon notes that nobody waits for the answer to a try any more.
func (o *outgoing) abandon(p *pending) {
	o.box, o.spent = nil, o.spent || p == &o.own
}

// isOneway reports whether no answer is waited for.
func (o *outgoing) isOneway() bool { return o.flags&frame.Oneway != 0 }
