package abuse

import (
	"context"
	"net"
	"sync"
	"testing"

	"github.com/leverrpc/lever/engine/transport"
)

// spy is the test server with a look at its connections: how many there were, and, if the net
// driver has them, how they are.
type spy struct {
	gauge *gauge
	link  *link // nil: conns is complete

	mu    sync.Mutex
	conns []*transport.Conn
}

// serveSpied starts the test server and gives the address where it can be watched.
func serveSpied(t testing.TB, cfg transport.Config) (addr string, s *spy) {
	t.Helper()
	if cfg.Driver != transport.Net {
		addr, g := serve(t, cfg)
		l := newLink(t, addr)
		return l.addr, &spy{gauge: g, link: l}
	}
	s = &spy{gauge: &gauge{}}
	srv, err := newServer(s.gauge, cfg, quiet)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var accepting sync.WaitGroup
	accepting.Go(func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			c, err := srv.ServeConn(nc)
			if err != nil {
				t.Error(err)
				return
			}
			s.mu.Lock()
			s.conns = append(s.conns, c)
			s.mu.Unlock()
		}
	})
	t.Cleanup(func() {
		ln.Close()
		accepting.Wait()
		now, stop := context.WithCancel(context.Background())
		stop()
		srv.Shutdown(now)
	})
	return "tcp://" + ln.Addr().String(), s
}

// count is the number of connections that there were.
func (s *spy) count() int {
	if s.link != nil {
		return s.link.count()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// ended are the ends of those that are over, as far as they can be seen.
func (s *spy) ended() (errs []error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		select {
		case <-c.Done():
			errs = append(errs, c.Err())
		default:
		}
	}
	return errs
}

// wantOne checks that one connection was enough, and that no call is left on it.
func (s *spy) wantOne(t *testing.T) {
	t.Helper()
	if n := s.count(); n != 1 {
		t.Fatalf("%d connections were needed, which ended with %v", n, s.ended())
	}
	eventually(t, "no call is left", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		live := int(s.gauge.running.Load())
		for _, c := range s.conns {
			live += c.Live()
		}
		return live == 0
	})
}
