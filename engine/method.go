package engine

import (
	"time"

	"github.com/leverrpc/lever/frame"
)

// Method addresses a method; [Call], [Notify] and [Open] take one. Its own methods give the same
// method called in another way, and may be chained. Immutable and safe for concurrent use.
type Method struct {
	s        *service
	name     *methodName
	resource string // empty: none
	affinity string // empty: none
	ext      []byte
	options  options
	err      error
}

// options is how a method is called.
type options struct {
	flags  frame.Flags // Idempotent and the class
	keying keying
	key    Key // if it is given

	hedged     bool
	hedgeAfter time.Duration // zero: as the calls before have taken
}

// Idempotent says of the calls made with the result that running them twice does no harm. They are
// tried again also when it is not known whether they were executed.
func (m Method) Idempotent() Method {
	m.options.flags |= frame.Idempotent
	return m
}

// Urgent makes calls that go before others, at both sides and in both directions, and that an
// instance in trouble refuses last: what keeps a system alive, such as the renewal of a lease.
func (m Method) Urgent() Method { return m.inClass(frame.Urgent) }

// Bulk makes calls that wait for others, and that an instance in trouble refuses first: what nobody
// waits for.
func (m Method) Bulk() Method { return m.inClass(frame.Bulk) }

func (m Method) inClass(c frame.Flags) Method {
	m.options.flags = m.options.flags&^frame.ClassMask | c
	return m
}
