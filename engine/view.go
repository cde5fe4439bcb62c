package engine

import (
	"iter"

	"github.com/leverrpc/lever/lb"
)

// View is what is known of a service's instances at one moment. It is never changed: a new state
// is a new View.
type View struct {
	// Epoch orders the views of a source: of two, the higher one is newer. Zero: the source has no
	// order.
	Epoch uint64

	// Instances are those that serve, in any order. Of several with one ID the highest Incarnation
	// counts, and the others are as good as gone.
	Instances []Instance

	// Owners says which instance holds each slot of resources, where leases do: an instance keeps
	// what it has while it lives, whoever joins. Nil: the slots go by hashing, and move with the
	// set of instances.
	Owners *lb.Ledger
}

// latest gives the instances, without earlier lives of those that have been started again.
func (v *View) latest() iter.Seq[*Instance] {
	return func(yield func(*Instance) bool) {
		newest := make(map[string]uint64, len(v.Instances))
		for i := range v.Instances {
			in := &v.Instances[i]
			newest[in.name()] = max(newest[in.name()], in.Incarnation)
		}
		for i := range v.Instances {
			if in := &v.Instances[i]; in.Incarnation == newest[in.name()] && !yield(in) {
				return
			}
		}
	}
}

// Instance is one process that serves a service.
type Instance struct {
	// ID tells instances apart, also such that have one address in turn. Empty: the address.
	ID string
	// Incarnation tells apart the lives of an instance that keeps its ID when it is started again.
	Incarnation uint64
	// Addr is where it listens, in the form that Server.Listen takes.
	Addr string
	// Weight is its share of the calls relative to the others. Zero and negative mean 1, more than
	// lb.MaxWeight is lb.MaxWeight.
	Weight int
	// Zone is where it runs. Empty: anywhere.
	Zone string
	// Tier orders groups of instances: those of tier 1 are called when less than half of tier 0
	// can be. Negative means 0.
	Tier int
	// Draining says that it finishes what it has and wants no new calls.
	Draining bool
}
