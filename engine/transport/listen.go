package transport

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
)

// Listener accepts connections and drives them. Its methods are safe for concurrent use, but
// Drain and Close wait for connections to end and must not be called from HandleEvent.
type Listener struct {
	addr    Addr
	cfg     Config
	handler Handler
	ln      net.Listener
	tls     *tls.Config // nil: plain
	door    *door
	loops   *loops        // nil: the net driver
	stop    chan struct{} // closed when no more is accepted
	end     sync.Once     // stops the loops

	mu      sync.Mutex // guards the fields below
	change  sync.Cond  // signalled when a connection has gone, or Serve has returned
	serving bool
	served  bool // Serve was called
	stopped bool // no more is accepted
	conns   map[*Conn]struct{}
	shaking map[net.Conn]struct{} // connections in their TLS handshake
}

// Listen binds addr. Connections are taken when Serve is called. Port zero lets the system
// choose; Addr tells what it chose.
func Listen(addr Addr, cfg Config, h Handler) (*Listener, error) {
	if err := cfg.Check(); err != nil {
		return nil, fmt.Errorf("transport: listen on %v: %w", addr, err)
	}
	cfg = cfg.withDefaults()
	cfg.Session = cfg.Session.Shared()
	l := &Listener{
		addr: addr, cfg: cfg, handler: h, door: newDoor(&cfg),
		stop:    make(chan struct{}),
		conns:   make(map[*Conn]struct{}),
		shaking: make(map[net.Conn]struct{}),
	}
	l.change.L = &l.mu
	if err := l.open(); err != nil {
		return nil, fmt.Errorf("transport: listen on %v: %w", addr, err)
	}
	return l, nil
}

// open checks the configuration and takes what the listener needs of the system.
func (l *Listener) open() (err error) {
	if l.addr.Scheme == TLS {
		if !canServe(l.cfg.TLS) {
			return errors.New("TLS needs a certificate in Config.TLS")
		}
		l.tls = tlsConfig(l.cfg.TLS, "")
	}
	gnet, err := l.wantsGnet()
	if err != nil {
		return err
	}
	if l.ln, err = bind(&l.addr); err != nil {
		return err
	}
	if gnet {
		if l.loops, err = startLoops(&l.cfg); err != nil {
			l.ln.Close()
			return err
		}
	}
	return nil
}

// wantsGnet chooses the driver.
func (l *Listener) wantsGnet() (bool, error) {
	switch {
	case l.cfg.Driver == Gnet && l.tls != nil:
		return false, errors.New("the gnet driver has no TLS: use Auto or Net")
	case l.cfg.Driver == Gnet && !haveGnet:
		return false, errors.New("the gnet driver is not available on this system: use Auto or Net")
	}
	return l.cfg.Driver != Net && haveGnet && l.tls == nil, nil
}

// canServe reports whether cfg can show a certificate.
func canServe(cfg *tls.Config) bool {
	return cfg != nil &&
		(len(cfg.Certificates) > 0 || cfg.GetCertificate != nil || cfg.GetConfigForClient != nil)
}

// bind listens on addr, and writes into it the port that the system chose.
func bind(addr *Addr) (net.Listener, error) {
	if addr.Scheme == Unix {
		return listenUnix(addr.Path)
	}
	ln, err := net.Listen("tcp", addr.hostPort())
	if err != nil {
		return nil, bare(err)
	}
	addr.Port = ln.Addr().(*net.TCPAddr).AddrPort().Port()
	return ln, nil
}

// Addr is where the listener listens, with the real port.
func (l *Listener) Addr() Addr { return l.addr }

// Conns is the number of connections that are driven now, without those in their TLS handshake.
func (l *Listener) Conns() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.conns)
}

// Serve accepts connections until Drain or Close is called, and then returns nil. Temporary
// errors do not end it. It may be called once.
func (l *Listener) Serve() error {
	l.mu.Lock()
	if l.served {
		l.mu.Unlock()
		return fmt.Errorf("transport: listener on %v serves already", l.addr)
	}
	l.served, l.serving = true, !l.stopped
	l.mu.Unlock()
	acceptLoop(l.ln, l.stop, l.take, func(err error) {
		l.cfg.Logger.Error("transport: accept", "address", l.addr.String(), "error", bare(err))
	})
	l.mu.Lock()
	l.serving = false
	l.change.Broadcast()
	l.mu.Unlock()
	return nil
}
