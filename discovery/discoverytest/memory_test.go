package discoverytest

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/leverrpc/lever/discovery"
	"github.com/leverrpc/lever/engine"
)

// memory is a directory that can all that a World can, and the source of it. Its bugs are those
// that the test must find.
type memory struct {
	bug string

	mu      sync.Mutex // guards what follows
	view    engine.View
	blind   error
	changed chan struct{}
}

var target = engine.URL{Env: "test", Port: engine.DefaultPort, Service: "bank"}

func newMemory(bug string) *memory { return &memory{bug: bug, changed: make(chan struct{})} }

// change changes the directory and rouses those who watch.
func (m *memory) change(f func()) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
	m.view.Epoch++
	close(m.changed)
	m.changed = make(chan struct{})
	return nil
}

func (m *memory) world() World {
	set := func(instances []engine.Instance) { m.view.Instances = slices.Clone(instances) }
	return World{
		Source: m, Target: target, Ordered: true,
		Set: func(instances []engine.Instance) error {
			return m.change(func() { set(instances) })
		},
		Break: func() error { return m.change(func() { m.blind = errors.New("blind") }) },
		Mend:  func() error { return m.change(func() { m.blind = nil }) },
		Spoil: func() error { return m.change(func() { set([]engine.Instance{{Addr: "nowhere"}}) }) },
	}
}

// leased is the world of a directory whose instances have leases that end at once.
func (m *memory) leased() World {
	w := m.world()
	w.Crash = func(id string) error {
		return m.change(func() {
			if m.bug != "keeps the dead" {
				m.view.Instances = slices.DeleteFunc(slices.Clone(m.view.Instances),
					func(in engine.Instance) bool { return in.ID == id })
			}
		})
	}
	return w
}

// Watch implements discovery.Source.
func (m *memory) Watch(ctx context.Context, t engine.URL, emit func(engine.View)) error {
	for {
		m.mu.Lock()
		view, blind, changed := m.view, m.blind, m.changed
		m.mu.Unlock()
		switch {
		case m.bug == "has one service" || t == target:
		default:
			view.Instances = nil
		}
		switch {
		case blind != nil && m.bug == "is empty when blind":
			view.Instances = nil
		case blind != nil && m.bug == "stays blind":
			<-ctx.Done()
			return nil
		case blind != nil:
			return blind
		}
		m.tell(view, emit)
		if m.bug == "gives up" {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil
		}
	}
}

func (m *memory) tell(view engine.View, emit func(engine.View)) {
	switch m.bug {
	case "tells halves":
		half := view
		half.Instances = view.Instances[:len(view.Instances)/2]
		emit(half)
	case "forgets draining":
		view.Instances = slices.Clone(view.Instances)
		for i := range view.Instances {
			view.Instances[i].Draining = false
		}
	case "counts down":
		view.Epoch = 1000 - view.Epoch
	case "has no epochs":
		view.Epoch = 0
	}
	emit(view)
}

func TestGoodSource(t *testing.T) {
	RunVirtual(t, func(*testing.T) World { return newMemory("").world() })
}

func TestGoodSourceWithLeases(t *testing.T) {
	RunVirtual(t, func(*testing.T) World { return newMemory("").leased() })
}

func TestGoodSourceInRealTime(t *testing.T) {
	Run(t, func(*testing.T) World {
		w := newMemory("").world()
		w.Visible, w.Break, w.Spoil = time.Second, nil, nil // which take long
		return w
	})
}

func TestGoodSourceThatNeverChanges(t *testing.T) {
	fixed := []engine.Instance{instance(1), instance(2)}
	source, err := discovery.Static(discovery.Directory{
		Services: map[string][]engine.Instance{"bank": fixed},
	})
	if err != nil {
		t.Fatal(err)
	}
	RunVirtual(t, func(*testing.T) World {
		return World{Source: source, Target: target, Fixed: fixed}
	})
}

// bug names the environment variable that makes TestBadSource run, in a process of its own.
const bug = "LEVER_DISCOVERYTEST_BUG"

func TestBadSource(t *testing.T) {
	name := os.Getenv(bug)
	if name == "" {
		t.Skip("only within TestBadSourcesAreFound")
	}
	RunVirtual(t, func(*testing.T) World { return newMemory(name).leased() })
	RunVirtual(t, func(*testing.T) World { return newMemory(name).world() })
}

func TestBadSourcesAreFound(t *testing.T) {
	for name, want := range map[string]string{
		"is empty when blind": "the view has become",
		"stays blind":         "State says that all is well",
		"tells halves":        "comes again, with other instances",
		"forgets draining":    "another weight, and draining: after 2s",
		"counts down":         "epoch 998 comes after epoch 999",
		"has no epochs":       "a view has epoch 0",
		"has one service":     "has the instances",
		"gives up":            "Watch returned nil although its context goes on",
		"keeps the dead":      "after: after 1s the view is",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			child := exec.Command(os.Args[0], "-test.run=^TestBadSource$")
			child.Env = append(os.Environ(), bug+"="+name)
			out, err := child.CombinedOutput()
			if err == nil || !strings.Contains(string(out), want) {
				t.Errorf("%v, want a failure with %q:\n%s", err, want, out)
			}
		})
	}
}
