package abuse

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine"
)

// TestAbuseA48DuplicateExecution kills connections all the time: a call that is not idempotent runs
// once or not at all, and one that was answered has run. A call with a key survives the most of it.
func TestAbuseA48DuplicateExecution(t *testing.T) {
	for _, x := range []struct {
		name string
		with func(engine.Method) engine.Method
	}{
		{"without a key", func(m engine.Method) engine.Method { return m }},
		{"with a key", engine.Method.Once},
	} {
		t.Run(x.name, func(t *testing.T) {
			counts := newCounts(t)
			l := newLink(t, start(t, counts.srv))
			m := x.with(newClient(t, l.addr, engine.ClientConfig{MaxConns: 4}).Method("count"))
			var callers sync.WaitGroup
			for w := range 8 {
				callers.Go(func() {
					for i := range times(400, 125_000) {
						counts.call(m, fmt.Sprint(w, "/", i))
					}
				})
			}
			kills := 0
			for finished := done(&callers); ; kills++ {
				select {
				case <-finished:
					counts.check(t)
					t.Logf("%d kills, %d runs, %d calls in doubt", kills, len(counts.ran), counts.doubts)
					return
				case <-time.After(5 * time.Millisecond):
					l.cut()
				}
			}
		})
	}
}

// TestAbuseA48LostAnswers loses every answer to the first try of a call: those with a key are sent
// again, have run once, and are answered.
func TestAbuseA48LostAnswers(t *testing.T) {
	counts := newCounts(t)
	l := newLink(t, start(t, counts.srv))
	client := newClient(t, l.addr, engine.ClientConfig{})
	calls := times(8, 1000)
	for i := range calls {
		for range 20 { // good calls earn a retry, and the server's HELLO has come
			wantEcho(t, client, "all is well")
		}
		key, before := fmt.Sprint(i), counts.runs()
		l.mute(true)
		answer := make(chan error, 1)
		go func() { answer <- counts.call(client.Method("count").Once(), key) }()
		eventually(t, "the call runs", func() bool { return counts.runs() > before })
		l.mute(false)
		l.cut()
		if err := <-answer; err != nil {
			t.Errorf("call %d: %v (%v)", i, err, engine.EffectOf(err))
		}
	}
	counts.check(t)
}

// done gives a channel that is closed when all of wg are.
func done(wg *sync.WaitGroup) <-chan struct{} {
	c := make(chan struct{})
	go func() { wg.Wait(); close(c) }()
	return c
}

// counts is a server whose method "count" counts its runs by their argument, and what became of the
// calls.
type counts struct {
	srv *engine.Server

	mu       sync.Mutex // guards what follows
	ran      map[string]int
	answered map[string]bool
	unrun    map[string]bool // calls that, as their errors say, have not run
	doubts   int
}

func newCounts(t *testing.T) *counts {
	c := &counts{ran: map[string]int{}, answered: map[string]bool{}, unrun: map[string]bool{}}
	c.srv = engine.NewServer(engine.ServerConfig{
		Service: service, Logger: quiet, Workers: -1, MaxWait: -1,
		Once: engine.OnceLimits{Keys: 8 << 20}, // so that none is refused
	})
	err := c.srv.Handle("count", engine.Bytes(func(_ context.Context, dst, in []byte) ([]byte, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.ran[string(in)]++
		return append(dst, in...), nil
	}))
	if err == nil {
		err = c.srv.Handle("echo", engine.Bytes(func(_ context.Context, dst, in []byte) ([]byte, error) {
			return append(dst, in...), nil
		}))
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// runs is how many calls have run.
func (c *counts) runs() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.ran)
}

// call makes one call and notes what became of it.
func (c *counts) call(m engine.Method, key string) error {
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	_, err := engine.Call[[]byte](ctx, m, []byte(key))
	c.mu.Lock()
	defer c.mu.Unlock()
	switch engine.EffectOf(err) {
	case engine.Executed:
		c.answered[key] = true
	case engine.MaybeExecuted:
		c.doubts++
	default:
		c.unrun[key] = true
	}
	return err
}

// check holds the runs against what the callers were told.
func (c *counts) check(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, n := range c.ran {
		if n > 1 || c.unrun[key] {
			t.Errorf("call %s ran %d times, not executed: %v", key, n, c.unrun[key])
		}
	}
	for key := range c.answered {
		if c.ran[key] != 1 {
			t.Errorf("call %s was answered and ran %d times", key, c.ran[key])
		}
	}
}
