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
// client is told the error's text, so it should not say more than the client may know. It runs on
// a goroutine of its own and may wait for others; ctx ends with the connection, and after 4 s, four
// fifths of the time that client and server give a HELLO, so that the client hears of it. A panic
// refuses.
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
		c.conn.Close(frame.ReasonRefused, err.Error())
		return
	}
	c.identity = identity // before the first call is read
	c.conn.Admit()
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
