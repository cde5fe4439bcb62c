package engine

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// narrow is one instance that grants 64 calls to each connection, and a client of it.
type narrow struct {
	*node
	t       *testing.T
	svc     Service
	client  *Client
	link    *link
	release chan struct{} // closed: the handlers of "get" return
	held    sync.WaitGroup
}

// newNarrow makes the instance and makes the first connection.
func newNarrow(t *testing.T, config ClientConfig) *narrow {
	t.Helper()
	c, svc := newCluster(t, 1, config)
	n := &narrow{node: c.nodes["tcp://node0:1"], t: t, svc: svc, client: svc.s.client}
	n.server.config.MaxWait = -1
	n.server.config.Transport.Session.Params.Calls = 64
	n.call()
	for _, l := range n.client.links {
		n.link = l
	}
	n.release = make(chan struct{})
	n.answer = func(ctx context.Context) error {
		select {
		case <-n.release:
		case <-ctx.Done():
		}
		return nil
	}
	return n
}

// call makes a call that must go well.
func (n *narrow) call() {
	n.t.Helper()
	if _, err := Call[string](n.t.Context(), n.svc.Method("get")); err != nil {
		n.t.Errorf("get = %v", err)
	}
}

// hold begins calls that last until letGo, and waits until they are sent or have to wait.
func (n *narrow) hold(calls int) {
	for range calls {
		n.held.Go(n.call)
	}
	synctest.Wait()
}

// letGo ends the calls of hold.
func (n *narrow) letGo() {
	close(n.release)
	n.held.Wait()
	n.release = make(chan struct{})
}

// want compares how many connections there are at both sides.
func (n *narrow) want(conns int, when string) {
	n.t.Helper()
	synctest.Wait()
	if got := n.client.Conns(); got != conns {
		n.t.Errorf("%s the client has %d connections, want %d", when, got, conns)
	}
	if got := n.server.Load().Conns; got != conns {
		n.t.Errorf("%s the server has %d connections, want %d", when, got, conns)
	}
}

// bulk makes a bulk call that must go well.
func (n *narrow) bulk() {
	n.t.Helper()
	if _, err := Call[string](n.t.Context(), n.svc.Method("get").Bulk()); err != nil {
		n.t.Errorf("get, bulk = %v", err)
	}
}

func TestBulkHasAConnectionOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNarrow(t, ClientConfig{IdleTimeout: time.Minute})
		n.answer = nil
		n.want(1, "without bulk")
		for range 10 {
			n.bulk()
			n.call()
		}
		n.want(2, "with bulk")
		first, bulk := n.link.current.Load(), n.link.extras.bulk.Load()
		if bulk == nil || bulk == first {
			t.Fatalf("bulk goes over %p, the rest over %p", bulk, first)
		}
		for range 10 {
			time.Sleep(20 * time.Second)
			n.call()
		}
		n.want(1, "long after bulk")
		n.bulk()
		n.want(2, "with bulk again")
	})
}

func TestBulkGoesWithTheRestWhereItMust(t *testing.T) {
	refusal := errors.New("no more than one")
	tests := []struct {
		name   string
		config ClientConfig
		accept func(*narrow, transport.Handler) (*transport.Conn, error) // nil: like the first
		took   time.Duration
	}{
		{"one connection is the bound", ClientConfig{MaxConns: 1}, nil, 0},
		{"a negative bound means one", ClientConfig{MaxConns: -1}, nil, 0},
		{"the second cannot be dialled", ClientConfig{},
			func(*narrow, transport.Handler) (*transport.Conn, error) { return nil, refusal }, 0},
		{"the second is closed at once, as a server at its limit does", ClientConfig{},
			func(n *narrow, h transport.Handler) (*transport.Conn, error) {
				near, far := transport.Pipe(transport.Config{}, transport.Config{}, h, nobody{})
				far.Close(frame.ReasonNone, "full")
				return near, nil
			}, 0},
		{"the second is never greeted", ClientConfig{},
			func(n *narrow, h transport.Handler) (*transport.Conn, error) {
				nc, _ := transport.NetPipe(64 << 10)
				return transport.NewConn(nc, session.Client, transport.Config{}, h), nil
			}, bulkPatience},
		{"the second leads elsewhere", ClientConfig{},
			func(n *narrow, h transport.Handler) (*transport.Conn, error) {
				near, _ := transport.Pipe(transport.Config{}, transport.Config{}, h, nobody{})
				return near, nil
			}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNarrow(t, tt.config)
				n.answer = nil
				dials := 0
				if tt.accept != nil {
					n.client.config.dial = func(_ context.Context, _ transport.Addr, _ transport.Config,
						h transport.Handler) (*transport.Conn, error) {
						dials++
						return tt.accept(n, h)
					}
				}
				began := time.Now()
				for range 100 {
					n.bulk()
				}
				if d := time.Since(began); d < tt.took || d > tt.took*11/10 {
					t.Errorf("the calls took %v, want %v", d, tt.took)
				}
				time.Sleep(5 * time.Second)
				n.want(1, "then")
				for range 100 {
					n.bulk()
				}
				time.Sleep(10 * time.Second)
				if tt.accept != nil && (dials < 1 || dials > 2) {
					t.Errorf("dialled %d times in 5 s", dials)
				}
				if d := n.link.downFor(); d >= 0 {
					t.Errorf("the instance counts as out of reach, for %v", d)
				}
			})
		})
	}
}

// TestConnectionsOfListenersAreCounted goes over sockets.
func TestConnectionsOfListenersAreCounted(t *testing.T) {
	s := bank(t, ServerConfig{})
	if err := s.Listen("tcp://127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error)
	go func() { served <- s.Serve(ctx) }()
	client, err := NewClient(ClientConfig{Addrs: s.Addrs(), Env: "test"})
	if err != nil {
		t.Fatal(err)
	}
	ping := client.Method("/bank/ping")
	for i, m := range []Method{ping, ping.Bulk()} {
		if _, err := Call[None](t.Context(), m); err != nil {
			t.Fatal(err)
		}
		if got := s.Load().Conns; got != i+1 {
			t.Errorf("the server has %d connections, want %d", got, i+1)
		}
		if got := client.Conns(); got != i+1 {
			t.Errorf("the client has %d connections, want %d", got, i+1)
		}
	}
	client.Close()
	stop()
	if err := <-served; err != nil || s.Load().Conns != 0 || client.Conns() != 0 {
		t.Errorf("at the end: %v, %+v, %d connections of the client", err, s.Load(), client.Conns())
	}
}

// nobody hears what happens on a connection.
type nobody struct{}

func (nobody) HandleEvent(*transport.Conn, *session.Event) {}

func TestLossOfAnExtraConnectionIsRepaired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNarrow(t, ClientConfig{})
		n.answer = nil
		n.bulk()
		n.link.extras.bulk.Load().conn.Close(frame.ReasonInternal, "cut")
		n.bulk()
		n.want(2, "after the loss of the one for bulk")
		n.link.current.Load().conn.Close(frame.ReasonInternal, "cut")
		n.call()
		n.bulk()
		n.want(2, "after the loss of the first")
	})
}

func TestConnectionsThatAreLostTogetherAreOneFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNarrow(t, ClientConfig{Attempts: -1})
		n.answer = nil
		n.bulk()
		n.answer = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		for _, m := range []Method{n.svc.Method("get"), n.svc.Method("get").Bulk()} {
			n.held.Go(func() {
				if _, err := Call[string](t.Context(), m); EffectOf(err) != MaybeExecuted {
					t.Errorf("a lost call = %v (%v)", err, EffectOf(err))
				}
			})
		}
		synctest.Wait()
		crash(n.server)
		n.held.Wait()
		if got := n.svc.s.picker.Endpoints()[0].Stats().Success; got != 0.8 {
			t.Errorf("the rate of success is %v, want 0.8 after one failure", got)
		}
	})
}
