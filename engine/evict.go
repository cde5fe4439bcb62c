package engine

import "context"

// evict takes resources away from this instance. Their streams end with Moved. If there is time
// their calls run to their end; with a cause there is none, and the contexts of calls and hooks end
// at once. It gives the channels that are closed when the residents are gone.
func (rs *residents) evict(lost func(*resident) bool, cause error) (gone []<-chan struct{}) {
	var told eviction
	rs.mu.Lock()
	for _, r := range rs.all {
		if !lost(r) {
			continue
		}
		told.add(r, cause != nil)
		switch {
		case r.phase == opening:
			r.unwanted = true
		case r.phase != open:
		case r.visits != nil:
			r.phase, r.turned = leaving, make(chan struct{})
		default:
			rs.unlist(r)
			rs.bury(r)
		}
		gone = append(gone, r.turned)
	}
	rs.mu.Unlock()
	told.tell(cause)
	return gone
}

// eviction is who has to be told that a resource is lost, once the lock is free.
type eviction struct {
	streams []*stream
	calls   []*callCtx
	hooks   []context.CancelCauseFunc
}

// add takes the visits of a resident, and if there is no time its regular calls and its hooks.
// residents.mu is held.
func (e *eviction) add(r *resident, atOnce bool) {
	for v := r.visits; v != nil; v = v.next {
		switch {
		case v.stream != nil:
			e.streams = append(e.streams, v.stream)
		case atOnce && v.ctx != nil:
			v.moved = true
			e.calls = append(e.calls, v.ctx)
		}
	}
	if atOnce && r.cancel != nil {
		e.hooks = append(e.hooks, r.cancel)
	}
}

func (e *eviction) tell(cause error) {
	for _, s := range e.streams {
		s.move()
	}
	for _, c := range e.calls {
		c.end(context.Canceled)
	}
	for _, cancel := range e.hooks {
		cancel(cause)
	}
}

// close ends all residents that have no calls, and the others when they have none, and waits until
// they are gone or ctx ends; those that are left then have lost their time.
func (rs *residents) close(ctx context.Context) error {
	rs.mu.Lock()
	rs.closed = true
	if rs.alarm != nil {
		rs.alarm.Stop()
	}
	for rs.oldest != nil {
		r := rs.oldest
		rs.unlist(r)
		rs.bury(r)
	}
	rs.mu.Unlock()
	all := func(*resident) bool { return true }
	err := awaitAll(ctx, rs.evict(all, nil))
	if err != nil {
		rs.evict(all, err)
	}
	return err
}

// awaitAll waits until all of the channels are closed, or ctx ends.
func awaitAll(ctx context.Context, all []<-chan struct{}) error {
	for _, c := range all {
		select {
		case <-c:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
