//go:build unix

package ordeal

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine"
)

// call is one call, and what its caller was told of it.
type call struct {
	id         string
	idempotent bool // it may run more than once
	refused    bool // its handler gives an error
	began      time.Time
	late       time.Duration // how long after its deadline it has ended
	effect     engine.Effect
	err        error
}

// calls is all calls of a test. Safe for concurrent use.
type calls struct {
	mu  sync.Mutex
	all []*call // guarded by mu
}

// make makes a call with a new id, and notes what it is told.
func (cs *calls) make(m engine.Method, c call, limit time.Duration) *call {
	cs.mu.Lock()
	c.id = fmt.Sprint("call ", len(cs.all))
	cs.all = append(cs.all, &c)
	cs.mu.Unlock()
	c.began = time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	_, c.err = engine.Call[engine.None](ctx, m, c.id)
	c.late = time.Since(c.began) - limit
	c.effect = engine.EffectOf(c.err)
	return &c
}

// check compares what callers were told with what has run. All calls have ended, and all instances.
func (cs *calls) check(t *testing.T, events []event) {
	t.Helper()
	ran := map[string]int{}
	for _, e := range events {
		if e.Begins {
			ran[e.Call]++
		}
	}
	told := map[engine.Effect]int{}
	doubtsThatRan := 0
	for _, c := range cs.all {
		n := ran[c.id]
		delete(ran, c.id)
		told[c.effect]++
		switch {
		case c.effect <= engine.NotExecuted && n > 0:
			t.Errorf("%s was %v and has run %d times: %v", c.id, c.effect, n, c.err)
		case c.effect == engine.Executed && n == 0:
			t.Errorf("%s was %v and has not run: %v", c.id, c.effect, c.err)
		case n > 1 && !c.idempotent:
			t.Errorf("%s has run %d times, %v: %v", c.id, n, c.effect, c.err)
		case c.refused && c.err == nil:
			t.Errorf("%s was refused without an error", c.id)
		case c.effect == engine.MaybeExecuted && n > 0:
			doubtsThatRan++
		}
	}
	for id, n := range ran {
		t.Errorf("%s has run %d times, and nobody called it", id, n)
	}
	t.Logf("%d calls: %d executed, %d not sent, %d not executed, %d in doubt (of which %d have run)",
		len(cs.all), told[engine.Executed], told[engine.NotSent], told[engine.NotExecuted],
		told[engine.MaybeExecuted], doubtsThatRan)
}
