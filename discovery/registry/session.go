package registry

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/wire"
)

// talk is one stream of a membership. Owned by run.
type talk struct {
	m       *membership
	ch      *engine.Chan[notice, order]
	seq     uint64
	sent    []sending     // orders that are not acknowledged, the announcement first
	pulse   time.Duration // how often the registry wants to hear something
	speakAt time.Time     // when the next renewal is due
	heardAt time.Time     // when the registry was heard last
	gone    bool          // the instance has left
}

// sending is when an order was sent.
type sending struct {
	seq uint64
	at  time.Time
}

// firstPulse counts until the registry has said how often it wants to hear.
const firstPulse = 3 * time.Second

// session registers the instance, and speaks with the registry until their stream ends. The error
// says why; it is nil if the instance has left.
func (m *membership) session() error {
	now := time.Now()
	t := &talk{m: m, sent: []sending{{0, now}}, pulse: firstPulse, heardAt: now}
	t.speakAt = now.Add(t.pulse)
	ch, err := engine.Open[notice, order](m.ctx, m.client.registry.Method(registerMethod),
		m.target, m.self, terms{Key: m.key, Level: m.level, Epoch: epochOf(m.view.Load())})
	if err != nil {
		return err
	}
	defer ch.Close()
	t.ch = ch
	for _, rq := range m.waiting {
		if err := t.say(&rq.order); err != nil {
			return err
		}
	}
	notices, ended, quit := make(chan notice), make(chan error, 1), make(chan struct{})
	defer close(quit)
	go t.listen(notices, ended, quit)
	return t.run(notices, ended)
}

// listen hands on what comes, until the stream ends, or quit is closed. What came before the end is
// heard before it.
func (t *talk) listen(notices chan<- notice, ended chan<- error, quit <-chan struct{}) {
	for {
		n, err := t.ch.Recv()
		if err != nil {
			ended <- err
			return
		}
		select {
		case notices <- n:
		case <-quit:
			return
		}
	}
}

// run keeps the lease alive.
func (t *talk) run(notices <-chan notice, ended <-chan error) error {
	m := t.m
	timer := time.NewTimer(t.pulse)
	defer timer.Stop()
	for {
		var err error
		select {
		case n := <-notices:
			err = t.take(&n)
		case err = <-ended:
			if err == io.EOF {
				if t.gone {
					return nil
				}
				err = errEnded
			}
		case rq := <-m.requests:
			m.waiting = append(m.waiting, rq)
			err = t.say(&rq.order)
		case now := <-timer.C:
			err = t.tick(now)
		case <-m.ctx.Done():
			return m.ctx.Err()
		}
		if err != nil {
			return err
		}
		timer.Reset(time.Until(t.speakAt))
	}
}

// take takes what the registry says.
func (t *talk) take(n *notice) error {
	m := t.m
	t.heardAt = time.Now()
	if len(n.View) > 0 {
		seen, err := t.look(n.View)
		if err != nil {
			return err
		}
		if seen {
			defer m.join() // when the lease is there too
		}
	}
	at, ok := t.sentAt(n.Ack)
	if !ok {
		return fmt.Errorf("the registry acknowledges order %d, which was not sent", n.Ack)
	}
	if n.LeaseMS > 0 {
		m.extend(at.Add(millis(n.LeaseMS))) // after the view, which says what it is a lease of
	}
	if pulse := millis(n.RenewMS); pulse > 0 {
		t.pulse = pulse
		t.speakAt = t.sent[len(t.sent)-1].at.Add(pulse)
	}
	t.finish(n.Done)
	if end := m.until.Load(); n.Claim && end != nil && time.Now().Before(*end) {
		return t.say(m.claim())
	}
	return nil
}

// look takes a view. seen says that it has the instance.
func (t *talk) look(raw wire.Raw) (seen bool, err error) {
	m := t.m
	var v view
	if err := wire.Unmarshal(raw, &v); err != nil {
		return false, fmt.Errorf("view: %w", err)
	}
	shown, err := v.decode()
	if err != nil {
		return false, err
	}
	m.show(shown)
	return slices.ContainsFunc(shown.Instances, func(in engine.Instance) bool {
		return in.ID == m.self.ID && in.Incarnation == m.self.Incarnation
	}), nil
}

// sentAt gives the time at which an order was sent that is acknowledged now, and forgets those
// before it.
func (t *talk) sentAt(ack uint64) (at time.Time, ok bool) {
	for i, s := range t.sent {
		if s.seq == ack {
			t.sent = t.sent[i:]
			return s.at, true
		}
	}
	return at, false
}

// finish answers the requests that are done.
func (t *talk) finish(done uint64) {
	t.m.waiting = slices.DeleteFunc(t.m.waiting, func(rq *request) bool {
		if rq.order.Seq > done {
			return false
		}
		t.gone = t.gone || rq.order.Op == opLeave
		rq.done <- nil
		return true
	})
}

// say sends an order. A registry that reads nothing for a pulse is as good as gone.
func (t *talk) say(o *order) error {
	now := time.Now()
	t.seq++
	o.Seq = t.seq
	t.m.prepare(o)
	t.sent = append(t.sent, sending{o.Seq, now})
	t.speakAt = now.Add(t.pulse)
	stuck := time.AfterFunc(t.pulse, func() { t.ch.Close() })
	defer stuck.Stop()
	return t.ch.Send(*o)
}

// tick renews the lease, if there is somebody to renew it.
func (t *talk) tick(now time.Time) error {
	switch {
	case now.Before(t.speakAt):
		return nil
	case now.Sub(t.heardAt) > t.pulse*3/2:
		return fmt.Errorf("nothing was heard of the registry for %v", now.Sub(t.heardAt))
	}
	return t.say(&order{Op: opRenew})
}
