package engine_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/internal/fleet"
	"github.com/leverrpc/lever/lb"
)

var (
	simSeeds = flag.Int("seeds", 1000, "how many lives of a fleet are simulated; 100 with -short")
	simSeed  = flag.Uint64("seed", 0, "simulate only this one")
)

// life is a simulated time of a fleet: instances come, leave, die, are cut off, and have clocks
// that run wrong, messages are late, and callers call; all by one seed. What must hold is checked
// where handlers begin.
type life struct {
	*world
	seed   uint64
	leased bool

	views []*fleet.Resolver // of the callers

	rngMu sync.Mutex
	rng   *rand.Rand

	mu       sync.Mutex // guards what follows
	running  map[string]map[*instance]int
	fences   map[string]uint64
	freeAt   map[string]time.Time // when the last lease of a dead owner is over
	begun    int
	tables   map[*engine.View]*lb.Table
	failures []string
}

const (
	simTTL    = 3 * time.Second
	simMargin = simTTL / 10
	simNames  = 6
	simBits   = 5
)

func (l *life) draw(n int) int {
	l.rngMu.Lock()
	defer l.rngMu.Unlock()
	return l.rng.IntN(n)
}

// upTo gives a random time below d.
func (l *life) upTo(d time.Duration) time.Duration { return time.Duration(l.draw(int(d))) }

func (l *life) fail(format string, args ...any) {
	l.failures = append(l.failures, fmt.Sprintf(format, args...))
}

// simulate runs one life, and gives how many calls have begun.
func simulate(t *testing.T, seed uint64, leased bool) (begun int) {
	synctest.Test(t, func(t *testing.T) {
		l := &life{
			seed: seed, leased: leased, rng: rand.New(rand.NewPCG(seed, 7)),
			running: map[string]map[*instance]int{}, fences: map[string]uint64{},
			freeAt: map[string]time.Time{}, tables: map[*engine.View]*lb.Table{},
		}
		config := fleet.Config{TTL: simTTL, Margin: simMargin}
		if config.Delay = (func() time.Duration { return l.upTo(100 * time.Millisecond) }); leased {
			config.Bits = simBits
		}
		l.world = newWorld(t, config)
		stop := make(chan struct{})
		var callers sync.WaitGroup
		l.join()
		for range 5 {
			views := l.keeper.Resolver()
			svc := l.client(engine.ClientConfig{Resolver: views})
			l.views = append(l.views, views)
			callers.Go(func() { l.call(svc, stop) })
		}
		for range 15 {
			l.happen()
			time.Sleep(l.upTo(simTTL))
		}
		close(stop)
		callers.Wait()
		l.end()
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, text := range l.failures {
			t.Errorf("seed %d: %s", seed, text)
		}
		begun = l.begun
	})
	return begun
}

// happen lets one thing happen.
func (l *life) happen() {
	alive := l.alive()
	if len(alive) == 0 {
		l.join()
		return
	}
	in := alive[l.draw(len(alive))]
	switch n := l.draw(10); {
	case n < 3 && len(alive) < 4:
		l.join()
	case n < 4:
		l.die(in)
	case n < 5:
		in.stop() // in good order; it takes its time
	case n < 7:
		in.Member().Cut(true)
		time.AfterFunc(l.upTo(2*simTTL), func() { in.Member().Cut(l.isDead(in)) })
	case n < 9:
		go in.server.Rebalance(context.Background())
	default:
		views := l.views[l.draw(len(l.views))]
		views.Cut(true)
		time.AfterFunc(l.upTo(2*simTTL), func() { views.Cut(false) })
	}
}

// alive gives the instances that have joined and were not killed.
func (l *life) alive() (all []*instance) {
	l.world.mu.Lock()
	defer l.world.mu.Unlock()
	for n := range l.next {
		in := l.nodes[fmt.Sprintf("n%d", n+1)]
		if in != nil && !in.dead && in.Member() != nil {
			all = append(all, in)
		}
	}
	return all
}

// join starts an instance whose clock may run slower than the keeper's, as far as the margin
// allows.
func (l *life) join() {
	in := l.launch(engine.ServerConfig{
		ResourceIdle: 2 * time.Second, Grace: simTTL, Logger: quiet,
		Resources: engine.Hooks[int]{
			New: func(context.Context, string) (int, error) { time.Sleep(l.upTo(20 * time.Millisecond)); return 0, nil },
			Close: func(context.Context, string, int) error {
				time.Sleep(l.upTo(20 * time.Millisecond))
				return nil
			},
		},
	}, l.register)
	skew := float64(l.draw(1000)) / 1000 * float64(simMargin) / float64(simTTL)
	time.AfterFunc(time.Second, func() {
		if m := in.Member(); m != nil {
			m.Skew(skew)
		}
	})
}

// register adds the handlers. They stop as soon as they are told to.
func (l *life) register(in *instance) {
	visit := func(ctx context.Context, d time.Duration) {
		info, _ := engine.CallInfo(ctx)
		leave, ok := l.enter(ctx, in, info.Resource)
		if !ok {
			return
		}
		select {
		case <-time.After(d):
		case <-ctx.Done():
		}
		leave()
	}
	err := errors.Join(
		in.server.Handle("touch", engine.Func0(func(ctx context.Context) (engine.None, error) {
			visit(ctx, l.upTo(time.Second))
			return engine.None{}, nil
		})),
		in.server.Handle("tailChan", engine.Chan0(func(ctx context.Context, _ *engine.Chan[int, int]) error {
			visit(ctx, 2*simTTL)
			return nil
		})),
	)
	if err != nil {
		panic(err)
	}
}

// enter checks what must hold when a handler begins.
func (l *life) enter(ctx context.Context, in *instance, name string) (leave func(), ok bool) {
	if l.isDead(in) {
		return nil, false // its process is no more
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.begun++
	if !l.owns(in, name) {
		l.fail("%s runs a call on %s, which its own view has elsewhere", in.id, name)
	}
	if l.leased {
		l.checkLease(ctx, in, name)
	}
	if l.running[name] == nil {
		l.running[name] = map[*instance]int{}
	}
	l.running[name][in]++
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.running[name][in]--
	}, true
}

// checkLease checks that nobody else runs a call on the resource, that no dead owner's lease holds,
// and that fences do not decrease. mu is held.
func (l *life) checkLease(ctx context.Context, in *instance, name string) {
	for other, n := range l.running[name] {
		if other != in && n > 0 && !l.isDead(other) {
			l.fail("%s and %s run calls on %s at once", in.id, other.id, name)
		}
	}
	if early := time.Until(l.freeAt[name]); early > 0 {
		l.fail("%s runs a call on %s %v before the dead owner's lease is over", in.id, name, early)
	}
	fence, ok := engine.Fence(ctx)
	if !ok || fence < l.fences[name] {
		l.fail("%s has fence %d (%v) for %s after %d", in.id, fence, ok, name, l.fences[name])
	}
	l.fences[name] = fence
}

// owns says whether the instance's view, or the one before if it was replaced at this moment, has a
// resource at it. mu is held.
func (l *life) owns(in *instance, name string) bool {
	for _, view := range in.Member().Recent() {
		var owner *lb.Member
		if view.Owners != nil {
			owner, _ = view.Owners.Owner(name)
		} else {
			owner = l.table(view).Owner(name)
		}
		if owner != nil && owner.ID == in.id {
			return true
		}
	}
	return false
}

// table gives the table of a view. mu is held.
func (l *life) table(view *engine.View) *lb.Table {
	t := l.tables[view]
	if t == nil {
		var takers []lb.Member
		for _, in := range view.Instances {
			if !in.Draining {
				takers = append(takers, lb.Member{ID: in.ID})
			}
		}
		if len(takers) == 0 {
			for _, in := range view.Instances {
				takers = append(takers, lb.Member{ID: in.ID})
			}
		}
		t = lb.NewTable(takers, simBits)
		l.tables[view] = t
	}
	return t
}

// die kills an instance, and notes until when its lease goes for what it runs.
func (l *life) die(in *instance) {
	until, _ := in.Member().Lease()
	l.mu.Lock()
	for name, by := range l.running {
		if by[in] > 0 && l.leased {
			l.freeAt[name] = until
		}
	}
	l.mu.Unlock()
	l.kill(in)
}

// call calls until stop.
func (l *life) call(svc engine.Service, stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(l.upTo(100 * time.Millisecond)):
		}
		r := svc.Resource(fmt.Sprint("r", l.draw(simNames)))
		ctx, cancel := context.WithTimeout(context.Background(), l.upTo(2*simTTL))
		if l.draw(5) == 0 {
			if ch, err := engine.Open[int, int](ctx, r.Method("tailChan")); err == nil {
				_, _ = ch.Recv()
				ch.Close()
			}
		} else {
			_, err := engine.Call[engine.None](ctx, r.Method("touch"))
			l.judge(err)
		}
		cancel()
	}
}

// judge checks what callers are told.
func (l *life) judge(err error) {
	switch engine.CodeOf(err) {
	case 0, engine.Unavailable, engine.DeadlineExceeded, engine.WrongOwner, engine.NotLeased, engine.Moved:
	case engine.Internal: // a killed instance says so
	default:
		l.mu.Lock()
		defer l.mu.Unlock()
		l.fail("a caller got %v", err)
	}
}

func TestOwnersNeverOverlap(t *testing.T) {
	engine.TakeSlots(t, simBits)
	for _, x := range []struct {
		name   string
		leased bool
	}{{"by view", false}, {"by lease", true}} {
		t.Run(x.name, func(t *testing.T) {
			seeds, begun := *simSeeds, 0
			if testing.Short() {
				seeds = min(seeds, 100)
			}
			if *simSeed != 0 {
				simulate(t, *simSeed, x.leased)
				return
			}
			for seed := 1; seed <= seeds && !t.Failed(); seed++ {
				begun += simulate(t, uint64(seed), x.leased)
			}
			t.Logf("%d calls ran in %d lives", begun, seeds)
			if begun < 50*seeds && !t.Failed() {
				t.Errorf("only %d calls ran in %d lives", begun, seeds)
			}
		})
	}
}
