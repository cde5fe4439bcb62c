package engine

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"runtime/debug"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// Caller is what a server knows of a client that wants to connect.
type Caller struct {
	// Auth are the credentials that the client has sent, at most 3,072 bytes. They are lent until
	// Admit returns, and kept nowhere.
	Auth []byte
	// Peer and Env are the name and the environment that it has announced: its own words.
	Peer, Env string
	// RemoteAddr is where it connects from.
	RemoteAddr net.Addr
	// TLS describes the connection's encryption, with verified certificates; nil if there is none.
	TLS *tls.ConnectionState
}

// Admit judges a client before any of its calls is read. It returns an identity of the server's own
// making, which handlers find in [Info], or an error, with which the connection is refused; the
// client is told the error's text, so it should not say more than the client may know.
//
// The client's calls then fail with [Unauthenticated], and are tried nowhere else. If the fault is
// not the client's they fail with [Unavailable], and other instances are tried: that is said by an
// error with the code Unavailable or [ResourceExhausted], by a context's error, and by those of a
// call that Admit has made itself and that ended so.
//
// Admit runs on a goroutine of its own and may wait for others; ctx ends with the connection, and
// after 4 s, four fifths of the time that client and server give a HELLO, so that the client hears
// of it. After a panic the client is turned away for now.
type Admit func(ctx context.Context, c Caller) (identity any, err error)

// errNoVerdict is what a client is told whom Admit has failed.
var errNoVerdict = errors.New("the server could not decide")

// vet begins to judge the client of c by the credentials that it has shown.
func (c *serverConn) vet(auth []byte) {
	limit := c.server.config.Transport.Session.Limits.HelloTimeout
	if limit <= 0 {
		limit = session.DefaultLimits.HelloTimeout
	}
	ctx, stop := context.WithTimeout(context.Background(), limit*4/5)
	c.gone = stop
	go c.judge(ctx, stop, auth)
}

// judge asks the application, and lets the client in or not. It is the goroutine of one verdict,
// which ends with the application's function.
func (c *serverConn) judge(ctx context.Context, stop context.CancelFunc, auth []byte) {
	defer stop()
	identity, err := c.verdict(ctx, auth)
	clear(auth)
	if err != nil {
		c.conn.Close(goodbyeFor(err))
		return
	}
	c.identity = identity // before the first call is read
	c.conn.Admit()
}

// goodbyeFor is what a client is told that is not admitted. An error by which others could not be
// asked, or there is no room, says nothing of the client.
func goodbyeFor(err error) (frame.Reason, string) {
	text := err.Error()
	if e, ok := errors.AsType[*Error](err); ok && e.Method == "" {
		text = textOf(err, e)
	}
	switch code := CodeOf(err); {
	case err == errNoVerdict, code == Unavailable, code == ResourceExhausted,
		code == DeadlineExceeded, code == Cancelled:
		return frame.ReasonUnavailable, text
	}
	return frame.ReasonRefused, text
}

// verdict calls the application's function.
func (c *serverConn) verdict(ctx context.Context, auth []byte) (identity any, err error) {
	err = errNoVerdict // stays if the function does not return
	defer func() {
		if v := recover(); v != nil {
			c.server.logger().Error("engine: Admit panicked", slog.Any("panic", v),
				slog.String("stack", string(debug.Stack())))
		}
	}()
	return c.server.config.Admit(ctx, Caller{
		Auth: auth, Peer: c.peer, Env: c.env,
		RemoteAddr: c.conn.RemoteAddr(), TLS: c.conn.TLS(),
	})
}
