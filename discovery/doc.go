// Package discovery finds the instances of services, for clients that call them and servers that
// share resources among themselves.
//
// A [Source] knows how to ask one kind of directory; the packages below have some. A [Resolver]
// makes an engine.Resolver of it:
//
//	Source ──emit──▶ sieve ──────▶ view (one atomic pointer) ──Resolve──▶ every call
//	  ▲               │ checks, debounces, holds
//	  └── restart ────┘
//	      after a pause, when it has died
//
//	resolver := discovery.New(source, discovery.Config{})
//	client, err := engine.NewClient(engine.ClientConfig{Resolver: resolver})
//
// # What callers can rely on
//
//   - A service is watched once, however many clients ask for it, and from the first question on.
//     Resolve allocates nothing, takes no lock, and waits only while nothing is known.
//   - A source that dies, or tells something malformed, changes nothing: callers keep the last good
//     view, for ever if need be, and [Resolver.State] says why. Only a source that knows that a
//     service has no instances makes it empty.
//   - A view is shown whole or not at all. [Check] says what is malformed. Where views have epochs
//     they never go back. So a directory that was set back, such as a restored backup, must come
//     with higher epochs than before; until then its views are refused.
//   - An instance that leaves the view gets no new calls; those that it has may end.
//
// # Goroutines
//
// A service that is watched has two goroutines, until nobody has asked for it in Config.Idle or the
// Resolver is closed. Close waits for them, and so for the source: Watch must end with its context.
//
// The package never changes a view that it was given or has shown, never makes one up from two, and
// keeps nothing on disk.
package discovery
