package registry

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"time"

	"github.com/leverrpc/lever/engine"
)

// Register implements engine.Registrar. It returns when others see the instance, or ctx has ended,
// or the registry refuses it for good. From then on the membership keeps itself alive, whatever
// becomes of the registry: see [engine.Membership].
//
// An instance without an ID has its address for one.
func (c *Client) Register(ctx context.Context, target engine.URL,
	self engine.Instance) (engine.Membership, error) {
	if self.ID == "" {
		self.ID = self.Addr
	}
	m := &membership{
		client: c, target: nameOf(target), key: rand.Text(),
		self: instance(self), level: c.config.Level,
		requests: make(chan *request), joined: make(chan struct{}), over: make(chan struct{}),
		given: map[int]uint64{},
	}
	m.ctx, m.cancel = context.WithCancel(context.Background())
	go m.run()
	var err error
	select {
	case <-m.joined:
		return m, nil
	case <-m.over:
	case <-ctx.Done():
		err = ctx.Err()
	}
	m.cancel()
	<-m.over
	return nil, fmt.Errorf("registry: register %s at %s: %w", m.self.ID, m.target,
		errors.Join(err, m.why))
}

// run keeps the instance registered, until it leaves or is refused for good. Owner of the
// membership's session.
func (m *membership) run() {
	defer close(m.over)
	for failures := 0; ; failures++ {
		began := time.Now()
		m.why = m.session()
		if m.why == nil || m.ctx.Err() != nil {
			break
		}
		if isFinal(m.why) {
			m.log("not registered any more", m.why)
			break
		}
		if time.Since(began) > 2*m.client.config.Backoff {
			failures = 0
		}
		if failures == 0 {
			m.log("the registry is out of reach", m.why)
		}
		if !m.rest(failures) {
			break
		}
	}
	m.fence()
}

// rest waits before the next attempt. It reports false if the membership ends meanwhile. Requests
// wait for one more attempt and not longer: a server that shuts down has better things to do.
func (m *membership) rest(failures int) bool {
	m.refuse()
	most := min(minBackoff<<min(failures, 20), m.client.config.Backoff)
	timer := time.NewTimer(mathrand.N(most) + 1)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return true
		case rq := <-m.requests:
			rq.failures = 1
			m.waiting = append(m.waiting, rq)
		case <-m.ctx.Done():
			return false
		}
	}
}

// refuse answers those for whom an attempt was made, and has failed.
func (m *membership) refuse() {
	m.waiting = slices.DeleteFunc(m.waiting, func(rq *request) bool {
		if rq.failures++; rq.failures < 2 {
			return false
		}
		m.prepare(&rq.order) // what is meant is said with the next announcement
		rq.done <- m.why
		return true
	})
}

// isFinal says that another attempt would end as this one did.
func isFinal(err error) bool {
	switch engine.CodeOf(err) {
	case Superseded, engine.InvalidArgument, engine.PermissionDenied, engine.Unauthenticated:
		return true
	}
	return false
}

func (m *membership) log(what string, cause error) {
	m.client.config.Logger.Warn("registry: "+what,
		"service", m.target, "instance", m.self.ID, "error", cause)
}
