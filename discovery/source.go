package discovery

import (
	"context"
	"errors"

	"github.com/leverrpc/lever/engine"
)

// Source tells which instances serve a service. A [Resolver] makes of it what clients and servers
// need: it asks once for all of them, restarts a source that has died, and shows only views that
// hold what [Check] demands. So a source needs neither patience nor memory of its own. Safe for
// concurrent use: each service has a Watch of its own.
type Source interface {
	// Watch calls emit with all instances of the service that target addresses: as soon as they
	// are known, and again whenever they have changed, or may have. It returns nil when ctx has
	// ended, and an error as soon as it can tell no more; a Resolver calls it again after a pause.
	// The target has no resource and no method.
	//
	// A view is a whole, never a difference to one before, and it is given: nothing that it refers
	// to may change any more. Emit must not be called by two goroutines at once, and not after
	// Watch has returned. It blocks for a moment at most.
	//
	// A source that cannot see must say so by an error and never by a view without instances. Only
	// one that knows that there are none may emit that. One that finds the name of the service
	// unknown, and cannot tell a mistake from the truth, returns [ErrNoService].
	Watch(ctx context.Context, target engine.URL, emit func(engine.View)) error
}

// ErrNoService is wrapped by the error of a Watch whose source is sure that it does not know the
// service. As a mistake is more probable than the sudden end of a service, the last view is kept
// for Config.Keep before it becomes an empty one.
var ErrNoService = errors.New("no such service")
