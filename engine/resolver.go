package engine

import (
	"context"
	"errors"
	"net"
	"strconv"

	"github.com/leverrpc/lever/engine/transport"
)

// Resolver tells a client which instances serve a service. It must be safe for concurrent use.
type Resolver interface {
	// Resolve gives the instances of the service that target addresses, as they are now known.
	// It is called for every call, so it must answer at once; only while it knows nothing of a
	// service may it wait, until ctx ends. As long as nothing has changed it gives the same View.
	// A View without instances means that there are none.
	Resolve(ctx context.Context, target URL) (*View, error)
}

// Static is a Resolver of fixed addresses, which serve every service.
func Static(addrs ...string) (Resolver, error) {
	view := new(View)
	for _, a := range addrs {
		if _, err := transport.ParseAddr(a); err != nil {
			return nil, err
		}
		view.Instances = append(view.Instances, Instance{Addr: a})
	}
	if len(addrs) == 0 {
		return nil, errors.New("engine: no address")
	}
	return fixed{view}, nil
}

// fixed gives the same view for everything.
type fixed struct{ view *View }

func (f fixed) Resolve(context.Context, URL) (*View, error) { return f.view, nil }

// hostOf is the Resolver for clients that were told of no instances: the environment is the host.
func hostOf(target URL, scheme string) Resolver {
	addr := scheme + "://" + net.JoinHostPort(target.Env, strconv.Itoa(target.Port))
	return fixed{&View{Instances: []Instance{{Addr: addr}}}}
}
