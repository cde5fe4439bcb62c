package transport

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"time"

	"github.com/leverrpc/lever/engine/session"
)

// Driver names a way to move bytes.
type Driver uint8

const (
	// Auto picks Gnet for accepted plain connections where the system has it, and Net otherwise.
	Auto Driver = iota

	// Gnet is a few event loops that share all connections. It drives accepted tcp and unix
	// connections on Linux, macOS and the BSDs.
	Gnet

	// Net is a goroutine for each connection. It drives everything, on every system.
	Net
)

// String returns "auto", "gnet" or "net".
func (d Driver) String() string {
	switch d {
	case Auto:
		return "auto"
	case Gnet:
		return "gnet"
	case Net:
		return "net"
	}
	return "driver(?)"
}

// Config is read once, by Dial, Listen, NewConn or Pipe. The zero value works, but for a
// listener on a tls address, which needs a certificate. Dial and Listen refuse one that Check finds
// wrong; NewConn and Pipe, which have no error to give, bring it into range.
type Config struct {
	// Session is what every connection announces and its limits. A Seed of zero means a random
	// one for each connection, and a nil Budget one of 256 MiB that all connections of the process
	// share.
	Session session.Config

	// TLS is used for tls addresses, and only for them. A client's nil means the system's roots
	// and the address's host as the server's name. The application protocol is always
	// "lever/1", and the version at least 1.2.
	TLS *tls.Config

	// Driver is Auto unless there is a reason.
	Driver Driver

	// Loops is the number of gnet's event loops, at most 1,024. Zero means GOMAXPROCS.
	Loops int

	// Logger gets what no caller can be told: a handler's panic, accept errors, refused
	// connections. Nil means slog.Default.
	Logger *slog.Logger

	// MaxConns bounds the connections of a listener, those in their TLS handshake included.
	// One too many is closed at once. Zero means 65,536; negative means no bound.
	MaxConns int

	// MaxConnsPerHost bounds the connections of one remote IP address. Zero and negative mean no
	// bound.
	MaxConnsPerHost int

	// HandshakeTimeout bounds a TLS handshake, from 1ms to 1m. Zero means 5s. The session has a
	// timer of its own for the HELLO that follows.
	HandshakeTimeout time.Duration

	// StallTimeout closes a connection whose peer takes nothing of what waits for it, from 1ms to
	// 1h. Zero means 30s; negative means never.
	StallTimeout time.Duration
}

const (
	defaultMaxConns  = 65_536
	defaultHandshake = 5 * time.Second
	defaultStall     = 30 * time.Second

	// lingerMax is how long a connection that is over may take to send its last bytes and to
	// hear that the peer has closed as well.
	lingerMax = time.Second

	mostLoops = 1024
)

// Check says what in cfg is out of its range and in which range it belongs, or nil.
func (cfg Config) Check() error {
	errs := []error{cfg.Session.Check()}
	refuse := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("transport: Config."+format, args...))
	}
	if cfg.Driver > Net {
		refuse("Driver is %v, want auto, gnet or net", cfg.Driver)
	}
	if cfg.Loops < 0 || cfg.Loops > mostLoops {
		refuse("Loops is %d, want 1 to %d, or 0 for GOMAXPROCS", cfg.Loops, mostLoops)
	}
	if t := cfg.HandshakeTimeout; t != 0 && (t < time.Millisecond || t > time.Minute) {
		refuse("HandshakeTimeout is %v, want 1ms to 1m, or 0 for %v", t, defaultHandshake)
	}
	if t := cfg.StallTimeout; t > 0 && t < time.Millisecond || t > time.Hour {
		refuse("StallTimeout is %v, want 1ms to 1h, 0 for %v, or negative for never", t, defaultStall)
	}
	return errors.Join(errs...)
}

// withDefaults returns cfg with every zero replaced.
func (cfg Config) withDefaults() Config {
	if cfg.Loops <= 0 {
		cfg.Loops = min(runtime.GOMAXPROCS(0), mostLoops)
	}
	if cfg.Session.Budget == nil {
		cfg.Session.Budget = processWindows
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.MaxConns == 0 {
		cfg.MaxConns = defaultMaxConns
	}
	if cfg.HandshakeTimeout <= 0 {
		cfg.HandshakeTimeout = defaultHandshake
	}
	if cfg.StallTimeout == 0 {
		cfg.StallTimeout = defaultStall
	}
	return cfg
}

// session makes the session of one connection.
func (cfg *Config) session(role session.Role) *session.Session {
	s := cfg.Session
	if s.Seed == 0 {
		s.Seed = rand.Uint64()
	}
	return session.New(s, role, Now())
}
