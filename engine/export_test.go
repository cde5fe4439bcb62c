package engine

import (
	"context"
	"errors"
	"testing"

	"github.com/leverrpc/lever/engine/transport"
)

// AllocsAllowed is what a call of numbers to an inline handler may allocate.
const AllocsAllowed = allocsAllowed

// Reach makes a client reach servers in memory: find gives the one at an address, or nil if it is
// down.
func (c *ClientConfig) Reach(find func(addr string) *Server) {
	c.dial = func(ctx context.Context, a transport.Addr, cfg transport.Config, h transport.Handler) (*transport.Conn, error) {
		s := find(a.String())
		if s == nil {
			return nil, errors.New("connection refused")
		}
		return s.dialPipe(ctx, a, cfg, h)
	}
}

// Crash ends all connections of a server at once.
func Crash(s *Server) { crash(s) }

// Residents is how many resources are in use.
func (s *Server) Residents() int {
	s.residents.mu.Lock()
	defer s.residents.mu.Unlock()
	return len(s.residents.all)
}

// TakeSlots makes tables of 1<<bits slots until the test ends.
func TakeSlots(t *testing.T, bits int) {
	usual := slotBits
	slotBits = bits
	t.Cleanup(func() { slotBits = usual })
}
