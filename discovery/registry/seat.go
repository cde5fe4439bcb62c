package registry

import (
	"io"
	"time"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/wire"
)

// seat is a stream's place at the keeper: of an instance, or of somebody who watches. It holds what
// has to be told: numbers, and that there is an edition; so it does not grow, however slowly the
// other side reads.
type seat struct {
	service *service
	member  *member       // nil: it only watches, or has lost its lease
	patient bool          // it has a view of before the start, and keeps it during the grace
	epoch   uint64        // of the newest view that the other side has
	first   bool          // nothing was taken yet
	wake    chan struct{} // the shell's own
	touched bool

	heard, acked  uint64 // orders: the last one that came, and that was acknowledged
	done, told    uint64 // orders: the last one that is in effect, and of which that was said
	covered       uint64 // the last order that the service's next edition has
	leased        bool
	claim, leaves bool
	orders        bucket
	over          error // why the stream ends
}

// Orders of one stream: so many at once, then so many each second.
const (
	orderBurst     = 100
	orderPerSecond = 20
)

// sit makes a seat.
func (k *keeper) sit(s *service, m *member, epoch uint64, wake chan struct{}) *seat {
	st := &seat{
		service: s, member: m, epoch: epoch, patient: epoch > 0, first: true, wake: wake,
		orders: bucket{burst: orderBurst, perSecond: orderPerSecond},
	}
	s.seats[st] = struct{}{}
	k.streams++
	k.touch(st)
	return st
}

// hangUp notes that a stream has ended. A lease goes on.
func (k *keeper) hangUp(st *seat) {
	if _, ok := st.service.seats[st]; !ok {
		return
	}
	delete(st.service.seats, st)
	k.streams--
	if st.member != nil {
		st.member.seat, st.member = nil, nil
	}
	k.forget(st.service)
}

// end makes a stream end with an error.
func (k *keeper) end(st *seat, err error) {
	if st == nil {
		return
	}
	if st.over == nil {
		st.over = err
	}
	if st.member != nil {
		st.member.seat, st.member = nil, nil
	}
	k.touch(st)
}

// edition gives what a seat has to be shown, or nil.
func (k *keeper) edition(st *seat) *edition {
	e := st.service.shown
	switch {
	case e == nil || k.inGrace() && (st.patient || len(e.instances) == 0):
		return nil
	case st.first && st.member == nil && st.over == nil: // a watcher is shown what there is
		return e
	case e.epoch > st.epoch:
		return e
	}
	return nil
}

// takeView takes the view that a watcher is to be told next; nil: none. The error ends the stream.
func (k *keeper) takeView(st *seat) (*edition, error) {
	if st.over != nil {
		return nil, st.over
	}
	e := k.edition(st)
	switch {
	case e != nil:
		st.first, st.epoch = false, e.epoch
	case st.first && st.patient && k.inGrace():
		st.first, e = false, keepOn(st.epoch)
	}
	return e, nil
}

// keepOn is not an edition but what is told in place of one to those who have an older one, while
// the keeper does not know better.
func keepOn(epoch uint64) *edition {
	raw, _ := wire.Append(nil, view{Epoch: epoch, Instances: []instance{}, Keep: true})
	return &edition{epoch: epoch, raw: raw}
}

// takeNotice takes what an instance is to be told next; ok is false if there is nothing. The error
// ends the stream; io.EOF does so in peace.
func (k *keeper) takeNotice(st *seat) (n notice, ok bool, err error) {
	if st.over != nil {
		return n, false, st.over
	}
	e := k.edition(st)
	if st.first && e == nil && st.service.shown == nil && !k.inGrace() {
		return n, false, nil // the first edition is about to come
	}
	if e != nil {
		n.View, st.epoch = e.raw, e.epoch
	}
	leased := st.leasable()
	if !st.first && e == nil && !st.claim && leased == st.leased && st.acked == st.heard &&
		st.told == st.done {
		if st.leaves && st.done == st.heard {
			return n, false, io.EOF
		}
		return n, false, nil
	}
	n.Ack, n.Done, n.Claim = st.heard, st.done, st.claim
	n.RenewMS = uint64(k.config.TTL / 3 / time.Millisecond)
	if leased {
		n.LeaseMS = uint64((k.config.TTL - k.config.Margin) / time.Millisecond)
	}
	st.first, st.claim, st.leased, st.acked, st.told = false, false, leased, st.heard, st.done
	return n, true, nil
}

// leasable says whether the instance has a lease on slots, and knows what that means: it has been
// shown a view that has it, so that it takes none for its own that it had before its last lease
// was over.
func (st *seat) leasable() bool {
	m := st.member
	return m != nil && m.level >= levelLeased && m.since != 0 && m.since <= st.epoch
}

// errClosing ends the streams of a registry that stops.
var errClosing = engine.Errorf(engine.Unavailable, "the registry is going away")
