package engine

import (
	"cmp"

	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/lb"
)

// domain says who owns the resources of a service by one view: the instance that the view's ledger
// names, or if it has none the one that hashing does. Immutable.
type domain struct {
	view   *View
	id     frame.View
	stamp  []byte     // id as an extension; nil: the view has no epoch, so nobody could use it
	home   *lb.Table  // where hashing has the resources; nil: nobody asked
	ledger *lb.Ledger // nil: home decides
	data   func(id string) any
}

// slotBits is the number of bits of a slot where hashing decides. Tests that make many tables take
// fewer.
var slotBits = lb.SlotBits

// newDomain makes the domain of a view from the one before, which may be nil: that saves most of
// the hashing. data gives what members carry. home asks for the table also if it does not decide.
func newDomain(view *View, before *domain, home bool, data func(id string) any) *domain {
	d := &domain{view: view, data: data}
	takers := takersOf(view, data)
	d.id = frame.View{Epoch: view.Epoch, Digest: lb.View{Members: takers}.Digest()}
	if view.Epoch != 0 {
		d.stamp = frame.AppendView(nil, d.id)
	}
	bits := slotBits
	if view.Owners != nil {
		bits = cmp.Or(view.Owners.Bits(), bits)
		d.ledger = view.Owners.With(func(m lb.Member) any { return data(m.ID) })
	}
	switch {
	case d.ledger != nil && !home:
	case before != nil && before.home != nil && before.home.Bits() == bits:
		d.home = before.home.Update(takers)
	default:
		d.home = lb.NewTable(takers, bits)
	}
	return d
}

// takersOf gives the members among which the resources are shared out: those that do not drain, or
// all if all do.
func takersOf(view *View, data func(id string) any) []lb.Member {
	takers := make([]lb.Member, 0, len(view.Instances))
	add := func(in *Instance) {
		m := in.member()
		m.Data = data(m.ID)
		takers = append(takers, m)
	}
	for in := range view.latest() {
		if !in.Draining {
			add(in)
		}
	}
	if len(takers) == 0 {
		for in := range view.latest() {
			add(in)
		}
	}
	return takers
}

// name is the instance's ID, or its address if it has none.
func (in *Instance) name() string { return cmp.Or(in.ID, in.Addr) }

// member is what package lb knows of an instance.
func (in *Instance) member() lb.Member {
	return lb.Member{
		ID: in.name(), Incarnation: in.Incarnation, Weight: in.Weight, Zone: in.Zone, Tier: in.Tier,
	}
}

// owner gives the member that owns a resource, and the epoch since which it has it if the view
// says that. Nil: nobody does.
func (d *domain) owner(resource string) (m *lb.Member, since uint64) {
	if d.ledger != nil {
		return d.ledger.Owner(resource)
	}
	return d.home.Owner(resource), 0
}

// slot gives the slot of a resource.
func (d *domain) slot(resource string) int {
	if d.ledger != nil && d.ledger.Bits() > 0 {
		return lb.SlotOf(resource, d.ledger.Bits())
	}
	return lb.SlotOf(resource, slotBits)
}
