package engine

import (
	"errors"
	"time"

	"github.com/leverrpc/lever/engine/transport"
)

// leaseGrain is how near to its end a lease is looked at for the last time before it.
const leaseGrain = time.Millisecond

var errLeaseOver = errors.New("engine: the lease is over")

// watch keeps up with the views, and with the lease, until the membership ends.
func (c *custody) watch() {
	alarm := time.NewTimer(0)
	defer alarm.Stop()
	for {
		changed := c.member.Changed()
		c.learn()
		alarm.Reset(c.guard())
		select {
		case <-changed:
		case <-alarm.C:
		case <-c.ctx.Done():
			return
		}
	}
}

// learn takes the newest view. What this instance has lost by it ends here: without haste where hashing has
// moved it, and at once where a ledger says that it is another's already.
func (c *custody) learn() {
	c.learning.Lock() // no view may follow a newer one
	defer c.learning.Unlock()
	view := c.member.View()
	rs := c.residents
	rs.mu.Lock()
	d := c.domain
	rs.mu.Unlock()
	if d != nil && d.view == view {
		return
	}
	d = newDomain(view, d, true, func(string) any { return nil })
	strays := c.straysIn(d)
	rs.mu.Lock()
	c.domain, c.strays = d, strays
	close(c.changed)
	c.changed = make(chan struct{})
	rs.mu.Unlock()

	var cause error
	if d.ledger != nil {
		cause = errMoved
	}
	rs.evict(func(r *resident) bool {
		owner, since := d.owner(r.name)
		return !c.isSelf(owner) || r.fenced && since != r.fence
	}, cause)
	c.poke()
}

// guard looks at the lease and gives the time until it has to be looked at again: half of what is
// left, so that a renewal is noticed long before the old end. When it is over everything that it
// covered ends: others may begin at any moment. SPEC F-564, F-565.
func (c *custody) guard() time.Duration {
	c.renew()
	rs := c.residents
	rs.mu.Lock()
	leased, left := c.leased, c.until-transport.Now()
	rs.mu.Unlock()
	switch {
	case !leased:
		return time.Hour
	case left <= 0:
		rs.evict(func(*resident) bool { return true }, errLeaseOver)
		return leaseRetry
	case left <= 2*leaseGrain:
		return left
	}
	return left / 2
}

// leaseRetry is how often a lease that is over is looked at, in case that it is renewed after all.
const leaseRetry = 100 * time.Millisecond

// renew reads the lease. It reports whether it holds. A lease that was over may come with a view by
// which slots have gone to others meanwhile: that is learnt before the lease counts.
func (c *custody) renew() bool {
	look := c.looks.Add(1)
	end, leased := c.member.Lease()
	until := later(transport.Now(), max(time.Until(end), -time.Hour))
	rs := c.residents
	rs.mu.Lock()
	first := c.domain == nil // nothing is served yet
	rs.mu.Unlock()
	if !first {
		c.learn()
	}
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if look > c.noted { // or somebody has looked later, and noted it before
		c.noted, c.leased, c.until = look, leased, until
	}
	return !c.leased || transport.Now() < c.until
}
