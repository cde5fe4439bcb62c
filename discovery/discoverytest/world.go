package discoverytest

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/discovery"
	"github.com/leverrpc/lever/engine"
)

// World is a source under test with the means to change what it sees. The functions return when
// the change is made, which is before the source has seen it.
type World struct {
	// Source is what is tested, and Target the service that it is asked for.
	Source discovery.Source
	Target engine.URL

	// Set makes these the instances of the service. They listen at port 7400 of hosts from
	// 192.0.2.0/24, which nobody dials. Nil: the instances are always those of Fixed.
	Set   func(instances []engine.Instance) error
	Fixed []engine.Instance

	// Seen is what the source tells of an instance, for sources that cannot express all of it.
	// Nil: everything.
	Seen func(engine.Instance) engine.Instance

	// Break makes the source blind, and Mend makes it see what it saw before. Nil: it cannot be
	// blind.
	Break, Mend func() error

	// Spoil makes what the source sees malformed, or as if it were half written, until the next
	// Set. Nil: that cannot happen.
	Spoil func() error

	// Crash ends an instance that was Set as kill -9 would, and TTL is the time of its lease. Nil:
	// there are no leases.
	Crash func(id string) error
	TTL   time.Duration

	// Ordered says that the views have epochs.
	Ordered bool

	// Visible is how soon a change must be shown. Zero: 2s.
	Visible time.Duration
}

// Run makes a new world for each test, and runs the tests one after another.
func Run(t *testing.T, world func(*testing.T) World) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.run(enter(t, world(t), false)) })
	}
}

// RunVirtual is Run in virtual time. The worlds are made in the bubble too, so everything that
// they start must have ended when the test has, after t.Cleanup.
func RunVirtual(t *testing.T, world func(*testing.T) World) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { c.run(enter(t, world(t), true)) })
		})
	}
}

// visit is one test in its world, with a resolver and a member who watches.
type visit struct {
	*testing.T
	World
	virtual  bool
	spy      *spy
	resolver *discovery.Resolver
	member   engine.Membership // nil before the first look
}

// backoff bounds the pauses after failures here, so that a mended source is soon asked.
const backoff = time.Second

func enter(t *testing.T, w World, virtual bool) *visit {
	t.Helper()
	if w.Visible == 0 {
		w.Visible = 2 * time.Second
	}
	if w.Seen == nil {
		w.Seen = func(in engine.Instance) engine.Instance { return in }
	}
	v := &visit{T: t, World: w, virtual: virtual, spy: &spy{source: w.Source}}
	v.resolver = discovery.New(v.spy, discovery.Config{Backoff: backoff, Logger: quiet(t)})
	t.Cleanup(func() {
		if err := v.resolver.Close(); err != nil {
			t.Error(err)
		}
	})
	return v
}

// set makes instances those of the service; of a world that is fixed it gives those it has.
func (v *visit) set(instances ...engine.Instance) []engine.Instance {
	v.Helper()
	if v.Set == nil {
		return v.Fixed
	}
	v.must("Set", v.Set(instances))
	return instances
}

// needs skips the test in worlds that lack something.
func (v *visit) needs(it bool, what string) {
	v.Helper()
	if !it {
		v.Skip("the source has no " + what)
	}
}

func (v *visit) must(what string, err error) {
	v.Helper()
	if err != nil {
		v.Fatalf("%s: %v", what, err)
	}
}

// eventually waits until the resolver shows the instances, for a time.
func (v *visit) eventually(what string, limit time.Duration, instances ...engine.Instance) {
	v.Helper()
	ctx, cancel := v.within(limit)
	defer cancel()
	began, want := time.Now(), v.text(instances)
	if v.member == nil {
		member, err := v.resolver.Registrar().Register(ctx, v.Target, engine.Instance{})
		if err != nil {
			v.Fatalf("%s: %v", what, err)
		}
		v.member = member
		v.Cleanup(func() { v.must("Leave", member.Leave(context.Background())) })
	}
	for {
		changed := v.member.Changed()
		got := text(v.member.View().Instances)
		if got == want {
			v.Logf("%s: after %v", what, time.Since(began).Round(time.Millisecond))
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			s, _ := v.resolver.State(v.Target)
			v.Fatalf("%s: after %v the view is\n%swant\n%serror: %v", what, limit, got, want, s.Err)
		}
	}
}

// within gives a context that ends after d. In real time a machine may have other things to do: then
// d is counted in small steps, of which one that takes too long counts as one.
func (v *visit) within(d time.Duration) (context.Context, context.CancelFunc) {
	if v.virtual {
		return context.WithTimeout(v.Context(), d)
	}
	ctx, cancel := context.WithCancel(v.Context())
	go func() {
		defer cancel()
		const step = 10 * time.Millisecond
		for range d / step {
			select {
			case <-time.After(step):
			case <-ctx.Done():
				return
			}
		}
	}()
	return ctx, cancel
}

// steadily demands that the instances shown stay the same for a time.
func (v *visit) steadily(what string, d time.Duration) {
	v.Helper()
	timer := time.NewTimer(d)
	defer timer.Stop()
	want := text(v.member.View().Instances)
	for {
		changed := v.member.Changed()
		if got := text(v.member.View().Instances); got != want {
			v.Errorf("%s: the view has become\n%swas\n%s", what, got, want)
			return
		}
		select {
		case <-changed:
		case <-timer.C:
			return
		}
	}
}
