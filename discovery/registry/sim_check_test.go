package registry

import (
	"fmt"
	"testing"
	"time"

	"github.com/leverrpc/lever/lb"
)

// inspect looks at an edition that is shown: nobody may lose a slot without a reason, and epochs
// rise by one.
func (s *simulation) inspect(c *service) {
	e := c.shown
	if e.epoch != s.epoch+1 && s.epoch != 0 && s.now-s.start > time.Second && s.epoch > s.keeper.base {
		s.t.Fatalf("%v: epoch %d comes after %d", s.now, e.epoch, s.epoch)
	}
	if e.epoch <= s.epoch && !s.keeper.inGrace() {
		s.t.Fatalf("%v: epoch %d comes after %d", s.now, e.epoch, s.epoch)
	}
	s.epoch = max(s.epoch, e.epoch)
	if len(e.ledger) == 0 {
		return
	}
	ledger, _, err := lb.ConsumeLedger(e.ledger)
	if err != nil {
		s.t.Fatal(err)
	}
	for slot := range 1 << simBits {
		to := ""
		if owner, _ := ledger.OwnerOf(slot); owner != nil {
			to = fmt.Sprint(owner.ID, "/", owner.Incarnation)
		}
		from := s.owners[slot]
		if to == from {
			continue
		}
		if from != "" && s.inDanger(from, slot) && to != "" {
			s.t.Fatalf("%v: slot %d goes from %s to %s: it was heard %v ago", s.now, slot, from, to,
				s.now-s.heard[from])
		}
		if to != "" {
			delete(s.gave[to], slot)
			s.moves++
			s.owners[slot] = to
		}
	}
}

// inDanger says that a life may still serve a slot that it was given, or ought to: with a state it
// keeps what it has whatever happens to the keeper, without one if its lease bears that.
func (s *simulation) inDanger(life string, slot int) bool {
	for _, a := range s.actors {
		if a.life() == life && s.serves(a, slot) {
			return true
		}
	}
	return s.saved != nil && !s.gave[life][slot] && !s.gone[life] &&
		s.now-s.heard[life] < s.config.TTL
}

// serves says that an instance would run a call on a resource of this slot.
func (s *simulation) serves(a *actor, slot int) bool {
	since, ok := a.holds(slot)
	return ok && !a.dead && s.now >= a.stopped && a.given[slot] != since && s.clock(a) < a.until
}

// observe looks at who serves what: never two at once, and never by an older right.
func (s *simulation) observe() {
	for slot := range 1 << simBits {
		var by *actor
		for _, a := range s.actors {
			if !s.serves(a, slot) {
				continue
			}
			since, _ := a.holds(slot)
			if by != nil {
				s.t.Fatalf("%v: slot %d is served by %s and %s", s.now, slot, by.life(), a.life())
			}
			if since < s.fences[slot] {
				s.t.Fatalf("%v: slot %d is served by %s with fence %d after %d", s.now, slot, a.life(),
					since, s.fences[slot])
			}
			by, s.fences[slot] = a, since
			s.served++
		}
	}
}

func TestOneOwnerAtATime(t *testing.T) {
	seeds := uint64(100)
	if testing.Short() {
		seeds = 10
	}
	for _, state := range []bool{true, false} {
		served, moves := 0, 0
		for seed := range seeds {
			t.Run(fmt.Sprintf("state=%v/seed=%d", state, seed), func(t *testing.T) {
				s := newSimulation(t, seed, state)
				s.run(2*time.Minute, true)
				s.run(time.Minute, false)
				s.calm()
				served += s.served
				moves += s.moves
			})
		}
		t.Logf("state=%v: slots were served at %d looks, and given %d times", state, served, moves)
	}
}

// calm demands that after a minute without trouble everybody who lives serves, and everything is
// served.
func (s *simulation) calm() {
	all := 0
	for _, a := range s.alive() {
		if a.seat == nil || a.seat.over != nil {
			s.t.Errorf("%s has no stream", a.life())
		}
		for slot := range 1 << simBits {
			if s.serves(a, slot) {
				all++
			}
		}
	}
	draining := true
	for _, a := range s.alive() {
		m := s.keeper.services["lever://test/bank"].members[a.ID]
		draining = draining && (m == nil || m.Draining)
	}
	if all < 1<<simBits && !draining {
		s.t.Errorf("%d of %d slots are served by %d instances", all, 1<<simBits, len(s.alive()))
	}
}
