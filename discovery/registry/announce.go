package registry

import (
	"time"

	"github.com/leverrpc/lever/engine"
)

// announce takes an instance in, or back, and gives its stream a seat.
//
//	who has the id                   what happens
//	──────────────                   ──────────────────────────────────────────────────────────
//	nobody                           it joins
//	the same life, by the same key   it is back: its lease and its slots are as they were
//	the same life, by another key    refused: two processes cannot be one
//	an earlier life                  it joins; what the earlier one holds is its own till its
//	                                 lease is over, as it may be alive
//	a later life                     refused, for good
func (k *keeper) announce(now time.Duration, target string, in instance, t terms,
	wake chan struct{}) (*seat, error) {
	if err := k.checkAnnouncement(in, t); err != nil {
		return nil, err
	}
	s, err := k.service(target, false)
	if err != nil {
		return nil, err
	}
	defer k.forget(s) // if it is new and the instance is refused
	if k.streams >= k.config.MaxStreams {
		return nil, engine.Errorf(engine.ResourceExhausted, "%d streams are open", k.streams)
	}
	m, err := k.admit(now, s, in, t)
	if err != nil {
		return nil, err
	}
	st := k.sit(s, m, t.Epoch, wake)
	m.seat = st
	k.outdo(now, s, t.Epoch)
	st.claim = k.inGrace() && m.level >= levelLeased && m.since == 0 && t.Epoch > 0
	return st, nil
}

// admit gives the member that an instance is, or says why it cannot be one.
func (k *keeper) admit(now time.Duration, s *service, in instance, t terms) (*member, error) {
	old := s.members[in.ID]
	switch {
	case old == nil && s.elders[in.ID] == nil && len(s.members) >= k.config.MaxInstances:
		return nil, engine.Errorf(engine.ResourceExhausted,
			"the service has %d instances already", len(s.members))
	case old == nil:
	case in.Incarnation < old.Incarnation:
		return nil, engine.Errorf(Superseded, "incarnation %d of %q came later than %d",
			old.Incarnation, in.ID, in.Incarnation)
	case in.Incarnation == old.Incarnation && t.Key != old.key:
		return nil, engine.Errorf(Taken,
			"key: another process has the id %q, and its lease holds", in.ID)
	case in.Incarnation == old.Incarnation && t.Level != old.level:
		return nil, engine.Errorf(engine.InvalidArgument,
			"level %d is not the %d that it has come with", t.Level, old.level)
	case in.Incarnation == old.Incarnation:
		k.end(old.seat, engine.Errorf(engine.Cancelled, "the instance has come by another stream"))
		k.renew(now, old)
		if old.instance != in {
			old.instance = in
			k.spoil(now, s)
		}
		return old, nil
	default:
		k.supersede(old)
	}
	if elder := s.elders[in.ID]; elder != nil && in.Incarnation <= elder.Incarnation {
		return nil, engine.Errorf(Superseded, "incarnation %d of %q was here and has gone",
			elder.Incarnation, in.ID)
	}
	m := &member{instance: in, service: s, key: t.Key, level: t.Level, renewed: now}
	s.members[in.ID] = m
	k.leases.push(m)
	k.spoil(now, s)
	return m, nil
}

// supersede makes room for a later life of a member. Its lease goes on if there are slots that it
// may serve; it is not renewed any more.
func (k *keeper) supersede(old *member) {
	s := old.service
	k.end(old.seat, engine.Errorf(Superseded, "a later incarnation of %q has come", old.ID))
	if old.level >= levelLeased && s.elders[old.ID] == nil {
		delete(s.members, old.ID)
		s.elders[old.ID] = old
		return
	}
	k.drop(old)
}

// renew counts a lease from now on.
func (k *keeper) renew(now time.Duration, m *member) {
	m.renewed = max(now, m.renewed)
	k.leases.remove(m)
	k.leases.push(m)
}

// outdo makes the next edition later than one that somebody has seen and the keeper has not: from
// before its start, of which it has no state or an old one.
func (k *keeper) outdo(now time.Duration, s *service, epoch uint64) {
	if epoch > s.epoch {
		s.epoch = epoch
		k.spoil(now, s)
	}
}

// watch gives a stream that watches a service a seat.
func (k *keeper) watch(now time.Duration, target string, epoch uint64,
	wake chan struct{}) (*seat, error) {
	if err := k.checkEpoch(epoch); err != nil {
		return nil, err
	}
	if k.streams >= k.config.MaxStreams {
		return nil, engine.Errorf(engine.ResourceExhausted, "%d streams are open", k.streams)
	}
	s, err := k.service(target, true)
	if err != nil {
		return nil, err
	}
	st := k.sit(s, nil, epoch, wake)
	if s.shown == nil && s.next == nil {
		k.spoil(now, s) // there is nobody, and that has to be said
	}
	k.outdo(now, s, epoch)
	return st, nil
}
