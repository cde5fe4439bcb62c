package engine

import "context"

// CallBytes calls a regular method from raw bytes to raw bytes, as a handler made by [Bytes] is one:
// it sends in, appends the result to dst, and gives that, or dst as it was with an error. It is
// [Call] for those who have memory for the result, and allocates nothing where that is enough. Both
// slices are lent until it returns, and must not overlap: what lies in dst beyond its length may be
// overwritten, also where the call is tried again or fails.
func CallBytes(ctx context.Context, m Method, dst, in []byte) ([]byte, error) {
	o, err := m.outgoing()
	if err != nil {
		return dst, err
	}
	o.sendBytes(m.options.hedged, dst, in)
	if err = m.dispatch(ctx, o); err == nil {
		dst, err = o.bytes(dst)
	}
	o.free()
	return dst, err
}

// sendBytes makes raw bytes the argument, and dst what the result is appended to; but two answers to
// a call that is hedged must not be read into one memory.
func (o *outgoing) sendBytes(hedged bool, dst, in []byte) {
	o.args, o.isBytes = in, true
	switch {
	case hedged:
	case dst == nil:
		o.own.dst = noBytes
	default:
		o.own.dst = dst
	}
}

// bytes gives the dst of sendBytes with the result of a call that went well.
func (o *outgoing) bytes(dst []byte) ([]byte, error) {
	if o.box.isBytes {
		return o.box.appendTo(dst), nil
	}
	var value []byte
	err := bytesCoder.resultIn(o.box, &value)
	return append(dst, value...), err
}

var bytesCoder = must(coderFor[[]byte]())
