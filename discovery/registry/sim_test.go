package registry

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/leverrpc/lever/lb"
	"github.com/leverrpc/lever/wire"
)

// simulation is a keeper and a fleet on one virtual clock: messages take their time, streams break,
// instances die, stop for a while and have slow clocks, and the keeper starts anew. What the fleet
// does is the least that SPEC.md, 21 allows.
type simulation struct {
	t      *testing.T
	rng    *rand.Rand
	config Config
	begun  time.Time
	now    time.Duration // since begun
	start  time.Duration // of the present keeper
	keeper *keeper
	saved  map[string]record // nil: there is no state
	lives  map[string]uint64 // incarnations, by id
	actors []*actor

	// What a dumb observer notes of everything that happens.
	heard  map[string]time.Duration // when the keeper last heard of a life
	gave   map[string]map[int]bool  // slots that a life has given up
	gone   map[string]bool          // lives that have left
	owners map[int]string           // the life that was shown as the owner
	fences map[int]uint64           // the highest since by which a slot was served
	epoch  uint64                   // the newest that was shown
	served int                      // how often somebody served
	moves  int
}

// actor is one life of an instance.
type actor struct {
	instance
	key     string
	dead    bool
	stopped time.Duration // the end of a pause
	rate    float64       // of its clock, relative to the keeper's
	born    time.Duration

	epoch  uint64
	ledger *lb.Ledger
	given  map[int]uint64
	until  time.Duration // on its own clock

	seat  *seat // nil: it has no stream
	seq   uint64
	sent  map[uint64]time.Duration
	next  time.Duration // when it speaks, or tries to come back
	up    []parcel      // to the keeper
	down  []parcel      // from it
	leave bool
}

// parcel is a message under way.
type parcel struct {
	at     time.Duration
	order  order
	notice notice
}

func (a *actor) life() string { return fmt.Sprint(a.ID, "/", a.Incarnation) }

// clock is the actor's own time.
func (s *simulation) clock(a *actor) time.Duration {
	return time.Duration(float64(s.now-a.born) * a.rate)
}

const simBits = 4

func newSimulation(t *testing.T, seed uint64, state bool) *simulation {
	s := &simulation{
		t: t, rng: rand.New(rand.NewPCG(seed, 1)), config: Config{Logger: quiet()}.filled(),
		begun: time.UnixMicro(1e15), lives: map[string]uint64{},
		heard: map[string]time.Duration{}, gave: map[string]map[int]bool{}, gone: map[string]bool{},
		owners: map[int]string{}, fences: map[int]uint64{},
	}
	if state {
		s.saved = map[string]record{}
	}
	s.restart()
	return s
}

// restart ends the keeper, and all streams with it, and starts another.
func (s *simulation) restart() {
	var known []record
	if s.saved != nil && s.keeper != nil {
		known = []record{}
	}
	for _, r := range s.saved {
		known = append(known, r)
	}
	k, err := newKeeper(s.config, s.begun.Add(s.now), known)
	if err != nil {
		s.t.Fatal(err)
	}
	k.bits = simBits
	s.keeper, s.start = k, s.now
	for _, a := range s.actors {
		s.hangUp(a)
	}
}

func (s *simulation) hangUp(a *actor) {
	a.seat, a.up, a.down, a.next = nil, nil, nil, s.now+s.upTo(500*time.Millisecond)
}

func (s *simulation) upTo(d time.Duration) time.Duration {
	return time.Duration(s.rng.Int64N(int64(d)))
}

func (s *simulation) chance(part float64) bool { return s.rng.Float64() < part }

// run lets some time pass.
func (s *simulation) run(d time.Duration, trouble bool) {
	const step = 20 * time.Millisecond
	crash := 0.01
	if s.saved == nil { // each costs the time of a grace
		crash = 0.001
	}
	for end := s.now + d; s.now < end; s.now += step {
		if trouble {
			s.trouble()
		}
		for _, a := range s.actors {
			if !a.dead && s.now >= a.stopped {
				s.act(a)
			}
			for len(a.up) > 0 && a.up[0].at <= s.now && a.seat != nil {
				s.deliver(a, a.up[0].order)
			}
		}
		k := s.keeper
		changed := k.due(s.now - s.start)
		for _, c := range changed {
			if s.saved != nil {
				s.saved[c.target] = c.record()
			}
		}
		if s.chance(crash) && trouble {
			s.restart() // saved, and shown to nobody
			continue
		}
		k.publish(s.now-s.start, changed)
		for _, c := range changed {
			s.inspect(c)
		}
		for _, a := range s.actors {
			s.fetch(a)
		}
		s.observe()
	}
}

// trouble does what goes wrong in a fleet.
func (s *simulation) trouble() {
	switch {
	case s.chance(0.004) && len(s.alive()) < 4:
		s.join(fmt.Sprint("i", s.rng.IntN(6)))
	case len(s.actors) == 0:
	case s.chance(0.03):
		a := s.actors[s.rng.IntN(len(s.actors))]
		switch s.rng.IntN(12) {
		case 0, 1, 2:
			if a.seat != nil {
				s.keeper.hangUp(a.seat)
				s.hangUp(a)
			}
		case 3:
			a.dead = true
		case 4:
			a.stopped = s.now + s.upTo(15*time.Second)
		case 5, 6, 7, 8:
			s.release(a)
		case 9:
			s.say(a, order{Op: opDrain})
		case 10:
			a.leave, a.until = true, 0
			s.say(a, order{Op: opLeave})
		}
	}
}

func (s *simulation) alive() (all []*actor) {
	for _, a := range s.actors {
		if !a.dead {
			all = append(all, a)
		}
	}
	return all
}

// join starts an instance. One with its id is dead, or believes to be alive.
func (s *simulation) join(id string) {
	s.lives[id]++
	skew := float64(s.config.Margin) / float64(s.config.TTL) / 2
	a := &actor{
		instance: instance{ID: id, Incarnation: s.lives[id], Addr: "tcp://" + id + ":1"},
		key:      fmt.Sprintf("%016d", s.rng.Uint64()>>12), born: s.now, next: s.now,
		rate: 1 + (2*s.rng.Float64()-1)*skew, given: map[int]uint64{},
	}
	s.actors = append(s.actors, a)
}

// release stops to serve some slots, and gives them up.
func (s *simulation) release(a *actor) {
	o := order{Op: opRelease, Epoch: a.epoch}
	for slot := range 1 << simBits {
		if since, ok := a.holds(slot); ok && s.chance(0.3) {
			a.given[slot] = since
			o.Slots = append(o.Slots, slot)
		}
	}
	s.say(a, o)
}

func (a *actor) holds(slot int) (since uint64, ok bool) {
	if a.ledger == nil {
		return 0, false
	}
	owner, since := a.ledger.OwnerOf(slot)
	return since, owner != nil && owner.ID == a.ID && owner.Incarnation == a.Incarnation
}

// act does what an instance does by itself: it comes back, and renews.
func (s *simulation) act(a *actor) {
	for len(a.down) > 0 && a.down[0].at <= s.now {
		s.learn(a, a.down[0].notice)
		a.down = a.down[1:]
	}
	switch {
	case s.now < a.next:
	case a.seat != nil:
		s.say(a, order{Op: opRenew})
		for slot := range a.given {
			s.say(a, order{Op: opRelease, Epoch: a.epoch, Slots: []int{slot}})
		}
	case a.leave:
		a.dead = true
	default:
		s.announce(a)
	}
}

func (s *simulation) announce(a *actor) {
	a.next = s.now + s.upTo(2*time.Second)
	t := terms{Key: a.key, Level: levelLeased, Epoch: a.epoch}
	st, err := s.keeper.announce(s.now-s.start, "lever://test/bank", a.instance, t, nil)
	if err != nil {
		if e := a.life(); s.lives[a.ID] == a.Incarnation && !s.gone[e] {
			s.t.Fatalf("%v: %s is refused: %v", s.now, e, err)
		}
		a.dead = true // a later life has come
		return
	}
	s.heard[a.life()] = s.now
	a.seat, a.seq, a.up, a.down = st, 0, nil, nil
	a.sent = map[uint64]time.Duration{0: s.clock(a)}
}

// say sends an order.
func (s *simulation) say(a *actor, o order) {
	if a.dead || a.seat == nil || s.now < a.stopped {
		return
	}
	a.seq++
	o.Seq = a.seq
	a.sent[o.Seq] = s.clock(a)
	at := s.now + s.upTo(time.Second)
	if n := len(a.up); n > 0 {
		at = max(at, a.up[n-1].at)
	}
	a.up = append(a.up, parcel{at: at, order: o})
	a.next = s.now + s.config.TTL/3
}

// deliver gives an order to the keeper.
func (s *simulation) deliver(a *actor, o order) {
	a.up = a.up[1:]
	life := a.life()
	for _, slot := range o.Slots {
		if s.gave[life] == nil {
			s.gave[life] = map[int]bool{}
		}
		s.gave[life][slot] = true
	}
	if err := s.keeper.obey(s.now-s.start, a.seat, o); err != nil {
		s.keeper.end(a.seat, err)
		return
	}
	s.heard[life] = s.now
	if o.Op == opLeave {
		s.gone[life] = true
	}
}

// fetch takes what the keeper has for an actor.
func (s *simulation) fetch(a *actor) {
	if a.seat == nil {
		return
	}
	n, ok, err := s.keeper.takeNotice(a.seat)
	if err != nil {
		s.keeper.hangUp(a.seat)
		s.hangUp(a)
		return
	}
	if ok {
		at := s.now + s.upTo(time.Second)
		if n := len(a.down); n > 0 {
			at = max(at, a.down[n-1].at)
		}
		a.down = append(a.down, parcel{at: at, notice: n})
	}
}

// learn takes a notice.
func (s *simulation) learn(a *actor, n notice) {
	if len(n.View) > 0 {
		var v view
		if err := wire.Unmarshal(n.View, &v); err != nil {
			s.t.Fatal(err)
		}
		shown, err := v.decode()
		if err != nil {
			s.t.Fatal(err)
		}
		if v.Epoch > a.epoch {
			a.epoch, a.ledger = v.Epoch, shown.Owners
		}
		for slot, at := range a.given {
			if since, ok := a.holds(slot); !ok || since != at {
				delete(a.given, slot)
			}
		}
	}
	if n.LeaseMS > 0 && !a.leave {
		a.until = a.sent[n.Ack] + millis(n.LeaseMS)
	}
	if n.Claim && s.clock(a) < a.until {
		o := order{Op: opClaim, Epoch: a.epoch}
		for slot := range 1 << simBits {
			if since, ok := a.holds(slot); ok && a.given[slot] != since {
				o.Held = append(o.Held, tenure{since, []int{slot}})
			}
		}
		s.say(a, o)
	}
}
