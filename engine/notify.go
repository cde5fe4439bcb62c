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
	scratch := encodings.Get()
	defer encodings.Put(scratch)
	p, isBytes, err := encodeArgs(scratch, args)
	if err != nil {
		return m.refuse(InvalidArgument, "arguments: %w", err)
	}
	m.options.flags |= frame.Oneway
	sent, err := m.dispatch(ctx, p, isBytes, false)
	if err != nil {
		return err
	}
	sent.free()
	return nil
}
