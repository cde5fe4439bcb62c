package registry

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/leverrpc/lever/engine"
)

// membership is an instance that is registered, as the instance sees it. One goroutine, run, speaks
// with the registry; what others read is atomic or guarded.
type membership struct {
	client *Client
	target string
	key    string
	level  int

	ctx      context.Context // ends with Leave
	cancel   context.CancelFunc
	requests chan *request // to run
	joined   chan struct{} // closed when others see the instance
	over     chan struct{} // closed when run has ended

	view  atomic.Pointer[engine.View] // not nil once joined is closed
	until atomic.Pointer[time.Time]   // the end of the lease; nil: there is none
	mu    sync.Mutex
	next  chan struct{} // closed when view changes; nil: nobody asks; guarded by mu
	left  bool          // guarded by mu

	// Owned by run.
	self    instance
	waiting []*request     // what is not done
	given   map[int]uint64 // slots that were released, by the epoch since which they were held
	shown   bool           // joined is closed
	why     error          // the end of the last session; Register's once over is closed
}

// request is something that the registry has to do for a caller.
type request struct {
	order    order
	done     chan error // capacity 1
	failures int        // streams that have ended before it was done; owned by run
}

var errLeft = errors.New("the instance has left")

// View implements engine.Membership.
func (m *membership) View() *engine.View { return m.view.Load() }

// Changed implements engine.Membership.
func (m *membership) Changed() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.next == nil {
		m.next = make(chan struct{})
	}
	return m.next
}

// Lease implements engine.Membership.
func (m *membership) Lease() (until time.Time, ok bool) {
	if end := m.until.Load(); end != nil {
		until = *end
	}
	return until, m.level >= levelLeased
}

// Release implements engine.Membership.
func (m *membership) Release(ctx context.Context, epoch uint64, slots []int) error {
	if m.level < levelLeased {
		return fmt.Errorf("registry: release slots of %s: level %d has none: %w", m.target, m.level,
			errors.ErrUnsupported)
	}
	if err := m.ask(ctx, order{Op: opRelease, Epoch: epoch, Slots: slots}); err != nil {
		return fmt.Errorf("registry: release slots of %s: %w", m.target, err)
	}
	return nil
}

// Drain implements engine.Membership.
func (m *membership) Drain(ctx context.Context) error {
	if err := m.ask(ctx, order{Op: opDrain}); err != nil {
		return fmt.Errorf("registry: drain at %s: %w", m.target, err)
	}
	return nil
}

// Leave implements engine.Membership. If the registry cannot be told, the lease ends with its TTL.
func (m *membership) Leave(ctx context.Context) error {
	m.mu.Lock()
	first := !m.left
	m.left = true
	m.mu.Unlock()
	if !first {
		return nil
	}
	m.fence()
	err := m.order(ctx, order{Op: opLeave})
	m.cancel()
	<-m.over
	if err != nil {
		return fmt.Errorf("registry: leave %s: %w", m.target, err)
	}
	return nil
}

// ask is order for instances that have not left.
func (m *membership) ask(ctx context.Context, o order) error {
	m.mu.Lock()
	left := m.left
	m.mu.Unlock()
	if left {
		return errLeft
	}
	return m.order(ctx, o)
}

// order has an order carried out, and waits until that has had its effect.
func (m *membership) order(ctx context.Context, o order) error {
	rq := &request{order: o, done: make(chan error, 1)}
	select {
	case m.requests <- rq:
	case <-m.over:
		return errLeft
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-rq.done:
		return err
	case <-m.over:
		select { // it may have been the last thing that was done
		case err := <-rq.done:
			return err
		default:
			return errLeft
		}
	case <-ctx.Done():
		return ctx.Err()
	}
}

// fence ends the lease here.
func (m *membership) fence() { m.until.Store(nil) }

// show takes a view, if it is a newer one.
func (m *membership) show(v *engine.View) {
	if old := m.view.Load(); old != nil && v.Epoch <= old.Epoch {
		return
	}
	m.view.Store(v)
	for slot, at := range m.given {
		if since, ok := m.holds(v, slot); !ok || since != at {
			delete(m.given, slot)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.next != nil {
		close(m.next)
		m.next = nil
	}
}

// extend takes a lease that goes on until end.
func (m *membership) extend(end time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.left {
		m.until.Store(&end)
	}
}

// join notes that others see the instance.
func (m *membership) join() {
	if !m.shown {
		m.shown = true
		close(m.joined)
	}
}

// prepare notes what an order means for the next stream, if this one breaks.
func (m *membership) prepare(o *order) {
	switch o.Op {
	case opDrain:
		m.self.Draining = true
	case opRelease:
		for _, slot := range o.Slots {
			if since, ok := m.holds(m.view.Load(), slot); ok && since <= o.Epoch {
				m.given[slot] = since
			}
		}
	}
}

// holds says whether a view has a slot at this instance, and since when.
func (m *membership) holds(v *engine.View, slot int) (since uint64, ok bool) {
	if v == nil || v.Owners == nil {
		return 0, false
	}
	owner, since := v.Owners.OwnerOf(slot)
	return since, owner != nil && owner.ID == m.self.ID && owner.Incarnation == m.self.Incarnation
}

// slotsOf is the number of slots that a view tells of.
func slotsOf(v *engine.View) int {
	if v.Owners == nil || v.Owners.Bits() == 0 {
		return 0
	}
	return 1 << v.Owners.Bits()
}

// claim says what the instance holds: what its view says, less what it has released.
func (m *membership) claim() *order {
	v := m.view.Load()
	held := map[uint64][]int{}
	for slot := range slotsOf(v) {
		since, ok := m.holds(v, slot)
		if at, gone := m.given[slot]; ok && (!gone || at != since) {
			held[since] = append(held[since], slot)
		}
	}
	o := &order{Op: opClaim, Epoch: v.Epoch}
	for _, since := range slices.Sorted(maps.Keys(held)) {
		o.Held = append(o.Held, tenure{since, held[since]})
	}
	return o
}
