package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/lb"
)

// storm is a cluster of which instances come, go, crash and fail, and callers of every kind that give
// up at any moment. Safe for concurrent use.
type storm struct {
	*cluster
	svc   Service
	addrs []string
	stop  time.Time

	mu   sync.Mutex // guards what follows
	rand *rand.Rand
	seen map[*lb.Endpoint]bool
}

func (s *storm) draw(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rand.IntN(n)
}

// look notes which endpoints there are.
func (s *storm) look() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.svc.s.picker.Endpoints() {
		s.seen[e] = true
	}
}

// pause sleeps for up to so many milliseconds.
func (s *storm) pause(most int) { time.Sleep(time.Duration(s.draw(most)) * time.Millisecond) }

// serve is the handler of regular calls.
func (s *storm) serve(ctx context.Context) error {
	s.pause(30)
	switch s.draw(10) {
	case 0:
		return Errorf(ResourceExhausted, "no more")
	case 1:
		panic("oops")
	case 2:
		<-ctx.Done()
		return ctx.Err()
	case 3:
		return NoMethod
	}
	return nil
}

// serveChan is the handler of streams.
func (s *storm) serveChan(ctx context.Context, ch *Chan[int, int]) error {
	switch s.draw(3) {
	case 0:
		ch.Send(1)
		<-ctx.Done()
	case 1:
		return errors.New("no")
	}
	return nil
}

// blow changes the view, and what instances are in, until the time is up.
func (s *storm) blow(ordered bool) {
	for time.Now().Before(s.stop) {
		v := new(View)
		if ordered {
			v.Epoch = uint64(time.Now().UnixNano())
		}
		for i, addr := range s.addrs {
			if s.draw(3) > 0 {
				v.Instances = append(v.Instances, Instance{ID: fmt.Sprint("n", i), Addr: addr,
					Incarnation: uint64(s.draw(2)), Weight: 1 + s.draw(3), Draining: s.draw(5) == 0})
			}
		}
		s.view.Store(v)
		s.pause(40)
		switch nd := s.nodes[s.addrs[s.draw(len(s.addrs))]]; s.draw(4) {
		case 0:
			crash(nd.server)
		case 1:
			nd.down.Store(!nd.down.Load())
		}
		s.look()
	}
}

// call makes calls until the time is up.
func (s *storm) call(ctx context.Context) {
	for time.Now().Before(s.stop) {
		ctx, cancel := s.patience(ctx)
		s.once(ctx)
		s.look()
		if s.draw(3) > 0 {
			cancel()
		}
		s.pause(5)
	}
}

// patience is how long a caller waits, at most.
func (s *storm) patience(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(1+s.draw(60))*time.Millisecond)
	if s.draw(4) == 0 {
		time.AfterFunc(time.Duration(s.draw(20))*time.Millisecond, cancel)
	}
	return ctx, cancel
}

// once makes a call of any kind.
func (s *storm) once(ctx context.Context) {
	svc := s.svc
	if s.draw(3) == 0 {
		svc = svc.Resource(fmt.Sprint("r", s.draw(20)))
	}
	if s.draw(4) == 0 {
		svc = svc.Near(fmt.Sprint("k", s.draw(5)))
	}
	m := svc.Method("get")
	switch s.draw(6) {
	case 0:
		m = m.Idempotent()
	case 1:
		m = m.Once()
	case 2:
		m = m.Idempotent().Hedged(time.Duration(1+s.draw(10)) * time.Millisecond)
	case 3:
		m = m.Bulk()
	}
	switch s.draw(5) {
	case 0:
		if f := Go[string](ctx, m); s.draw(2) == 0 {
			f.Wait()
		}
	case 1:
		Notify(ctx, m)
	case 2:
		if ch, err := Open[int, int](ctx, svc.Method("getChan")); err == nil && s.draw(2) == 0 {
			ch.Recv()
			ch.Close()
		}
	default:
		Call[string](ctx, m)
	}
}

// calm checks that nothing is left.
func (s *storm) calm(t *testing.T) {
	s.look()
	for e := range s.seen {
		if st := e.Stats(); st.Calls != 0 || st.Streams != 0 {
			t.Errorf("%s counts %d calls and %d streams", e.ID(), st.Calls, st.Streams)
		}
	}
	client := s.svc.s.client
	for _, b := range []*budget{&client.budget, &client.hedges} {
		if used := b.used.Load(); used < 0 || used > b.max {
			t.Errorf("of a budget of %d, %d are used", b.max, used)
		}
	}
	client.mu.Lock()
	if len(client.links)+len(client.leaving) != 0 {
		t.Errorf("%d addresses are in use, and %d are left", len(client.links), len(client.leaving))
	}
	client.mu.Unlock()
	for addr, nd := range s.nodes {
		if n := nd.server.running.Load(); n != 0 {
			t.Errorf("%s runs %d handlers", addr, n)
		}
		nd.down.Store(false)
	}
}

func TestNothingStaysCountedAfterAStorm(t *testing.T) {
	seeds := uint64(4)
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, svc := newCluster(t, 5,
					ClientConfig{IdleTimeout: 200 * time.Millisecond, DialTimeout: 50 * time.Millisecond})
				s := &storm{cluster: c, svc: svc, stop: time.Now().Add(2 * time.Second),
					rand: rand.New(rand.NewPCG(seed, 1)), seen: map[*lb.Endpoint]bool{}}
				for addr, nd := range c.nodes {
					s.addrs = append(s.addrs, addr)
					nd.answer = s.serve
					nd.server.config.Logger = slog.New(slog.DiscardHandler)
					nd.server.config.Transport.Logger = nd.server.config.Logger
					nd.server.config.MaxRunning = 8
					if err := nd.server.Handle("getChan", Chan0(s.serveChan)); err != nil {
						t.Fatal(err)
					}
				}
				slices.Sort(s.addrs)
				var all sync.WaitGroup
				all.Go(func() { s.blow(seed%2 == 0) })
				for range 40 {
					all.Go(func() { s.call(t.Context()) })
				}
				all.Wait()
				time.Sleep(time.Minute)
				synctest.Wait()
				s.calm(t)
			})
		})
	}
}
