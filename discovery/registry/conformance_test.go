package registry

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/leverrpc/lever/discovery/discoverytest"
	"github.com/leverrpc/lever/engine"
)

func TestSource(t *testing.T) {
	for _, state := range []string{"", "state"} {
		discoverytest.RunVirtual(t, func(t *testing.T) discoverytest.World {
			var config Config
			visible := defaultTTL + 2*time.Second // after a start without a state
			if state != "" {
				config.State, visible = filepath.Join(t.TempDir(), state), 0
			}
			w := newWorld(t, config)
			time.Sleep(defaultTTL)
			source, _ := w.dial(ClientConfig{})
			f := fleet{world: w, alive: map[string]node{}}
			return discoverytest.World{
				Source: source, Target: bank, Ordered: true, Set: f.set, Crash: f.crash, TTL: defaultTTL,
				Break: func() error { w.stop(); return nil },
				Mend:  func() error { w.start(); return nil }, Visible: visible,
			}
		})
	}
}

// fleet is instances that are registered, by id.
type fleet struct {
	world *world
	alive map[string]node
}

// set registers those that are new or have changed, and lets the others leave.
func (f *fleet) set(instances []engine.Instance) error {
	stays := map[string]engine.Instance{}
	for _, in := range instances {
		stays[in.ID] = in
	}
	for id, n := range f.alive {
		if in, ok := stays[id]; ok && instance(in) == n.self {
			continue
		}
		if err := n.Leave(context.Background()); err != nil {
			return err
		}
		delete(f.alive, id)
	}
	for _, in := range instances {
		if _, ok := f.alive[in.ID]; ok {
			continue
		}
		c, cut := f.world.dial(ClientConfig{})
		m, err := c.Register(context.Background(), bank, in)
		if err != nil {
			return err
		}
		n := node{membership: m.(*membership)}
		n.kill = func() { cut(); n.cancel(); <-n.over }
		f.world.fleet = append(f.world.fleet, n.membership)
		f.alive[in.ID] = n
	}
	return nil
}

func (f *fleet) crash(id string) error {
	n, ok := f.alive[id]
	if !ok {
		return fmt.Errorf("no instance %s", id)
	}
	delete(f.alive, id)
	n.kill()
	return nil
}
