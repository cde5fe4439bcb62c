package engine

import "context"

// CallBytes calls a regular method from raw bytes to raw bytes, as a handler made by [Bytes] is one:
// it sends in, appends the result to dst, and gives that, or dst as it was with an error. It is
// [Call] for those who have memory for the result, and allocates nothing where that is enough. Both
// slices are lent until it returns; what lies in dst beyond its length may be overwritten.
func CallBytes(ctx context.Context, m Method, dst, in []byte) ([]byte, error) {
	o, err := m.outgoing()
	if err != nil {
		return dst, err
	}
	o.args, o.isBytes = in, true
	o.keep, o.dst = !m.options.hedged, dst // two answers must not be read into one memory
	if err = m.dispatch(ctx, o); err == nil {
		dst, err = appendBytes(dst, &m, o.box)
	}
	o.free()
	return dst, err
}

// appendBytes gives dst with the result of a call that went well.
func appendBytes(dst []byte, m *Method, p *pending) ([]byte, error) {
	if p.isBytes {
		return p.kept(), nil
	}
	value, err := resultOf(m, bytesCoder, p)
	return append(dst, value...), err
}

var bytesCoder = must(coderFor[[]byte]())
