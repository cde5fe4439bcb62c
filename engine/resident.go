package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"
)

// resident is a resource that is in use at a server. Guarded by residents.mu, but for what is
// written before it is open and only read then.
//
//	        New                       idle for long              Close
//	──▶ opening ─────▶ open ─────────────────────────▶ closing ───────▶ gone
//	       │             │                               ▲
//	New    │             │ lost       the last call ends │
//	fails  ▼             └─────▶ leaving ────────────────┘
//	      gone
type resident struct {
	name   string
	fence  uint64 // the epoch since which this instance holds it
	fenced bool   // there is such an epoch
	state  any    // what the hook made

	ctx    context.Context         // that of the hooks; nil: there are none
	cancel context.CancelCauseFunc // of ctx

	phase    phase
	unwanted bool          // it was lost before it was open
	failed   *Error        // why it could not be opened
	turned   chan struct{} // closed when what is not open is open or gone; nil if it is open

	visits *visit // the calls on it

	idleSince    time.Duration
	older, newer *resident // beside it in the list of the idle
}

// phase is where a resident stands.
type phase uint8

const (
	opening phase = iota
	open
	leaving
	closing
)

// visit is one call on a resident, from before its handler begins until it has ended. Guarded by
// residents.mu.
type visit struct {
	at         *resident // nil: none
	ctx        *callCtx  // nil: the call runs inline, and is too short to be told anything
	stream     *stream   // nil: a regular call
	moved      bool      // it was told that the resource is lost
	next, prev *visit
}

// join begins a visit.
func (v *visit) join(r *resident) {
	v.at, v.next = r, r.visits
	if v.next != nil {
		v.next.prev = v
	}
	r.visits = v
}

// quit ends a visit.
func (v *visit) quit() {
	if v.prev != nil {
		v.prev.next = v.next
	} else {
		v.at.visits = v.next
	}
	if v.next != nil {
		v.next.prev = v.prev
	}
	*v = visit{moved: v.moved}
}

var errMoved = Errorf(Moved, "the resource goes to another instance")

// create runs the hook that makes the state, and tells how that ended, also if the hook panics or
// ends its goroutine.
func (rs *residents) create(r *resident) {
	failed := Errorf(Internal, "the hook of resource %q panicked", r.name)
	defer func() {
		if v := recover(); v != nil {
			rs.panicked("New", r.name, v)
		}
		rs.created(r, failed)
	}()
	state, err := rs.hooks.open(r.ctx, r.name)
	r.state, failed = state, hookError(err)
}

// hookError is what the callers are told of a hook's error. A code goes as it is, but for
// Application: that is for methods, and none has run.
func hookError(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		if e.Method == "" && e.Code.isKnown() && e.Code != Application {
			own := *e
			own.Message = textOf(err, e)
			return &own
		}
	} else if code, ok := errors.AsType[Code](err); ok && code.isKnown() && code != Application {
		return Errorf(code, "%w", err)
	}
	return Errorf(Unavailable, "%w", err)
}

// destroy runs the hook that ends the state.
func (rs *residents) destroy(r *resident) {
	normal := false
	defer func() {
		if v := recover(); !normal {
			rs.panicked("Close", r.name, v)
		}
		r.cancel(nil)
		rs.destroyed(r)
	}()
	if err := rs.hooks.close(r.ctx, r.name, r.state); err != nil {
		rs.server.logger().Error("engine: resource was not closed well",
			slog.String("resource", r.name), slog.Any("error", err))
	}
	normal = true
}

func (rs *residents) panicked(hook, name string, v any) {
	rs.server.logger().Error("engine: hook panicked", slog.String("hook", hook),
		slog.String("resource", name), slog.String("panic", fmt.Sprint(v)),
		slog.String("stack", string(debug.Stack())))
}
