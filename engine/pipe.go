package engine

import (
	"context"
	"net"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
)

// Pipe makes a client whose calls all go to this server, in memory: for tests, and for programs
// that hold both sides. Addrs and Resolver of the configuration do not count. Works under
// testing/synctest.
func (s *Server) Pipe(config ClientConfig) (*Client, error) {
	if err := s.config.check(); err != nil {
		return nil, err
	}
	config.Addrs = nil
	config.Resolver = fixed{&View{Instances: []Instance{{ID: "pipe", Addr: "tcp://pipe:1"}}}}
	config.dial = s.dialPipe
	return NewClient(config)
}

// dialPipe connects a client to s.
func (s *Server) dialPipe(_ context.Context, _ transport.Addr, cfg transport.Config,
	h transport.Handler) (*transport.Conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrServerClosed
	}
	near, far := transport.Pipe(cfg, s.config.Transport, h, reception{s})
	s.adopt(far)
	return near, nil
}

// ServeConn serves a connection that the program has made itself: one end of a tunnel, a socket
// that it inherited. It returns at once; the connection's Done tells of the end, and Shutdown
// drains it like any other. The server owns nc from now on, and closes it in case of an error.
func (s *Server) ServeConn(nc net.Conn) (*transport.Conn, error) {
	if err := s.config.check(); err != nil {
		nc.Close()
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		nc.Close()
		return nil, ErrServerClosed
	}
	c := transport.NewConn(nc, session.Server, s.config.Transport, reception{s})
	s.adopt(c)
	return c, nil
}

// adopt remembers a connection that no listener knows, as long as it lasts. mu is held.
func (s *Server) adopt(c *transport.Conn) {
	if s.adopted == nil {
		s.adopted = map[*transport.Conn]struct{}{}
	}
	s.adopted[c] = struct{}{}
	go func() {
		<-c.Done()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.adopted, c)
	}()
}
