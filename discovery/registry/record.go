package registry

import (
	"fmt"

	"github.com/leverrpc/lever/lb"
)

// record is what a state keeps of a service: its newest edition, and what it takes to go on from
// there.
type record struct {
	Target  string    `json:"target"`
	Epoch   uint64    `json:"epoch"`
	Members []sitting `json:"members"`          // none: only the epoch counts
	Ledger  []byte    `json:"ledger,omitempty"` // as lb.AppendLedger writes it
}

// sitting is a member in a record.
type sitting struct {
	Instance instance `json:"instance"`
	Key      string   `json:"key"`
	Level    int      `json:"level"`
	Since    uint64   `json:"since"`
	Elder    bool     `json:"elder,omitempty"`
}

// record gives what is to be saved of a service that has a next edition.
func (s *service) record() record {
	r := record{
		Target: s.target, Epoch: s.next.epoch, Members: []sitting{}, Ledger: s.next.ledger,
	}
	add := func(m *member, elder bool) {
		r.Members = append(r.Members, sitting{m.instance, m.key, m.level, m.since, elder})
	}
	for _, m := range s.members {
		add(m, false)
	}
	for _, m := range s.elders {
		add(m, true)
	}
	return r
}

// restore takes a service from a state. All of its members have a lease from now on: nobody knows
// when they were heard of last.
func (k *keeper) restore(r record) error {
	s, err := k.service(r.Target, false)
	if err != nil {
		return err
	}
	s.epoch, s.kept = r.Epoch, true
	for _, known := range r.Members {
		if err := checkInstance(known.Instance); err != nil {
			return fmt.Errorf("member %q: %w", known.Instance.ID, err)
		}
		m := &member{
			instance: known.Instance, service: s, key: known.Key, level: known.Level, since: known.Since,
		}
		in := s.members
		if known.Elder {
			in = s.elders
		}
		if in[m.ID] != nil {
			return fmt.Errorf("member %q is there twice", m.ID)
		}
		in[m.ID] = m
		k.leases.push(m)
	}
	if len(r.Ledger) > 0 {
		ledger, n, err := lb.ConsumeLedger(r.Ledger)
		if err == nil && n < len(r.Ledger) {
			err = fmt.Errorf("ledger: %d bytes too many", len(r.Ledger)-n)
		}
		if err != nil {
			return err
		}
		s.ledger = ledger
	}
	k.spoil(0, s)
	return nil
}
