package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"github.com/leverrpc/lever/cmd/lever/internal/document"
	"github.com/leverrpc/lever/engine"
)

// fleetCall is one call of the demo. What it is known by is its key: the instance that runs it says
// so, over a pipe that outlives it, before it does anything else.
type fleetCall struct {
	key      engine.Key
	document string // empty: any instance may serve it
	reads    bool   // it may run more than once
	began    time.Time
}

// books keeps the books of the calls: what callers were told, and what instances have run. Safe for
// concurrent use.
type books struct {
	mu    sync.Mutex // guards what follows
	ran   map[engine.Key][]string
	open  map[engine.Key]*fleetCall
	ended []ending                   // answered, and not yet settled
	at    map[string]string          // by document: the instance that ran its last call
	took  map[string][]time.Duration // by instance, since the last table

	answered, reads, again int
	doubts                 []*fleetCall // their callers were told that they may have run
	failed                 []error
	writes                 []engine.Key // of all calls that are no reads

	moves   int           // of documents, since the last act
	longest time.Duration // time of a call, since the last act
}

// ending is a call that was answered.
type ending struct {
	*fleetCall
	took time.Duration
}

func newBooks() *books {
	return &books{
		ran: map[engine.Key][]string{}, open: map[engine.Key]*fleetCall{}, at: map[string]string{},
		took: map[string][]time.Duration{},
	}
}

// told notes that an instance runs a call.
func (b *books) told(id string, key engine.Key) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ran[key] = append(b.ran[key], id)
}

// begin notes a call.
func (b *books) begin(document string, reads bool) *fleetCall {
	c := &fleetCall{document: document, reads: reads, began: time.Now()}
	_, _ = rand.Read(c.key[:]) // it never fails
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open[c.key] = c
	if !reads {
		b.writes = append(b.writes, c.key)
	}
	return c
}

// end notes what the caller was told in the end.
func (b *books) end(c *fleetCall, again int, err error) {
	took := time.Since(c.began)
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.open, c.key)
	b.again += again
	switch {
	case err == nil:
		b.answered++
		if c.reads {
			b.reads++
		}
		b.ended = append(b.ended, ending{c, took})
		b.longest = max(b.longest, took)
	case engine.EffectOf(err) == engine.MaybeExecuted:
		b.doubts = append(b.doubts, c)
	default:
		b.failed = append(b.failed, fmt.Errorf("%w (%v)", err, engine.EffectOf(err)))
	}
}

// settle finds out for the calls that were answered which instance has run them: the last, if there
// were several. mu is held.
func (b *books) settle() {
	unheard := b.ended[:0]
	for _, e := range b.ended {
		ran := b.ran[e.key]
		if len(ran) == 0 { // the answer was faster than the pipe
			unheard = append(unheard, e)
			continue
		}
		id := ran[len(ran)-1]
		b.took[id] = append(b.took[id], e.took)
		if e.document != "" {
			if before := b.at[e.document]; before != "" && before != id {
				b.moves++
			}
			b.at[e.document] = id
		}
	}
	b.ended = unheard
}

// table gives the times of the calls since the last table, by instance.
func (b *books) table() (took map[string][]time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.settle()
	took, b.took = b.took, map[string][]time.Duration{}
	return took
}

// act gives the longest time of a call, and how many documents have moved, since the last act.
func (b *books) act() (longest time.Duration, moves int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.settle()
	longest, moves = b.longest, b.moves
	b.longest, b.moves = 0, 0
	return longest, moves
}

// held counts the documents by the instance that they are at, and the calls that are under way by
// the instance that runs them, or has the document that they wait for.
func (b *books) held() (documents, inFlight map[string]int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.settle()
	documents, inFlight = map[string]int{}, map[string]int{}
	for _, id := range b.at {
		documents[id]++
	}
	for key, c := range b.open {
		id := b.at[c.document]
		if ran := b.ran[key]; len(ran) > 0 {
			id = ran[len(ran)-1]
		}
		inFlight[id]++
	}
	return documents, inFlight
}

// The load of the demo: so many documents, with one caller each, and callers of no document.
const (
	fleetDocuments = 24
	fleetFree      = 8
	fleetPause     = 40 * time.Millisecond // between the calls of one caller
	fleetPatience  = 8 * time.Second       // of a caller
)

// load calls until quit is closed, and gives what waits for the calls that are under way then. All
// of them end with ctx.
func (b *books) load(ctx context.Context, service engine.Service, quit <-chan struct{}) (wait func()) {
	var callers sync.WaitGroup
	for i := range fleetDocuments + fleetFree {
		name := ""
		if i < fleetDocuments {
			name = fmt.Sprintf("d%02d", i)
		}
		callers.Go(func() {
			for tick := i; ; tick++ {
				select {
				case <-quit:
					return
				case <-time.After(fleetPause):
				}
				b.call(ctx, service.Resource(name), name, name != "" && tick%2 == 0)
			}
		})
	}
	return callers.Wait
}

// call makes one call, as somebody would who can wait: what surely has not run is called again.
func (b *books) call(ctx context.Context, service engine.Service, name string, reads bool) {
	ctx, cancel := context.WithTimeout(ctx, fleetPatience)
	defer cancel()
	c := b.begin(name, reads)
	var err error
	again := 0
	for ; ; again++ {
		switch {
		case reads:
			_, err = engine.Call[document.Snapshot](ctx, service.Method("read").Keyed(c.key).Idempotent())
		case name != "":
			_, err = engine.Call[document.Change](ctx, service.Method("append").Keyed(c.key), "x")
		default:
			_, err = engine.Call[int64](ctx, service.Method("slow").Keyed(c.key), 1)
		}
		if err == nil || engine.EffectOf(err) > engine.NotExecuted || ctx.Err() != nil {
			break
		}
		select {
		case <-time.After(fleetPause):
		case <-ctx.Done():
		}
	}
	b.end(c, again, err)
}
