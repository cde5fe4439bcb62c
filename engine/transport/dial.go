package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/leverrpc/lever/engine/session"
)

// Dial connects to addr and drives a client's session over the connection. It returns when TCP,
// or TLS, is there; calls may be opened at once, before the Hello event. ctx bounds the dialling
// only.
func Dial(ctx context.Context, addr Addr, cfg Config, h Handler) (*Conn, error) {
	if err := cfg.Check(); err != nil {
		return nil, fmt.Errorf("transport: dial %v: %w", addr, err)
	}
	cfg = cfg.withDefaults()
	c, err := dial(ctx, addr, &cfg, h)
	if err != nil {
		return nil, fmt.Errorf("transport: dial %v: %w", addr, err)
	}
	return c, nil
}

func dial(ctx context.Context, addr Addr, cfg *Config, h Handler) (*Conn, error) {
	if cfg.Driver == Gnet {
		return nil, errors.New("the gnet driver serves accepted connections only")
	}
	var dialer net.Dialer
	nc, err := dialer.DialContext(ctx, addr.network(), addr.dialText())
	if err != nil {
		return nil, causeOf(ctx, err)
	}
	noDelay(nc)
	sock := newSocket(nc, cfg.StallTimeout)
	var over *tls.Conn
	if addr.Scheme == TLS {
		over = tls.Client(sock, tlsConfig(cfg.TLS, addr.Host))
		if err := handshake(ctx, over, sock, cfg.HandshakeTimeout); err != nil {
			nc.Close()
			return nil, err
		}
	}
	c := newConn(cfg, session.Client, h)
	d := newNetDriver(c, sock, over)
	go d.run()
	return c, nil
}

// causeOf is what a failed dial is told: the context's own reason if it is over, because what
// package net makes of it does not always wrap that. Its timeout may even come a moment before
// the context's.
func causeOf(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if by, ok := ctx.Deadline(); ok && errors.Is(err, os.ErrDeadlineExceeded) && !time.Now().Before(by) {
		return context.DeadlineExceeded
	}
	return bare(err)
}

// noDelay sends small frames at once. It is the default of package net, made sure of here.
func noDelay(nc net.Conn) {
	if t, ok := nc.(*net.TCPConn); ok {
		t.SetNoDelay(true)
	}
}
