package fleet

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/leverrpc/lever/engine"
)

// ErrCut is why an instance that is cut off cannot reach the keeper.
var ErrCut = errors.New("fleet: cut off")

// Member is the place of an instance. Safe for concurrent use.
type Member struct {
	Resolver
	keeper *Keeper
	self   engine.Instance // Draining is guarded by keeper.mu, and so is expiry
	expiry *time.Timer

	leaseMu sync.Mutex // guards what follows
	until   time.Time
	skew    float64
	renewal *time.Timer
	over    bool
}

// Skew makes the clock of the instance run slower than the keeper's by a part of its rate: with 0.1
// it counts 10 s while the keeper counts 11.
func (m *Member) Skew(part float64) {
	m.leaseMu.Lock()
	defer m.leaseMu.Unlock()
	m.skew = part
}

// Kill ends the instance's process as far as the keeper sees it: nothing more comes from it.
func (m *Member) Kill() {
	m.Cut(true)
	m.stop()
}

// ID gives the instance's id.
func (m *Member) ID() string { return m.self.ID }

// Lease implements engine.Membership.
func (m *Member) Lease() (until time.Time, ok bool) {
	m.leaseMu.Lock()
	defer m.leaseMu.Unlock()
	return m.until, m.keeper.config.Bits > 0
}

// Release implements engine.Membership.
func (m *Member) Release(ctx context.Context, epoch uint64, slots []int) error {
	return m.exchange(ctx, func() { m.keeper.release(m, epoch, slots) })
}

// Drain implements engine.Membership.
func (m *Member) Drain(ctx context.Context) error {
	return m.exchange(ctx, func() { m.keeper.drain(m) })
}

// Leave implements engine.Membership.
func (m *Member) Leave(ctx context.Context) error {
	m.stop()
	return m.exchange(ctx, func() { m.keeper.leave(m) })
}

// ask asks for a lease, or for another TTL. It counts from when the question was sent.
func (m *Member) ask(ctx context.Context) error {
	sent := time.Now()
	if err := m.exchange(ctx, func() { m.keeper.admit(m) }); err != nil {
		return err
	}
	m.leaseMu.Lock()
	defer m.leaseMu.Unlock()
	c := m.keeper.config
	valid := time.Duration(float64(c.TTL-c.Margin) * (1 + m.skew))
	if end := sent.Add(valid); end.After(m.until) {
		m.until = end
	}
	return nil
}

// exchange does something at the keeper: a message there, and one back with the newest view. What
// was done is done, also if the answer is lost.
func (m *Member) exchange(ctx context.Context, at func()) error {
	if err := m.travel(ctx); err != nil {
		return err
	}
	at()
	view := m.keeper.View()
	if err := m.travel(ctx); err != nil {
		return err
	}
	m.deliver(view)
	return nil
}

// travel takes the time of a message one way.
func (m *Member) travel(ctx context.Context) error {
	timer := time.NewTimer(m.keeper.config.Delay())
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	if m.isCut() {
		return ErrCut
	}
	return nil
}

// renew asks for another TTL now and then.
func (m *Member) renew() {
	m.leaseMu.Lock()
	defer m.leaseMu.Unlock()
	if m.over {
		return
	}
	m.keeper.renewals.Add(1)
	m.renewal = time.AfterFunc(m.keeper.config.TTL/3, func() {
		defer m.keeper.renewals.Done()
		ctx, cancel := context.WithTimeout(context.Background(), m.keeper.config.TTL)
		defer cancel()
		_ = m.ask(ctx) // the next one may succeed
		m.renew()
	})
}

// stop ends the renewals.
func (m *Member) stop() {
	m.leaseMu.Lock()
	defer m.leaseMu.Unlock()
	m.over = true
	if m.renewal != nil && m.renewal.Stop() {
		m.keeper.renewals.Done()
	}
}
