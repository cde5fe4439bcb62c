package engine

import (
	"context"
	"crypto/tls"
	"net"
)

// Info tells a handler about the call that it serves.
type Info struct {
	// Service and Method are what was called.
	Service, Method string
	// Resource is the addressed resource, decoded; empty if there is none.
	Resource string
	// Identity is what the server's Admit made of the caller; nil if there is none.
	Identity any
	// Peer and Env are the name and the environment that the caller's process announced: whence the
	// call comes. They are its own words, worth as much as the connection that they came over;
	// trust Identity and TLS.
	Peer, Env string
	// Key is the key of a regular call that carries one, see [Method.Once]; zero if there is none.
	// The server has seen to it that this is the key's only run here. Who keeps keys beside data
	// can tell a call that has run elsewhere.
	Key Key
	// RemoteAddr is where the caller's connection comes from.
	RemoteAddr net.Addr
	// TLS describes the connection's encryption; nil if there is none.
	TLS *tls.ConnectionState
}

// CallInfo tells about the call whose context, or one derived from it, ctx is; ok is false for any
// other context.
func CallInfo(ctx context.Context) (info Info, ok bool) {
	c, ok := ctx.Value(ctxKey{}).(*callCtx)
	if !ok {
		return Info{}, false
	}
	info = Info{
		Service: c.route.service, Method: c.route.method, Resource: c.resource,
		Identity: c.conn.identity, Peer: c.conn.peer, Env: c.conn.env,
		RemoteAddr: c.conn.conn.RemoteAddr(), TLS: c.conn.conn.TLS(),
	}
	if c.run != nil {
		info.Key = c.run.id.key
	}
	return info, true
}
