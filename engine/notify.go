package engine

import (
	"context"

	"github.com/leverrpc/lever/frame"
)

// Notify calls a regular method and does not wait for it to run: it returns when the call is in the
// output of a connection, for which it may have to wait, as the other side must have room for it.
// What became of the call nobody tells: without an error it may have been executed, or refused, or
// lost. An error says how far it came, as that of [Call] does.
func Notify(ctx context.Context, m Method, args ...any) error {
	o, err := m.outgoing()
	if err != nil {
		return err
	}
	m.options.flags |= frame.Oneway
	if err = o.encode(&m, args); err == nil {
		err = m.dispatch(ctx, o)
	}
	o.free()
	return err
}
