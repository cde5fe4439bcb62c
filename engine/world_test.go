package engine_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/internal/fleet"
)

// world is a service with resources: a keeper, instances that come and go, and what their handlers
// did. Use it in a testing/synctest bubble.
type world struct {
	t      *testing.T
	keeper *fleet.Keeper

	mu    sync.Mutex // guards what follows
	nodes map[string]*instance
	next  int
}

// instance is one server of a world.
type instance struct {
	id     string
	server *engine.Server
	member atomic.Pointer[fleet.Member]
	stop   context.CancelFunc // ends it in good order
	served chan error         // what Serve gave
	dead   bool               // it was killed; guarded by world.mu
}

func newWorld(t *testing.T, config fleet.Config) *world {
	w := &world{t: t, keeper: fleet.New(config), nodes: map[string]*instance{}}
	t.Cleanup(w.keeper.Close)
	return w
}

// spy is a Registrar that remembers the Member.
type spy struct {
	*fleet.Keeper
	in *instance
}

func (s spy) Register(ctx context.Context, target engine.URL, self engine.Instance) (engine.Membership, error) {
	m, err := s.Keeper.Register(ctx, target, self)
	if err == nil {
		s.in.member.Store(m.(*fleet.Member))
	}
	return m, err
}

// start starts an instance of the service bank, with handlers that setup registers, and waits until
// it has joined.
func (w *world) start(config engine.ServerConfig, setup func(*instance)) *instance {
	w.t.Helper()
	in := w.launch(config, setup)
	for in.Member() == nil {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(time.Millisecond)
	return in
}

// launch starts an instance without waiting.
func (w *world) launch(config engine.ServerConfig, setup func(*instance)) *instance {
	w.mu.Lock()
	w.next++
	in := &instance{id: fmt.Sprintf("n%d", w.next), served: make(chan error, 1)}
	w.mu.Unlock()
	config.Service, config.Env, config.Registrar = "bank", "test", spy{w.keeper, in}
	config.Self = engine.Instance{ID: in.id, Addr: "tcp://" + in.id + ":1"}
	in.server = engine.NewServer(config)
	setup(in)
	ctx, stop := context.WithCancel(context.Background())
	in.stop = stop
	w.mu.Lock()
	w.nodes[in.id] = in
	w.mu.Unlock()
	go func() { in.served <- in.server.Serve(ctx) }()
	return in
}

// Member gives the instance's place, nil before it has one.
func (in *instance) Member() *fleet.Member { return in.member.Load() }

// client makes a client of the service, which learns of views from the keeper.
func (w *world) client(config engine.ClientConfig) engine.Service {
	w.t.Helper()
	if config.Resolver == nil {
		config.Resolver = w.keeper.Resolver()
	}
	config.Reach(func(addr string) *engine.Server {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, in := range w.nodes {
			if addr == "tcp://"+in.id+":1" && !in.dead {
				return in.server
			}
		}
		return nil
	})
	c, err := engine.NewClient(config)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { c.Close() })
	return c.Service("lever://test/bank")
}

// kill ends an instance as SIGKILL would.
func (w *world) kill(in *instance) {
	w.mu.Lock()
	in.dead = true
	w.mu.Unlock()
	in.Member().Kill()
	engine.Crash(in.server)
}

// isDead reports whether an instance was killed.
func (w *world) isDead(in *instance) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return in.dead
}

// end stops everything, so that the bubble can end.
func (w *world) end() {
	w.mu.Lock()
	nodes := w.nodes
	w.nodes = map[string]*instance{}
	w.mu.Unlock()
	for _, in := range nodes {
		in.stop()
		err := <-in.served
		if err != nil && !in.dead && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, fleet.ErrCut) {
			w.t.Errorf("%s ended with %v", in.id, err)
		}
	}
	time.Sleep(time.Minute) // for what a shutdown has left under way
	w.keeper.Close()
}

// quiet is for tests of what is logged.
var quiet = slog.New(slog.DiscardHandler)
