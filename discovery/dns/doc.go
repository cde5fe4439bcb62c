// Package dns finds the instances of services in the domain name system, by records of addresses or
// by SRV records.
//
//	              asks for                          an instance is
//	[Hosts]       A, AAAA   bank.prod               an address, at the port of the target
//	[Services]    SRV       _lever._tcp.bank.prod   a record: host and port, its weight and
//	                                                its priority, as weight and tier
//
// These are the names for the target lever://prod/bank; Config.Name makes others. In Kubernetes
// they are right as they are for a headless service bank of the namespace prod, with a port that
// is named lever.
//
//	resolver := discovery.New(dns.Hosts(dns.Config{}), discovery.Config{})
//
// # When it asks
//
// DNS tells no one of a change, so the name is looked up again when the answer is too old: after the
// shortest TTL in it, but not before a second and not after 30 of them, and a little later than
// that, so that callers spread. net.Resolver keeps the TTL to itself, but Go's own implementation of
// it can be listened to as it reads the answers. Where nothing can be heard, as of an answer from
// the hosts file, the pause grows from 1s to 30s while nothing changes.
//
// # When there is no answer
//
// An error of any kind leaves the last view as it is. That the name does not exist, or has no such
// records, is an error too at first, because more often the zone is wrong than a service has ended:
// it is discovery.ErrNoService, and the view becomes empty if that stays so for Config.Keep of the
// resolver, 5 minutes. SRV says of a service that has ended for good that its host is the root, ".",
// and that is believed at once.
//
// The package never takes part of an answer for the whole: if one of two questions fails both do,
// and an answer that is cut is none, though Go's resolver gives what it could read of it.
package dns
