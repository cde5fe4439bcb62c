// Package discoverytest is the test that every discovery.Source should pass. It asks the source
// through a discovery.Resolver, as clients do, and looks at what the source tells it too.
//
// An author makes a [World]: the source, and functions that change what it sees as those would who
// write to the directory behind it, or break it.
//
//	func TestSource(t *testing.T) {
//		discoverytest.RunVirtual(t, func(t *testing.T) discoverytest.World {
//			…
//			return discoverytest.World{Source: source, Target: target, Set: write, Break: remove}
//		})
//	}
//
// RunVirtual runs in a bubble of testing/synctest, where hours take no time: for sources that wait
// only for timers, and for connections in memory. Run is for the others.
//
// The package never talks to a network of its own accord.
package discoverytest
