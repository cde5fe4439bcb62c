package engine_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine"
)

// account is the state of a resource in these tests.
type account struct {
	name  string
	calls atomic.Int32
}

// diary notes what hooks and handlers do, in order.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) add(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

// take gives what was noted, and forgets it.
func (d *diary) take() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	text := strings.Join(d.lines, ", ")
	d.lines = nil
	return text
}

// hooks notes what is made and closed; each takes a second.
func (d *diary) hooks() engine.Hooks[*account] {
	return engine.Hooks[*account]{
		New: func(_ context.Context, name string) (*account, error) {
			d.add("new %s", name)
			time.Sleep(time.Second)
			d.add("made %s", name)
			return &account{name: name}, nil
		},
		Close: func(ctx context.Context, name string, a *account) error {
			d.add("close %s", a.name)
			time.Sleep(time.Second)
			d.add("closed %s after %d calls", name, a.calls.Load())
			return nil
		},
	}
}

// keep starts a server with resources whose methods are: use, which counts and sleeps so many ms;
// peek, which is inline; and holdChan, which is open until its end.
func keep(t *testing.T, config engine.ServerConfig) (*engine.Server, engine.Service) {
	t.Helper()
	config.Service = "bank"
	s := engine.NewServer(config)
	svc, stop := pipe(t, s)
	t.Cleanup(stop)
	return s, svc
}

func pipe(t *testing.T, s *engine.Server) (engine.Service, func()) {
	t.Helper()
	err := errors.Join(
		s.Handle("use", engine.Func1(func(ctx context.Context, ms int) (string, error) {
			time.Sleep(time.Duration(ms) * time.Millisecond)
			a, ok := engine.ResourceOf[*account](ctx)
			if !ok {
				return "", errors.New("no account")
			}
			a.calls.Add(1)
			return a.name, nil
		})),
		s.Handle("peek", engine.Inline(engine.Func0(func(ctx context.Context) (int, error) {
			a, _ := engine.ResourceOf[*account](ctx)
			if _, ok := engine.ResourceOf[string](ctx); a == nil || ok {
				return 0, errors.New("not the account")
			}
			return int(a.calls.Add(1)), nil
		}))),
		s.Handle("holdChan", engine.Chan0(func(ctx context.Context, ch *engine.Chan[int, int]) error {
			<-ctx.Done()
			return nil
		})),
	)
	if err != nil {
		t.Fatal(err)
	}
	client, err := s.Pipe(engine.ClientConfig{})
	if err != nil {
		t.Fatal(err)
	}
	return client.Service("lever://test/bank"), func() {
		client.Close()
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	}
}

func use(t *testing.T, svc engine.Service, name string, ms int) {
	t.Helper()
	if got, err := engine.Call[string](t.Context(), svc.Resource(name).Method("use"), ms); err != nil || got != name {
		t.Errorf("%s: %q, %v", name, got, err)
	}
}

func TestHooksSurroundTheCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		s := engine.NewServer(engine.ServerConfig{Service: "bank", Resources: d.hooks()})
		svc, stop := pipe(t, s)
		var all sync.WaitGroup
		for range 20 { // at once: one makes it, all wait
			all.Go(func() { use(t, svc, "ann", 10) })
		}
		all.Wait()
		if got, want := d.take(), "new ann, made ann"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if n, err := engine.Call[int](t.Context(), svc.Resource("ann").Method("peek")); n != 21 || err != nil {
			t.Errorf("inline: %d, %v", n, err)
		}
		if n, err := engine.Call[int](t.Context(), svc.Resource("bob").Method("peek")); n != 1 || err != nil {
			t.Errorf("the first call is inline: %d, %v", n, err)
		}
		d.take()
		stop()
		for _, want := range []string{"close ann", "closed ann after 21 calls", "close bob", "closed bob after 1 calls"} {
			if !slices.Contains(d.lines, want) {
				t.Errorf("at shutdown %q lacks %q", d.lines, want)
			}
		}
		if len(d.lines) != 4 {
			t.Errorf("at shutdown %q", d.lines)
		}
	})
}

func TestIdleResourcesAreClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		s, svc := keep(t, engine.ServerConfig{Resources: d.hooks()})
		use(t, svc, "ann", 0)
		time.Sleep(2 * time.Minute)
		use(t, svc, "ann", 0) // begins the time anew
		d.take()
		time.Sleep(3*time.Minute - time.Millisecond)
		if got := d.take(); got != "" || s.Residents() != 1 {
			t.Errorf("before three minutes: %s", got)
		}
		time.Sleep(2 * time.Millisecond)
		if got := d.take(); got != "close ann" {
			t.Errorf("after three minutes: %q, want it closing", got)
		}
		use(t, svc, "ann", 0) // waits for the end of the old one
		if got, want := d.take(), "closed ann after 2 calls, new ann, made ann"; got != want {
			t.Errorf("a call while it closes: %q, want %q", got, want)
		}
	})
}

func TestStreamsHoldResources(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		s, svc := keep(t, engine.ServerConfig{Resources: d.hooks(), ResourceIdle: time.Minute})
		ch, err := engine.Open[int, int](t.Context(), svc.Resource("ann").Method("holdChan"))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if got := d.take(); got != "new ann, made ann" {
			t.Errorf("while a stream is open: %q", got)
		}
		ch.Close()
		time.Sleep(time.Minute - time.Millisecond)
		if s.Residents() != 1 {
			t.Error("it was closed too soon after the stream")
		}
		time.Sleep(2 * time.Second)
		if got := d.take(); got != "close ann, closed ann after 0 calls" {
			t.Errorf("after the stream: %q", got)
		}
	})
}

func TestFailingHooksFailTheirCalls(t *testing.T) {
	for _, x := range []struct {
		name string
		fail func() (*account, error)
		want engine.Code
	}{
		{"with a code", func() (*account, error) { return nil, engine.Errorf(engine.NoResource, "no such account") },
			engine.NoResource},
		{"with a bare code", func() (*account, error) { return nil, fmt.Errorf("it is: %w", engine.PermissionDenied) },
			engine.PermissionDenied},
		{"with an error value", func() (*account, error) { return nil, engine.Fail(1024, "frozen") }, 1024},
		{"with any error", func() (*account, error) { return nil, errors.New("the disk is full") }, engine.Unavailable},
		{"with the error of a method", func() (*account, error) { return nil, engine.Fail(engine.Application, "frozen") },
			engine.Unavailable},
		{"with a panic", func() (*account, error) { panic("oh") }, engine.Internal},
		{"with the end of the goroutine", func() (*account, error) { runtime.Goexit(); return nil, nil }, engine.Internal},
	} {
		t.Run(x.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var made, closed atomic.Int32
				failing := true
				_, svc := keep(t, engine.ServerConfig{Logger: quiet, Resources: engine.Hooks[*account]{
					New: func(_ context.Context, name string) (*account, error) {
						made.Add(1)
						time.Sleep(time.Second)
						if failing {
							return x.fail()
						}
						return &account{name: name}, nil
					},
					Close: func(context.Context, string, *account) error { closed.Add(1); return nil },
				}})
				m := svc.Resource("ann").Method("use")
				var all sync.WaitGroup
				for range 5 {
					all.Go(func() {
						ctx, cancel := context.WithTimeout(t.Context(), 1005*time.Millisecond) // for one try
						defer cancel()
						_, err := engine.Call[string](ctx, m, 0)
						if !errors.Is(err, x.want) || engine.EffectOf(err) != engine.NotExecuted {
							t.Errorf("got %v (%v), want %v", err, engine.EffectOf(err), x.want)
						}
					})
				}
				all.Wait()
				if made.Load() != 1 || closed.Load() != 0 {
					t.Errorf("five calls at once: %d made, %d closed", made.Load(), closed.Load())
				}
				failing = false
				use(t, svc, "ann", 0)
				time.Sleep(time.Hour)
				if made.Load() != 2 || closed.Load() != 1 {
					t.Errorf("afterwards: %d made, %d closed", made.Load(), closed.Load())
				}
			})
		})
	}
}

func TestBadEndsOfResourcesHarmNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, svc := keep(t, engine.ServerConfig{Logger: quiet, Resources: engine.Hooks[*account]{
			New: func(_ context.Context, name string) (*account, error) { return &account{name: name}, nil },
			Close: func(_ context.Context, name string, _ *account) error {
				if name == "ann" {
					panic("oh")
				}
				return errors.New("the disk is full")
			},
		}})
		for range 3 {
			use(t, svc, "ann", 0)
			use(t, svc, "bob", 0)
			time.Sleep(time.Hour)
		}
	})
}

func TestResourcesInUseAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		_, svc := keep(t, engine.ServerConfig{Resources: d.hooks(), MaxResources: 2})
		use(t, svc, "ann", 0)
		use(t, svc, "bob", 0)
		d.take()
		use(t, svc, "carl", 0) // in the place of the one that was used first
		if got, want := d.take(), "close ann, closed ann after 1 calls, new carl, made carl"; got != want {
			t.Errorf("the third: %s, want %s", got, want)
		}
		var busy sync.WaitGroup
		for _, name := range []string{"bob", "carl"} {
			busy.Go(func() { use(t, svc, name, 60_000) })
		}
		time.Sleep(time.Second)
		_, err := engine.Call[string](t.Context(), svc.Resource("dan").Method("use"), 0)
		if !errors.Is(err, engine.ResourceExhausted) || engine.EffectOf(err) != engine.NotExecuted {
			t.Errorf("one more while all have calls: %v", err)
		}
		busy.Wait()
	})
}

// Whatever comes at whatever time: New and Close take turns for a resource, and no call runs
// outside.
func TestHooksTakeTurns(t *testing.T) {
	for seed := range uint64(100) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			var mu sync.Mutex
			state, running := map[string]bool{}, map[string]int{} // in use; calls
			hooks := engine.Hooks[*account]{
				New: func(_ context.Context, name string) (*account, error) {
					mu.Lock()
					if state[name] {
						t.Errorf("seed %d: %s is made twice", seed, name)
					}
					d, fails := time.Duration(rng.IntN(50))*time.Millisecond, rng.IntN(5) == 0
					state[name] = !fails
					mu.Unlock()
					time.Sleep(d)
					if fails {
						return nil, engine.NoResource
					}
					return &account{name: name}, nil
				},
				Close: func(_ context.Context, name string, _ *account) error {
					mu.Lock()
					defer mu.Unlock()
					if !state[name] || running[name] > 0 {
						t.Errorf("seed %d: %s is closed, in use %v, with %d calls", seed, name, state[name], running[name])
					}
					state[name] = false
					return nil
				},
			}
			s, svc := keep(t, engine.ServerConfig{Resources: hooks, ResourceIdle: 20 * time.Millisecond})
			err := s.Handle("touch", engine.Func1(func(ctx context.Context, ms int) (engine.None, error) {
				info, _ := engine.CallInfo(ctx)
				mu.Lock()
				if running[info.Resource]++; !state[info.Resource] {
					t.Errorf("seed %d: a call runs on %s, which is closed", seed, info.Resource)
				}
				mu.Unlock()
				time.Sleep(time.Duration(ms) * time.Millisecond)
				mu.Lock()
				running[info.Resource]--
				mu.Unlock()
				return engine.None{}, nil
			}))
			if err != nil {
				t.Fatal(err)
			}
			for range 60 {
				mu.Lock()
				name, ms := fmt.Sprint("r", rng.IntN(3)), rng.IntN(30)
				pause := time.Duration(rng.IntN(40)) * time.Millisecond
				mu.Unlock()
				go func() {
					_, err := engine.Call[engine.None](t.Context(), svc.Resource(name).Method("touch"), ms)
					if err != nil && !errors.Is(err, engine.NoResource) {
						t.Errorf("seed %d: %v", seed, err)
					}
				}()
				time.Sleep(pause)
			}
			time.Sleep(time.Second)
			if n := s.Residents(); n > 0 {
				t.Errorf("seed %d: %d resources are left", seed, n)
			}
		})
	}
}
