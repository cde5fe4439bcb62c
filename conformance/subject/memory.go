package subject

import (
	"context"

	"github.com/leverrpc/lever/conformance/play"
	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/engine/transport"
)

// Memory is a server under test that is reached in memory.
type Memory struct {
	config transport.Config
	server *engine.Server
}

// NewMemory makes a server.
func NewMemory(config transport.Config) (*Memory, error) {
	s, err := NewServer(config)
	return &Memory{config, s}, err
}

// Dial implements play.Server.
func (m *Memory) Dial(context.Context) (play.Conn, error) {
	near, far := play.Pipe()
	_, err := m.server.ServeConn(far)
	return near, err
}

// Own implements play.Drainable.
func (m *Memory) Own(context.Context) (play.OwnServer, error) {
	own, err := NewMemory(m.config)
	return &ownMemory{Memory: own}, err
}

// ownMemory remembers its connections, to drain them.
type ownMemory struct {
	*Memory
	conns []*transport.Conn
}

// Dial implements play.Server.
func (m *ownMemory) Dial(context.Context) (play.Conn, error) {
	near, far := play.Pipe()
	c, err := m.server.ServeConn(far)
	if err == nil {
		m.conns = append(m.conns, c)
	}
	return near, err
}

// Drain implements play.OwnServer.
func (m *ownMemory) Drain() {
	for _, c := range m.conns {
		c.Drain()
	}
}

// Close implements play.OwnServer.
func (m *ownMemory) Close() {
	for _, c := range m.conns {
		<-c.Done()
	}
	m.server.Shutdown(context.Background())
}

// Close waits for the server's end.
func (m *Memory) Close() error { return m.server.Shutdown(context.Background()) }
