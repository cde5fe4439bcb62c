package engine

import (
	"context"
	"time"
)

// Registrar makes a server known to those who call its service. Safe for concurrent use.
type Registrar interface {
	// Register announces an instance of the service that target addresses. It gives an error if
	// that could not be done until ctx ends; what comes later is the Membership's own concern.
	Register(ctx context.Context, target URL, self Instance) (Membership, error)
}

// Membership is an instance's place among those that serve its service. Safe for concurrent use.
type Membership interface {
	// View gives the newest known view, at once. It is never nil. The instance itself may be
	// missing from it: then others do not know it yet, or not any more.
	View() *View

	// Changed gives a channel that is closed as soon as View gives another view. Take it before
	// View, so as to miss nothing.
	Changed() <-chan struct{}

	// Lease gives the time until which the instance may serve the slots that View.Owners has for
	// it. The time counts from when the last renewal was sent, less a margin for clocks that do
	// not run alike, and compares by the monotonic clock. A lease that the source has ended is
	// followed by another only when View tells what the end has changed. It is not ok if the
	// source grants no leases: the view alone then says who owns what.
	Lease() (until time.Time, ok bool)

	// Release gives slots back, of which the instance has already stopped to serve the resources.
	// Once it has returned without an error they belong to others. Only what the instance has held
	// since epoch, that of the view which made it decide, or since before is meant: so a Release
	// that comes late, or twice, takes nothing away that the instance was given again meanwhile.
	Release(ctx context.Context, epoch uint64, slots []int) error

	// Drain makes callers send their new calls elsewhere. The instance keeps its lease.
	Drain(ctx context.Context) error

	// Leave ends the membership and the lease. What the instance still held is free at once, so
	// nothing of it may run any more. The Membership is of no use afterwards.
	Leave(ctx context.Context) error
}
