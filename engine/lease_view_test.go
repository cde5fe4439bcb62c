package engine

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/lb"
)

// seat is a membership that the test sets by hand; nothing tells of a change.
type seat struct {
	Membership
	view  *View
	until time.Time
}

func (s *seat) View() *View              { return s.view }
func (s *seat) Lease() (time.Time, bool) { return s.until, true }

func (s *seat) Register(context.Context, URL, Instance) (Membership, error) { return s, nil }

// TestALeaseCountsWithItsView: an instance whose lease was over gets another, and with it a view by
// which its slots have gone to others meanwhile.
func TestALeaseCountsWithItsView(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		members := []lb.Member{{ID: "a", Incarnation: 1}, {ID: "b", Incarnation: 1}}
		var ledgers [2]*lb.Ledger
		views := [2]*View{}
		for i, m := range members {
			only := []lb.Member{m}
			ledgers[i] = new(lb.Ledger).Update(uint64(i+1), only, lb.NewTable(only, 4), nil)
			views[i] = &View{Epoch: uint64(i + 1), Owners: ledgers[i], Instances: []Instance{
				{ID: m.ID, Incarnation: 1, Addr: "tcp://" + m.ID + ":1"}}}
		}
		place := &seat{view: views[0], until: time.Now().Add(time.Second)}
		s := NewServer(ServerConfig{Service: "bank", Env: "test", Registrar: place,
			Self: Instance{ID: "a", Incarnation: 1}})
		c := s.custody
		c.member = place
		c.renew()
		c.learn()
		refusal := func() *Error {
			s.residents.mu.Lock()
			defer s.residents.mu.Unlock()
			_, e := c.check("letter", 0)
			return e.refusal
		}
		if e := refusal(); e != nil {
			t.Errorf("with a lease on all slots: %v", e)
		}
		time.Sleep(time.Second)
		if e := refusal(); e == nil || e.Code != NotLeased {
			t.Errorf("after the lease: %v", e)
		}
		place.view, place.until = views[1], time.Now().Add(time.Second)
		if !c.renew() {
			t.Error("the new lease does not hold")
		}
		if e := refusal(); e == nil || e.Code != WrongOwner {
			t.Errorf("with a lease on nothing: %v", e)
		}
	})
}
