package discovery

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/leverrpc/lever/engine"
)

// Registrar is for servers, in ServerConfig.Registrar, whose source they cannot write to, such as a
// file or DNS: somebody else announces the instances, and a server only watches, so as to check by
// the view which resources are its own. What it cannot do it either leaves to others or refuses:
//
//	Register   waits for the first view, and announces nothing
//	Lease      is never ok
//	Release    is an error: without a ledger the slots go by hashing
//	Drain      does nothing: callers learn of it on their connections
//	Leave      ends the watching; the instance stays in the view until it is taken out there
//
// Register gives an error if there is no view yet when ctx ends or patience does. It does not
// demand that the view has the instance: the source may learn of it later.
func (r *Resolver) Registrar() engine.Registrar { return spectator{r} }

type spectator struct{ resolver *Resolver }

// Register implements engine.Registrar.
func (s spectator) Register(ctx context.Context, target engine.URL,
	_ engine.Instance) (engine.Membership, error) {
	w, err := s.resolver.pin(target)
	if err != nil {
		return nil, err
	}
	if _, err := s.resolver.await(ctx, target); err != nil {
		s.resolver.unpin(w)
		return nil, err
	}
	return &seat{watch: w}, nil
}

// seat is a Membership that only watches.
type seat struct {
	watch *watch
	left  atomic.Bool
}

// View implements engine.Membership.
func (s *seat) View() *engine.View { return s.watch.view.Load() }

// Changed implements engine.Membership.
func (s *seat) Changed() <-chan struct{} { return s.watch.next() }

// Lease implements engine.Membership.
func (s *seat) Lease() (until time.Time, ok bool) { return time.Time{}, false }

// Release implements engine.Membership.
func (s *seat) Release(context.Context, uint64, []int) error {
	return fmt.Errorf("discovery: release slots of %s: the source grants no leases: %w",
		s.watch.target, errors.ErrUnsupported)
}

// Drain implements engine.Membership.
func (s *seat) Drain(context.Context) error { return nil }

// Leave implements engine.Membership.
func (s *seat) Leave(context.Context) error {
	if !s.left.Swap(true) {
		s.watch.resolver.unpin(s.watch)
	}
	return nil
}
