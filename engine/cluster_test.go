package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// cluster is several instances of a service behind addresses that exist only in memory.
type cluster struct {
	nodes map[string]*node // by address
	view  atomic.Pointer[View]
}

// node is one instance.
type node struct {
	server *Server
	down   atomic.Bool  // cannot be dialled
	dials  atomic.Int64 // attempts
	calls  atomic.Int64 // handlers that ran
	answer func(context.Context) error
}

// newCluster makes n instances whose method "get" gives their address, and a client of them.
func newCluster(t *testing.T, n int, config ClientConfig) (*cluster, Service) {
	t.Helper()
	c := &cluster{nodes: map[string]*node{}}
	view := &View{}
	for i := range n {
		addr := fmt.Sprintf("tcp://node%d:1", i)
		nd := &node{server: NewServer(ServerConfig{Service: "bank"})}
		err := nd.server.Handle("get", Func0(func(ctx context.Context) (string, error) {
			nd.calls.Add(1)
			if nd.answer != nil {
				return addr, nd.answer(ctx)
			}
			return addr, nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		c.nodes[addr] = nd
		view.Instances = append(view.Instances, Instance{Addr: addr})
	}
	c.view.Store(view)
	config.Resolver = c
	config.dial = func(ctx context.Context, a transport.Addr, cfg transport.Config, h transport.Handler) (*transport.Conn, error) {
		nd := c.nodes[a.String()]
		nd.dials.Add(1)
		if nd.down.Load() {
			return nil, errors.New("connection refused")
		}
		return nd.server.dialPipe(ctx, a, cfg, h)
	}
	client, err := NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		for _, nd := range c.nodes {
			if err := nd.server.Shutdown(context.Background()); err != nil {
				t.Error(err)
			}
		}
	})
	return c, client.Service("lever://test/bank")
}

func (c *cluster) Resolve(context.Context, URL) (*View, error) { return c.view.Load(), nil }

// crash ends all connections of a server, as its death would.
func crash(s *Server) {
	s.mu.Lock()
	conns := slices.Collect(maps.Keys(s.adopted))
	s.mu.Unlock()
	for _, conn := range conns {
		conn.Close(frame.ReasonInternal, "crash")
	}
}

// calls adds up the handlers that ran.
func (c *cluster) calls() (n int64) {
	for _, nd := range c.nodes {
		n += nd.calls.Load()
	}
	return n
}
