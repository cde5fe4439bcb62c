package play

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
)

// Remote is a server under test that somebody has started.
type Remote struct {
	network, address string
	tls              *tls.Config // nil: none
}

// At gives the server at tcp://host:port, tls://host:port or unix:///path. A server under test
// proves nothing with its certificate, so any is taken.
func At(addr string) (*Remote, error) {
	scheme, rest, ok := strings.Cut(addr, "://")
	r := &Remote{network: "tcp", address: rest}
	switch {
	case ok && scheme == "unix" && rest != "":
		r.network = "unix"
	case ok && scheme == "tls":
		r.tls = &tls.Config{
			InsecureSkipVerify: true, NextProtos: []string{"lever/1"}, MinVersion: tls.VersionTLS12,
		}
		fallthrough
	case ok && scheme == "tcp":
		if _, _, err := net.SplitHostPort(rest); err != nil {
			return nil, fmt.Errorf("address %q: %w", addr, err)
		}
	default:
		return nil, fmt.Errorf("address %q: want tcp://host:port, tls://host:port or unix:///path", addr)
	}
	return r, nil
}

// Dial implements Server.
func (r *Remote) Dial(ctx context.Context) (Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, r.network, r.address)
	if err != nil || r.tls == nil {
		return netConnOrNil(conn, err)
	}
	over := tls.Client(conn, r.tls)
	if err := over.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	return NetConn(over), nil
}

func netConnOrNil(conn net.Conn, err error) (Conn, error) {
	if err != nil {
		return nil, err
	}
	return NetConn(conn), nil
}
