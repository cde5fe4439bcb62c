package engine

import (
	"context"
	"sync"
	"time"

	"github.com/leverrpc/lever/engine/transport"
)

// residents are the resources that are in use at a server. A server has them if it has hooks or a
// Registrar; without either a resource is a name that handlers see. Safe for concurrent use. Hooks
// run without the lock.
type residents struct {
	server  *Server
	hooks   ResourceHooks // nil: none
	custody *custody      // nil: all resources are served here
	idleMax time.Duration // negative: idle ones are kept
	most    int

	mu             sync.Mutex // guards what follows, the residents and the custody
	all            map[string]*resident
	oldest, newest *resident // those without a call, by the time since when
	alarm          *time.Timer
	armed          bool        // alarm is going to call expire
	dead           []*resident // they wait for their Close
	undertakers    int         // goroutines that call it
	closed         bool
}

const (
	defaultResourceIdle = 3 * time.Minute
	defaultMaxResources = 1 << 16

	// undertakersMax bounds how many Close hooks run at once: a server that stops may have many
	// resources, and its database few connections.
	undertakersMax = 64
)

// newResidents gives nil if the server needs none.
func newResidents(s *Server, custody *custody) *residents {
	config := &s.config
	if config.Resources == nil && custody == nil {
		return nil
	}
	rs := &residents{
		server: s, hooks: config.Resources, custody: custody, all: map[string]*resident{},
		idleMax: config.ResourceIdle, most: config.MaxResources,
	}
	if rs.idleMax == 0 {
		rs.idleMax = defaultResourceIdle
	}
	if rs.most == 0 {
		rs.most = defaultMaxResources
	}
	return rs
}

// entry is what became of an attempt to begin a visit. The zero value: the visit has begun.
type entry struct {
	create  *resident       // the caller has to create it, and try again
	wait    <-chan struct{} // try again when it is closed
	on      *resident       // what wait is about; nil: a view that has to come
	refusal *Error          // why not; with wait: why not, if the view does not come in time
}

// admit begins a visit of a call, and waits for what has to be done first. An error is why the call
// must not run; its handler has not begun.
func (rs *residents) admit(v *visit, name string, seen uint64) *Error {
	var patience <-chan time.Time // with a view that has to come
	for {
		e := rs.enter(v, name, seen, true)
		on := e.on
		switch {
		case e.create != nil:
			on = e.create
			go rs.create(on)
			// Whoever begins it stays with it, or calls that are cancelled would leave more hooks
			// running than there may be calls.
			<-e.wait
		case e.wait == nil && e.refusal != nil && e.refusal.Code == NotLeased && rs.custody.renew():
		case e.wait == nil:
			return e.refusal
		default:
			if on == nil && patience == nil {
				timer := time.NewTimer(catchUpMax)
				defer timer.Stop()
				patience = timer.C
			}
			if refusal := e.rest(v.ctx, patience); refusal != nil {
				return refusal
			}
		}
		if on != nil && on.failed != nil {
			return on.failed
		}
	}
}

// rest waits until it is worth to try again. An error means that it is not.
func (e *entry) rest(ctx *callCtx, patience <-chan time.Time) *Error {
	if e.on != nil {
		patience = nil // what a hook takes, it takes
	}
	select {
	case <-e.wait:
		return nil
	case <-patience:
		return e.refusal
	case <-ctx.Done():
		return contextError("", NotExecuted, ctx.Err())
	}
}

// enterAtOnce begins the visit of an inline call. False: something has to be done first, or the
// call must not run.
func (rs *residents) enterAtOnce(v *visit, name string, seen uint64) bool {
	return rs.enter(v, name, seen, false) == entry{}
}

// enter begins a visit, or says what has to be done first. seen is the epoch of the caller's view.
func (rs *residents) enter(v *visit, name string, seen uint64, mayCreate bool) entry {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	var held tenure
	if rs.custody != nil {
		var refused entry
		if held, refused = rs.custody.check(name, seen); refused.refusal != nil {
			return refused
		}
	}
	r := rs.all[name]
	switch {
	case r == nil && rs.closed:
		return entry{refusal: Errorf(Unavailable, "the server is shutting down")}
	case r == nil && rs.most > 0 && len(rs.all) >= rs.most:
		return rs.makeRoom()
	case r == nil && rs.hooks != nil && !mayCreate:
		return entry{wait: closedChan}
	case r == nil:
		r = &resident{name: name, fence: held.since, fenced: held.kept}
		rs.all[name] = r
		if rs.hooks != nil {
			r.turned = make(chan struct{})
			r.ctx, r.cancel = context.WithCancelCause(
				context.WithValue(context.Background(), residentKey{}, r))
			return entry{create: r, wait: r.turned}
		}
		r.phase = open
	case r.phase != open:
		return entry{wait: r.turned, on: r}
	case r.visits == nil:
		rs.unlist(r)
	}
	v.join(r)
	return entry{}
}

// makeRoom ends the resident that has been without a call for longest, so that callers who make up
// names cannot keep others out. Only if there is none it refuses. mu is held.
func (rs *residents) makeRoom() entry {
	r := rs.oldest
	if r == nil {
		e := Errorf(ResourceExhausted, "%d resources are in use", len(rs.all))
		e.RetryAfter = overloadPause
		return entry{refusal: e}
	}
	rs.unlist(r)
	rs.bury(r)
	return entry{wait: r.turned, on: r}
}

// created takes the outcome of the New hook.
func (rs *residents) created(r *resident, failed *Error) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	switch {
	case failed != nil:
		r.failed = failed
		r.cancel(nil)
		rs.forget(r)
	case r.unwanted || rs.closed:
		rs.bury(r)
	default:
		r.phase = open
		close(r.turned)
		r.turned = nil
		rs.list(r)
	}
}

// leave ends a visit. It reports whether the visitor was told that the resource is lost.
func (rs *residents) leave(v *visit) (moved bool) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r := v.at
	v.quit()
	switch {
	case r.visits != nil:
	case r.phase == leaving || rs.closed:
		rs.bury(r)
	default:
		rs.list(r)
	}
	return v.moved
}

// bury ends a resident that has no visits. mu is held.
func (rs *residents) bury(r *resident) {
	if r.turned == nil {
		r.turned = make(chan struct{})
	}
	r.phase = closing
	if rs.hooks == nil {
		rs.forget(r)
		return
	}
	rs.dead = append(rs.dead, r)
	if rs.undertakers < undertakersMax {
		rs.undertakers++
		go rs.undertake()
	}
}

// undertake calls Close hooks until there are no more to call.
func (rs *residents) undertake() {
	for {
		rs.mu.Lock()
		if len(rs.dead) == 0 {
			rs.dead = nil
			rs.undertakers--
			rs.mu.Unlock()
			return
		}
		r := rs.dead[0]
		rs.dead = rs.dead[1:]
		rs.mu.Unlock()
		rs.destroy(r)
	}
}

// destroyed takes the end of the Close hook.
func (rs *residents) destroyed(r *resident) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	rs.forget(r)
}

// forget is the end of a resident. mu is held.
func (rs *residents) forget(r *resident) {
	delete(rs.all, r.name)
	close(r.turned)
	if rs.custody != nil {
		rs.custody.vacated(r)
	}
}

// list adds a resident to those without a call. mu is held.
func (rs *residents) list(r *resident) {
	r.idleSince = transport.Now()
	if r.older = rs.newest; r.older != nil {
		r.older.newer = r
	} else {
		rs.oldest = r
	}
	rs.newest = r
	rs.arm()
}

// unlist takes a resident out of that list. mu is held.
func (rs *residents) unlist(r *resident) {
	if r.older != nil {
		r.older.newer = r.newer
	} else {
		rs.oldest = r.newer
	}
	if r.newer != nil {
		r.newer.older = r.older
	} else {
		rs.newest = r.older
	}
	r.older, r.newer = nil, nil
}

// arm sees to it that expire is called when the oldest has been idle for long enough. A resource
// that is used again leaves the alarm as it is: calls do not pay for it. mu is held.
func (rs *residents) arm() {
	if rs.armed || rs.oldest == nil || rs.idleMax < 0 || rs.closed {
		return
	}
	rs.armed = true
	after := rs.oldest.idleSince + rs.idleMax - transport.Now()
	if rs.alarm == nil {
		rs.alarm = time.AfterFunc(after, rs.expire)
	} else {
		rs.alarm.Reset(after)
	}
}

// expire ends what was idle for long enough.
func (rs *residents) expire() {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	rs.armed = false
	for now := transport.Now(); rs.oldest != nil && now-rs.oldest.idleSince >= rs.idleMax; {
		r := rs.oldest
		rs.unlist(r)
		rs.bury(r)
	}
	rs.arm()
}
