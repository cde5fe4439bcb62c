package transport

import (
	"context"
	"path/filepath"
	"testing"
)

// link is one way to connect two sides over real sockets.
type link struct {
	name   string
	scheme string
	driver Driver // the server's
	mutual bool
}

// links are all of them; every test of behaviour runs over each.
func links() []link {
	all := []link{
		{name: "tcp by net", scheme: TCP, driver: Net},
		{name: "unix by net", scheme: Unix, driver: Net},
		{name: "tls", scheme: TLS},
		{name: "mutual tls", scheme: TLS, mutual: true},
	}
	if haveGnet {
		all = append(all,
			link{name: "tcp by gnet", scheme: TCP, driver: Gnet},
			link{name: "unix by gnet", scheme: Unix, driver: Gnet})
	}
	return all
}

// eachLink runs f over every link, and checks that nothing is left behind.
func eachLink(t *testing.T, f func(t *testing.T, l link)) {
	for _, l := range links() {
		t.Run(l.name, func(t *testing.T) {
			noLeak(t)
			f(t, l)
		})
	}
}

// eachPlainLink leaves out TLS, whose drivers are the same.
func eachPlainLink(t *testing.T, f func(t *testing.T, l link)) {
	eachLink(t, func(t *testing.T, l link) {
		if l.scheme == TLS {
			t.Skip("encrypted")
		}
		f(t, l)
	})
}

// listen starts a server that ends with the test.
func (l link) listen(t *testing.T, cfg Config, h Handler) *Listener {
	t.Helper()
	cfg.Driver = l.driver
	if cfg.Logger == nil {
		cfg.Logger = quiet
	}
	addr := Addr{Scheme: l.scheme, Host: "127.0.0.1"}
	switch l.scheme {
	case Unix:
		addr = Addr{Scheme: Unix, Path: filepath.Join(t.TempDir(), "s")}
	case TLS:
		cfg.TLS = serverTLS(t, l.mutual)
	}
	ln, err := Listen(addr, cfg, h)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- ln.Serve() }()
	t.Cleanup(func() {
		ln.Close()
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return ln
}

// dial connects to a server of the link. The connection ends with the test.
func (l link) dial(t *testing.T, ln *Listener, cfg Config, h Handler) *Conn {
	t.Helper()
	if l.scheme == TLS {
		cfg.TLS = clientTLS(t, l.mutual)
	}
	if cfg.Logger == nil {
		cfg.Logger = quiet
	}
	c, err := Dial(context.Background(), ln.Addr(), cfg, h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close(0, "the test is over")
		wantDone(t, c)
	})
	return c
}
