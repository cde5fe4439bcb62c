package engine

import (
	"context"

	"github.com/leverrpc/lever/engine/transport"
)

// Pipe makes a client whose calls all go to this server, in memory: for tests, and for programs
// that hold both sides. Addrs and Resolver of the configuration do not count. Works under
// testing/synctest.
func (s *Server) Pipe(config ClientConfig) (*Client, error) {
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
	if s.pipes == nil {
		s.pipes = map[*transport.Conn]struct{}{}
	}
	s.pipes[far] = struct{}{}
	go func() {
		<-far.Done()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.pipes, far)
	}()
	return near, nil
}
