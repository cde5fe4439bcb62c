// Package etcd finds the instances of services in etcd, where they register themselves. It is a
// module of its own, so that only who uses it has etcd's client among its dependencies.
//
//	client, err := clientv3.New(clientv3.Config{Endpoints: …, DialKeepAliveTime: 5 * time.Second})
//	directory := etcd.New(client, etcd.Config{})
//	resolver := discovery.New(directory, discovery.Config{})   // for clients, and
//	registrar := directory.Registrar(resolver)                 // for servers
//
// # What is stored
//
// Each instance has a key, bound to a lease of its own; its value is the JSON text that package
// discovery has for instances:
//
//	/lever/prod:7400/bank/instances/bank-0   {"id":"bank-0","addr":"tcp://10.0.0.1:7400","weight":2}
//	└────┘ └───────┘ └──┘           └────┘
//	prefix  target  service    id, or the address if there is none, escaped as in the path of a URL
//
// Other keys below the service are passed over. A value that is malformed is an error, and while it
// is there the views stay as they were. An instance whose id another has taken with a later
// incarnation gives way; with an earlier one it is refused.
//
// # Views
//
// The epoch of a view is the revision of etcd that it was read at, or that changed it last. A
// member that is cut off from its peers, or does not answer, is an error; connections that die
// silently are found only if DialKeepAliveTime of the client is set. When etcd has forgotten
// the revisions that a watch needs, all is read again.
//
// # Leases
//
// An instance keeps its lease as long as it renews it, three times in Config.TTL. One that crashes
// is gone from the views when the TTL is over. One that could not reach etcd for so long registers
// again as soon as it can.
//
// Slots are not kept here. A keeper of a ledger may stand between a Directory and its Resolver as
// another Source, one that sets Owners of the views; then Lease of the members is ok and counts, and
// after a lease was lost it counts again from the first view that has the new registration.
// The keeper must have taken back what a lost lease held before it shows such a view.
//
// The package never closes the client that it was given.
package etcd
