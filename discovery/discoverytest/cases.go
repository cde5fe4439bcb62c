package discoverytest

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/leverrpc/lever/discovery"
	"github.com/leverrpc/lever/engine"
)

// cases is the test. Each case gets a world of its own.
var cases = []struct {
	name string
	run  func(*visit)
}{
	{"instances that come and go are seen", comeAndGo},
	{"what is known of instances is seen", details},
	{"an instance that crashes is gone when its lease is", crash},
	{"nothing is told that is not there", onlyTruth},
	{"the last good view stays when the source dies", death},
	{"a malformed view is refused whole", malformed},
	{"epochs never go back", epochs},
	{"nothing changes when nothing has changed", stillness},
	{"two resolvers see the same", company},
	{"another service is not this one", stranger},
	{"Watch ends with its context", end},
	{"Close leaves no goroutine", leak},
}

// instance is the n-th of those that the worlds have.
func instance(n int) engine.Instance {
	return engine.Instance{ID: fmt.Sprint("i", n), Addr: fmt.Sprintf("tcp://192.0.2.%d:7400", n)}
}

func comeAndGo(v *visit) {
	have := v.set(instance(1))
	v.eventually("the first view", v.Visible, have...)
	v.needs(v.Set != nil, "instances that change")
	for n := 2; n < 8; n++ {
		have = append(have, instance(n))
		v.set(have...)
		v.eventually("one more", v.Visible, have...)
	}
	for len(have) > 1 {
		have = have[1:]
		v.set(have...)
		v.eventually("one less", v.Visible, have...)
	}
	have = []engine.Instance{instance(8), instance(9)}
	v.set(have...)
	v.eventually("others", v.Visible, have...)
}

func details(v *visit) {
	v.needs(v.Set != nil, "instances that change")
	rich, plain := instance(1), instance(2)
	rich.Incarnation, rich.Weight, rich.Zone, rich.Tier = 7, 64, "north", 1
	v.set(rich, plain)
	v.eventually("everything", v.Visible, rich, plain)
	rich.Draining, rich.Weight = true, 3
	v.set(rich, plain)
	v.eventually("another weight, and draining", v.Visible, rich, plain)
	rich.Draining, rich.Incarnation = false, 8
	v.set(rich, plain)
	v.eventually("started again", v.Visible, rich, plain)
}

func crash(v *visit) {
	v.needs(v.Crash != nil, "leases")
	v.set(instance(1), instance(2))
	v.eventually("before", v.Visible, instance(1), instance(2))
	v.must("Crash", v.Crash(instance(1).ID))
	v.eventually("after", v.TTL+time.Second, instance(2))
}

// onlyTruth: whatever happens, no view is half of one or empty.
func onlyTruth(v *visit) {
	v.needs(v.Set != nil && v.Crash == nil, "instances that change at once")
	whole, rounds := map[string]bool{}, 3
	if v.virtual {
		rounds = 10
	}
	for n := range rounds {
		have := []engine.Instance{instance(n), instance(n + 1), instance(n + 2)}
		whole[v.text(have)] = true
		v.set(have...)
		v.eventually("three", v.Visible+2*backoff, have...)
		if v.Break != nil {
			v.must("Break", v.Break())
			v.steadily("a blind source", v.Visible)
			v.must("Mend", v.Mend())
		}
	}
	for _, view := range v.spy.told() {
		if got := text(view.Instances); !whole[got] {
			v.Errorf("a view that never was there:\n%s", got)
		}
	}
}

func death(v *visit) {
	v.needs(v.Break != nil, "way to be blind")
	have := v.set(instance(1), instance(2))
	v.eventually("before", v.Visible, have...)
	v.must("Break", v.Break())
	v.steadily("a blind source", v.patience())
	if s, _ := v.resolver.State(v.Target); s.Err == nil {
		v.Error("State says that all is well")
	}
	for _, view := range v.spy.told() {
		if len(view.Instances) == 0 {
			v.Error("a blind source has told that there are no instances")
		}
	}
	v.must("Mend", v.Mend())
	v.steadily("a source that sees the same as before", v.patience())
	if s, _ := v.resolver.State(v.Target); s.Err != nil {
		v.Errorf("State of a source that was mended: %v", s.Err)
	}
	have = v.set(instance(2), instance(3))
	v.eventually("when it sees again", v.Visible+2*backoff, have...)
}

func malformed(v *visit) {
	v.needs(v.Spoil != nil && v.Set != nil, "way to be spoilt")
	v.set(instance(1), instance(2))
	v.eventually("before", v.Visible, instance(1), instance(2))
	v.must("Spoil", v.Spoil())
	v.steadily("a spoilt source", v.patience())
	if s, _ := v.resolver.State(v.Target); s.Err == nil {
		v.Error("State says that all is well")
	}
	v.set(instance(1), instance(3))
	v.eventually("after", v.Visible+2*backoff, instance(1), instance(3))
	if s, _ := v.resolver.State(v.Target); s.Err != nil {
		v.Errorf("State after it: %v", s.Err)
	}
}

func epochs(v *visit) {
	have := v.set(instance(1))
	v.eventually("the first view", v.Visible, have...)
	for n := 2; n < 6 && v.Set != nil; n++ {
		have = v.set(instance(n), instance(n+1))
		v.eventually("the next", v.Visible+2*backoff, have...)
		if v.Break != nil {
			v.must("Break", v.Break())
			v.must("Mend", v.Mend())
		}
	}
	var last engine.View
	for _, view := range v.spy.told() {
		switch {
		case v.Ordered == (view.Epoch == 0):
			v.Errorf("a view has epoch %d, and the source is ordered: %v", view.Epoch, v.Ordered)
		case view.Epoch < last.Epoch:
			v.Errorf("epoch %d came after %d", view.Epoch, last.Epoch)
		case v.Ordered && view.Epoch == last.Epoch && text(view.Instances) != text(last.Instances):
			v.Errorf("two views have epoch %d", view.Epoch)
		}
		last = view
	}
}

func stillness(v *visit) {
	have := v.set(instance(1), instance(2), instance(3))
	v.eventually("the first view", v.Visible, have...)
	before := v.member.View()
	v.steadily("nothing has changed", 2*v.patience())
	if v.member.View() != before {
		v.Error("the source has told another view, though nothing has changed")
	}
}

func company(v *visit) {
	other := enter(v.T, v.World, v.virtual)
	have := v.set(instance(1))
	v.eventually("the first view", v.Visible, have...)
	other.eventually("the first view of the other", v.Visible, have...)
	have = v.set(instance(2))
	v.eventually("the next", v.Visible, have...)
	other.eventually("the next of the other", v.Visible, have...)
	v.must("Close", v.resolver.Close())
	have = v.set(instance(3))
	other.eventually("when one is left", v.Visible, have...)
}

func stranger(v *visit) {
	have := v.set(instance(1))
	v.eventually("this service", v.Visible, have...)
	target := v.Target
	target.Service = "no." + target.Service
	view, err := v.resolver.Resolve(v.Context(), target)
	if err == nil && len(view.Instances) > 0 {
		v.Errorf("%s has the instances\n%s", target, text(view.Instances))
	}
}

func end(v *visit) {
	ctx, cancel := context.WithCancel(v.Context())
	have := v.set(instance(1))
	first, over := make(chan engine.View, 100), make(chan error)
	go func() { over <- v.spy.Watch(ctx, v.Target, func(view engine.View) { first <- view }) }()
	select {
	case view := <-first:
		if got := text(view.Instances); got != v.text(have) {
			v.Errorf("the first view is\n%swant\n%s", got, v.text(have))
		}
	case err := <-over:
		v.Fatalf("Watch = %v", err)
	}
	cancel()
	second, stop := v.within(time.Second)
	defer stop()
	select {
	case <-over:
	case <-second.Done():
		v.Error("Watch goes on a second after its context has ended")
		<-over
	}
	v.audit()
}

// leak needs no more than the bubble in virtual time: it waits for all goroutines. Else they are
// counted, after a first round that may make connections for all. A source's own library may start
// and end some meanwhile, so few are not many: each round would leave at least one.
func leak(v *visit) {
	const rounds, few = 20, 12
	before := 0
	for range rounds {
		r := discovery.New(v.spy, discovery.Config{Logger: quiet(v.T)})
		v.set(instance(1))
		if _, err := r.Resolve(v.Context(), v.Target); err != nil {
			v.Fatal(err)
		}
		v.must("Close", r.Close())
		if before == 0 {
			before = runtime.NumGoroutine()
		}
	}
	v.audit()
	if v.virtual {
		return
	}
	for began := time.Now(); runtime.NumGoroutine() > before+few; runtime.Gosched() {
		if time.Since(began) > 5*time.Second {
			all := make([]byte, 1<<20)
			all = all[:runtime.Stack(all, true)]
			v.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before,
				strings.TrimSpace(string(all)))
		}
	}
}

// patience is how long a view must stay to be called steady.
func (v *visit) patience() time.Duration {
	if v.virtual {
		return 10 * time.Minute
	}
	return v.Visible + backoff
}
