package transport

import (
	"context"
	"crypto/tls"
	"fmt"
	"slices"
	"time"
)

// ALPN is the name of the protocol inside of TLS. Both sides insist on it, so a TLS server of
// another kind is never taken for one of these, or the other way round.
const ALPN = "lever/1"

// tlsConfig returns a copy of base that speaks ALPN. host is the server's name for a client.
func tlsConfig(base *tls.Config, host string) *tls.Config {
	cfg := base.Clone()
	if cfg == nil {
		cfg = &tls.Config{}
	}
	if !slices.Contains(cfg.NextProtos, ALPN) {
		cfg.NextProtos = []string{ALPN}
	}
	if cfg.MinVersion == 0 {
		cfg.MinVersion = tls.VersionTLS12
	}
	if cfg.ServerName == "" {
		cfg.ServerName = host
	}
	return cfg
}

// handshake does a TLS handshake over sock, within limit.
func handshake(ctx context.Context, tc *tls.Conn, sock *socket, limit time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit,
		fmt.Errorf("no TLS handshake within %v", limit))
	defer cancel()
	sock.setWaits(true)
	defer sock.setWaits(false)
	if err := tc.HandshakeContext(ctx); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return fmt.Errorf("TLS: %w", err)
	}
	if got := tc.ConnectionState().NegotiatedProtocol; got != ALPN {
		return fmt.Errorf("TLS: peer speaks %q, want %q", got, ALPN)
	}
	return nil
}
