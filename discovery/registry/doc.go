// Package registry is a registry of the instances of services that needs nothing else: a service of
// Lever's own protocol, to which instances announce themselves and which clients watch. It grants
// leases on slots of resources, so that each resource has one owner and stays with it.
//
//	reg, err := registry.New(registry.Config{State: "/var/lib/lever/registry"})
//	srv := engine.NewServer(engine.ServerConfig{Service: registry.Service, MaxWait: -1})
//	err = errors.Join(err, srv.Add(reg.Handlers()...), srv.Listen("tcp://:7401"))
//
// MaxWait is off, because a lease that is renewed late is better than one that is not.
//
// A [Client] is the other side: a discovery.Source for clients, an engine.Registrar for servers.
//
//	conn, err := engine.NewClient(engine.ClientConfig{Addrs: []string{"tcp://registry:7401"}})
//	c := registry.NewClient(conn, registry.ClientConfig{})
//	resolver := discovery.New(c, discovery.Config{})
//
// # How it is made
//
//	 orders  ┌──────────┐ command  ┌────────┐ changes  ┌───────┐
//	────────▶│ Registry │─────────▶│ keeper │─────────▶│ store │
//	◀────────│ (shell)  │◀─────────│ (pure) │◀─────────│       │
//	 notices └──────────┘  notes   └────────┘  saved   └───────┘
//
// The keeper is what decides: a state machine without I/O, whose time is an argument. It makes a
// change of a service an edition, with an epoch that is higher by one; the store writes it down;
// and only then anybody is told. What waits to be told to a stream is bounded: numbers, and the
// newest edition, however slowly the other side reads.
//
// # What instances can rely on
//
// A lease lasts Config.TTL after the registry has heard of its instance, and the instance counts
// Config.Margin less, from when it spoke. A slot goes to another when its owner has released it, has
// left, or when its lease is over, and not before. A stream that breaks ends no lease: whoever comes
// back in time, with the key that it came with first, is the same instance.
//
// After a start without a state to go by, the registry may have granted leases of which it knows
// nothing. For the time of one lease, the grace, it gives nothing to anybody but those who say that
// they hold it, and whoever has a view keeps it; new callers are shown who has come back so far.
// Its epochs begin at the wall clock's microseconds, so that they are higher than before. With a
// state there is no such time: all are there again who were, with a new lease of the full time to
// come back.
//
// # Limits
//
// There is one registry, not a group that votes: while it is away callers keep the views that they
// have, and instances serve resources until their leases end. Two that serve the same instances at
// once would be two truths.
//
// Whoever can reach it can announce and read everything. Keep others out by TLS and by the
// server's interceptor.
package registry
