package transport

import (
	"context"
	"fmt"

	"github.com/leverrpc/lever/frame"
)

// closing is the text of the goodbye when a listener closes.
const closing = "the server closes"

// Close stops accepting, closes every connection, and waits until they are gone, which takes at
// most a second or so, unless a handler blocks.
func (l *Listener) Close() error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	l.shut(ctx)
	return nil
}

// Drain stops accepting, drains every connection and waits until all are gone. When ctx ends
// first it closes the rest, and returns why. A second call, or one after Close, waits as well.
func (l *Listener) Drain(ctx context.Context) error {
	if l.shut(ctx) {
		return nil
	}
	return fmt.Errorf("transport: drain %v: %w", l.addr, context.Cause(ctx))
}

// shut is Drain; true: ctx was long enough.
func (l *Listener) shut(ctx context.Context) (whole bool) {
	l.stopAccepting()
	whole = ctx.Err() == nil
	if whole {
		l.each((*Conn).Drain)
		whole = l.awaitEmpty(ctx)
	}
	if !whole {
		l.each(func(c *Conn) { c.Close(frame.ReasonNone, closing) })
		l.awaitEmpty(context.Background())
	}
	if l.loops != nil {
		l.end.Do(l.loops.stop)
	}
	return whole
}

// stopAccepting closes the listening socket, and what is still in its TLS handshake: no call was
// sent on it. Serve returns soon.
func (l *Listener) stopAccepting() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped {
		return
	}
	l.stopped = true
	close(l.stop)
	if err := l.ln.Close(); err != nil {
		l.cfg.Logger.Warn("transport: close listener", "address", l.addr.String(), "error", err)
	}
	for nc := range l.shaking {
		nc.Close()
	}
}

// each calls f for every connection, without a lock.
func (l *Listener) each(f func(*Conn)) {
	l.mu.Lock()
	conns := make([]*Conn, 0, len(l.conns))
	for c := range l.conns {
		conns = append(conns, c)
	}
	l.mu.Unlock()
	for _, c := range conns {
		f(c)
	}
}

// awaitEmpty waits until Serve has returned and all connections are gone; false: ctx was over
// before.
func (l *Listener) awaitEmpty(ctx context.Context) bool {
	stop := context.AfterFunc(ctx, func() {
		l.mu.Lock()
		l.change.Broadcast()
		l.mu.Unlock()
	})
	defer stop()
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.serving || len(l.conns) > 0 || len(l.shaking) > 0 {
		if ctx.Err() != nil {
			return false
		}
		l.change.Wait()
	}
	return true
}
