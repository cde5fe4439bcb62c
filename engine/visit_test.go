package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/lb"
)

// leaseholder is a place with a lease that never ends.
type leaseholder struct{ place }

func (l leaseholder) Register(context.Context, engine.URL, engine.Instance) (engine.Membership, error) {
	return l, nil
}
func (l leaseholder) Lease() (time.Time, bool) { return time.Now().Add(time.Hour), true }

// visits are calls of a resource at servers that do more and more for it, and what they may allocate
// on both sides together: one is the name that the handler sees.
func visits() []visitCase {
	self := engine.Instance{ID: "pipe", Addr: "tcp://pipe:1"}
	ms := []lb.Member{{ID: self.ID}}
	owners := new(lb.Ledger).Update(1, ms, lb.NewTable(ms, lb.SlotBits), nil)
	view := &engine.View{Epoch: 1, Instances: []engine.Instance{self}, Owners: owners}
	leases := engine.ServerConfig{Registrar: leaseholder{place{view}}, Env: "test", Self: self}
	hooks := engine.ServerConfig{Resources: engine.Hooks[int]{}}
	return []visitCase{
		{"none", "", engine.ServerConfig{}, 0},
		{"none, with leases", "", leases, 0},
		{"a name", "acct-42", engine.ServerConfig{}, 1},
		{"with hooks", "acct-42", hooks, 1},
		{"with leases", "acct-42", leases, 1},
	}
}

type visitCase struct {
	name, resource string
	config         engine.ServerConfig
	allocs         float64
}

// begin starts the server and gives a call of an inline method.
func (x visitCase) begin(tb testing.TB) func() {
	x.config.Service, x.config.MaxWait = "bank", time.Hour // however busy this machine is
	s := engine.NewServer(x.config)
	add := engine.Declare2[int64, int64, int64]("add")
	sum := func(_ context.Context, a, b int64) (int64, error) { return a + b, nil }
	if err := s.Handle("add", engine.Inline(engine.Func2(sum))); err != nil {
		tb.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx) }()
	c, err := s.Pipe(engine.ClientConfig{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			tb.Error(err)
		}
		c.Close()
	})
	svc := c.Service("lever://test/bank").Resource(x.resource)
	return func() {
		if _, err := add.Call(context.Background(), svc, 1, 2); err != nil {
			tb.Error(err)
		}
	}
}

func BenchmarkResource(b *testing.B) {
	for _, x := range visits() {
		b.Run(x.name, func(b *testing.B) {
			call := x.begin(b)
			b.ReportAllocs()
			for b.Loop() {
				call()
			}
		})
	}
}

func TestVisitsAllocateOnlyTheName(t *testing.T) {
	if testing.Short() {
		t.Skip("counts allocations")
	}
	for _, x := range visits() {
		t.Run(x.name, func(t *testing.T) {
			call := x.begin(t)
			for range 100 {
				call()
			}
			if n := testing.AllocsPerRun(1000, call); n > x.allocs+engine.AllocsAllowed {
				t.Errorf("%v allocations, want %v", n, x.allocs)
			}
		})
	}
}
