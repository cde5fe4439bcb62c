package registry

import (
	"fmt"
	"time"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/lb"
)

// keeper is the registry as a state machine: commands change it, and what they lead to is taken
// from it afterwards.
//
//	announce, obey, watch, hangUp ──▶ keeper ──due──▶ editions to save ──publish──▶ seats ──take──▶
//
// Time is an argument that never goes back. Owned by whoever holds Registry.mu.
type keeper struct {
	config   Config
	bits     int           // of a slot
	base     uint64        // the wall clock when it began, in µs
	floor    uint64        // services that are new have higher epochs
	graceEnd time.Duration // zero: there is none, or it is over
	looked   time.Duration // when due was asked last

	services map[string]*service // by target
	dirty    map[*service]struct{}
	leases   queue
	streams  int
	touched  []*seat // those for which there may be something to take
}

// service is what the keeper knows of one service.
type service struct {
	target  string
	epoch   uint64             // of the newest edition, also if that is not shown yet
	members map[string]*member // by id
	// elders are earlier lives of members, by id, whose leases hold. They are shown to nobody, but
	// keep their slots: nobody knows that they have died.
	elders map[string]*member
	seats  map[*seat]struct{}

	ledger   *lb.Ledger // nil: nobody takes slots
	table    *lb.Table
	released map[int]bool // since the newest edition
	lost     bool         // the last member went without a word
	kept     bool         // it has had members, so a state has to have it

	shown   *edition      // nil: none yet
	next    *edition      // has to be saved before it is shown
	dirtyAt time.Duration // when the next edition may be made, if the service is dirty
	shownAt time.Duration
	pace    bucket
}

// member is an instance with a lease.
type member struct {
	instance
	service    *service
	key        string
	level      int
	seat       *seat  // nil: its stream is broken
	since      uint64 // the first epoch that has it; zero: none has
	renewed    time.Duration
	prev, next *member // in the queue of leases
}

// Views of a service that changes all the time: so many at once, then so many each second, if few
// streams are told of them. Each viewCheap streams more make a view count as one more, up to
// viewCostMax: then there are 20 views at once, and two each second.
const (
	viewBurst     = 100
	viewPerSecond = 10
	viewCheap     = 64
	viewCostMax   = 5
)

// pauseMax is how long nobody may look at the keeper before that counts as a pause of the whole
// process, in which no renewal could be heard.
const pauseMax = 2 * time.Second

// newKeeper makes a keeper whose time begins at zero. wall is the wall clock then. known are the
// services that a state has; nil: there is none, so there may be leases that nobody has written
// down.
func newKeeper(config Config, wall time.Time, known []record) (*keeper, error) {
	k := &keeper{
		config: config, bits: lb.SlotBits, base: uint64(wall.UnixMicro()),
		services: map[string]*service{}, dirty: map[*service]struct{}{},
	}
	if known == nil {
		k.floor, k.graceEnd = k.base, config.Grace
		return k, nil
	}
	for _, r := range known {
		k.floor = max(k.floor, r.Epoch)
		if len(r.Members) == 0 {
			continue
		}
		if err := k.restore(r); err != nil {
			return nil, fmt.Errorf("%s: %w", r.Target, err)
		}
	}
	return k, nil
}

// service gives a service, which is new if the registry did not know it. watch says that it is
// only watched.
func (k *keeper) service(target string, watch bool) (*service, error) {
	if s := k.services[target]; s != nil {
		return s, nil
	}
	most := k.config.MaxServices
	if watch {
		most = (most + 1) / 2
	}
	if len(k.services) >= most {
		return nil, engine.Errorf(engine.ResourceExhausted,
			"target: %d services are known already", len(k.services))
	}
	s := &service{
		target: target, epoch: k.floor, lost: true,
		members: map[string]*member{}, elders: map[string]*member{}, seats: map[*seat]struct{}{},
		released: map[int]bool{},
		pace:     bucket{burst: viewBurst, perSecond: viewPerSecond},
	}
	k.services[target] = s
	return s, nil
}

// forget drops a service that nobody needs any more.
func (k *keeper) forget(s *service) {
	_, dirty := k.dirty[s]
	if len(s.members)+len(s.elders)+len(s.seats) > 0 || dirty || s.next != nil {
		return
	}
	k.floor = max(k.floor, s.epoch)
	delete(k.services, s.target)
}

// inGrace says that there may be leases of which the keeper knows nothing.
func (k *keeper) inGrace() bool { return k.graceEnd > 0 }

// drop ends a member's lease.
func (k *keeper) drop(m *member) {
	s := m.service
	k.leases.remove(m)
	if m.seat != nil {
		m.seat.member, m.seat = nil, nil
	}
	if s.elders[m.ID] == m {
		delete(s.elders, m.ID)
	} else {
		delete(s.members, m.ID)
	}
}

// touch notes that there may be something to take for a seat.
func (k *keeper) touch(s *seat) {
	if !s.touched {
		s.touched = true
		k.touched = append(k.touched, s)
	}
}

// takeTouched gives the seats for which there may be something to take since it was asked last.
func (k *keeper) takeTouched() []*seat {
	all := k.touched
	k.touched = nil
	for _, s := range all {
		s.touched = false
	}
	return all
}

// view gives the newest edition of a service; nil: it has none.
func (k *keeper) view(target string) *edition {
	if s := k.services[target]; s != nil {
		return s.shown
	}
	return nil
}
