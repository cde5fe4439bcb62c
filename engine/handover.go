package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/leverrpc/lever/lb"
)

// Where a ledger says who holds what, resources stay where they are until somebody lets them go. An
// instance gives slots back in three steps: it stops to serve them, waits until nothing of them
// runs, and tells the keeper. It does so by itself with slots that hashing has elsewhere and that
// have no resource in use, so that instances that join get these first; with those in use only when
// Rebalance asks, or when it shuts down.

const (
	releaseTimeout = 5 * time.Second
	releaseRetry   = time.Second
	sourceMax      = 3 * time.Second
)

// Rebalance hands the resources in use that hashing has at other instances over to them: their
// streams end with Moved, their calls run to their end, their Close hooks are called, and the
// keeper is told. It returns when that is done, or when ctx ends; what is under way then is
// finished all the same. Without a ledger there is nothing to do: resources are where hashing has
// them.
func (s *Server) Rebalance(ctx context.Context) error {
	if s.custody == nil {
		return nil
	}
	strays := func(c *custody) []int { return c.strays }
	if err := s.custody.handOver(ctx, strays); err != nil {
		return fmt.Errorf("engine: rebalance: %w", err)
	}
	return nil
}

// straysIn gives the slots that a domain has at this instance, and hashing elsewhere.
func (c *custody) straysIn(d *domain) []int {
	if d.ledger == nil {
		return nil
	}
	return slices.DeleteFunc(d.ledger.Strays(d.home), func(slot int) bool {
		owner, _ := d.ledger.OwnerOf(slot)
		return !c.isSelf(owner)
	})
}

// everything gives all slots of this instance. residents.mu is held.
func (c *custody) everything() []int {
	var own []int
	for slot := range 1 << c.domain.ledger.Bits() {
		if _, ok := c.holds(slot); ok {
			own = append(own, slot)
		}
	}
	return own
}

// holds says whether the ledger has a slot at this instance, and since when. residents.mu is held.
func (c *custody) holds(slot int) (since uint64, ok bool) {
	owner, since := c.domain.ledger.OwnerOf(slot)
	return since, c.isSelf(owner)
}

// handOver stops to serve some slots, waits until nothing of them runs, and releases them.
func (c *custody) handOver(ctx context.Context, which func(*custody) []int) error {
	rs := c.residents
	rs.mu.Lock()
	d := c.domain
	if d == nil || d.ledger == nil {
		rs.mu.Unlock()
		return nil
	}
	for _, slot := range which(c) {
		c.stopped[slot], _ = c.holds(slot)
	}
	rs.mu.Unlock()
	gone := rs.evict(c.isStopped, nil)
	err := awaitAll(ctx, gone)
	if err == nil {
		err = c.release(ctx)
	}
	c.poke() // what is left
	return err
}

// isStopped says whether a resident is in a slot that is served no more. residents.mu is held.
func (c *custody) isStopped(r *resident) bool {
	at, ok := c.stopped[c.domain.slot(r.name)]
	return ok && r.fenced && at == r.fence
}

// tidy releases what is not in use and should be elsewhere, whenever that may have come to be,
// until the membership ends.
func (c *custody) tidy() {
	for {
		var retry <-chan time.Time
		if err := c.release(c.ctx); err != nil && c.ctx.Err() == nil {
			c.server.logger().Warn("engine: slots were not released", slog.Any("error", err))
			retry = time.After(releaseRetry)
		}
		select {
		case <-c.poked:
		case <-retry:
		case <-c.ctx.Done():
			return
		}
	}
}

// release stops to serve the stray slots without residents, and gives them and all that were
// stopped before back, unless something of them still runs.
func (c *custody) release(ctx context.Context) error {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	epoch, slots := c.releasable()
	if len(slots) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, releaseTimeout)
	defer cancel()
	return c.member.Release(ctx, epoch, slots)
}

// releasable gives the slots that can be released, and the epoch by which that is so.
func (c *custody) releasable() (epoch uint64, slots []int) {
	rs := c.residents
	rs.mu.Lock()
	defer rs.mu.Unlock()
	d := c.domain
	if d == nil || d.ledger == nil {
		return 0, nil
	}
	inUse := make(map[int]bool, len(rs.all))
	for name := range rs.all {
		inUse[lb.SlotOf(name, d.ledger.Bits())] = true
	}
	for _, slot := range c.strays {
		if !inUse[slot] {
			c.stopped[slot], _ = c.holds(slot)
		}
	}
	for slot, at := range c.stopped {
		switch since, ok := c.holds(slot); {
		case !ok || since != at:
			delete(c.stopped, slot)
		case !inUse[slot]:
			slots = append(slots, slot)
		}
	}
	return d.view.Epoch, slots
}

// poke makes tidy look.
func (c *custody) poke() {
	select {
	case c.poked <- struct{}{}:
	default:
	}
}

// vacated notes that a resident is gone: perhaps the last one that kept a slot from being released.
// residents.mu is held.
func (c *custody) vacated(r *resident) {
	if !r.fenced || c.domain == nil {
		return
	}
	slot := c.domain.slot(r.name)
	_, stopped := c.stopped[slot]
	if _, stray := slices.BinarySearch(c.strays, slot); stopped || stray {
		c.poke()
	}
}

// retire prepares the shutdown: callers are told to go elsewhere, and what others can take over
// goes to them while the connections are still there, so that calls that come meanwhile learn who
// has it.
func (c *custody) retire(ctx context.Context) error {
	c.stopJoining()
	<-c.joined
	if c.member == nil {
		return nil
	}
	asked, cancel := forTheSource(ctx)
	defer cancel()
	err := c.member.Drain(asked)
	if asked.Err() != nil && ctx.Err() == nil {
		return err // nobody hears: nothing can be handed over, and connections want to be drained
	}
	return errors.Join(err, c.handOver(ctx, (*custody).everything))
}

// forTheSource bounds what a shutdown asks of a source that may have fallen silent: by a quarter of the
// time that is left, as most of it is for those who are served.
func forTheSource(ctx context.Context) (context.Context, context.CancelFunc) {
	patience := sourceMax
	if at, ok := ctx.Deadline(); ok {
		patience = min(patience, time.Until(at)/4)
	}
	return context.WithTimeout(ctx, patience)
}

// quit ends the membership, as soon as nothing runs that it covers. When ctx has ended that may
// take longer than the shutdown.
func (c *custody) quit(ctx context.Context) error {
	if c.member == nil {
		c.cancel()
		return nil
	}
	gone := c.residents.evict(func(*resident) bool { return true }, nil)
	if ctx.Err() == nil {
		defer c.cancel()
		ctx, cancel := forTheSource(ctx)
		defer cancel()
		return c.member.Leave(ctx)
	}
	go func() {
		defer c.cancel()
		_ = awaitAll(context.Background(), gone)
		ctx, cancel := context.WithTimeout(context.Background(), releaseTimeout)
		defer cancel()
		if err := c.member.Leave(ctx); err != nil {
			c.server.logger().Warn("engine: could not leave", slog.Any("error", err))
		}
	}()
	return nil
}
