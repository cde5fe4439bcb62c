package fleet

import (
	"context"
	"sync"
	"time"

	"github.com/leverrpc/lever/engine"
)

// Resolver is told of views: an engine.Resolver for a client, and a part of each Member. Safe for
// concurrent use.
type Resolver struct {
	mu      sync.Mutex // guards what follows
	view    *engine.View
	at      time.Time // when view came
	before  *engine.View
	changed chan struct{}
	cut     bool
}

// Resolve implements engine.Resolver.
func (r *Resolver) Resolve(context.Context, engine.URL) (*engine.View, error) {
	return r.View(), nil
}

// View gives the newest view that has come.
func (r *Resolver) View() *engine.View {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.view
}

// Recent gives the newest view, and the one before if that was replaced only now.
func (r *Resolver) Recent() (views []*engine.View) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if views = append(views, r.view); r.before != nil && time.Since(r.at) < time.Millisecond {
		views = append(views, r.before)
	}
	return views
}

// Changed gives a channel that is closed when View gives another view.
func (r *Resolver) Changed() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.changed == nil {
		r.changed = make(chan struct{})
	}
	return r.changed
}

// Cut keeps all messages from and to it away, or lets them pass again.
func (r *Resolver) Cut(cut bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = cut
}

func (r *Resolver) isCut() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.cut
}

// send sends a view. It is lost if the receiver is cut off then; a Member gets the newest one with
// its next renewal.
func (r *Resolver) send(view *engine.View, delay time.Duration) {
	time.AfterFunc(delay, func() {
		if !r.isCut() {
			r.deliver(view)
		}
	})
}

// deliver takes a view, unless a newer one has come before it.
func (r *Resolver) deliver(view *engine.View) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.view != nil && view.Epoch <= r.view.Epoch {
		return
	}
	r.before, r.view, r.at = r.view, view, time.Now()
	if r.changed != nil {
		close(r.changed)
		r.changed = nil
	}
}
