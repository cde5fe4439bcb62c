package registry

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine"
)

// bank is the service of these tests.
var bank = engine.URL{Env: "test", Port: engine.DefaultPort, Service: "bank"}

// world is a registry that can be started again, and a relay before it, which is what instances and
// clients are connected to: it can be cut, and it outlives the registry.
type world struct {
	t      *testing.T
	config Config
	relay  *engine.Server

	mu       sync.Mutex // guards what follows
	registry *Registry
	server   *engine.Server
	client   *engine.Client // of server; nil: there is none
	cut      chan struct{}  // closed when what is held back may pass; nil: everything passes
	fleet    []*membership
	ends     []func() // of streams that are carried
}

// newWorld starts a registry, and ends everything with the test.
func newWorld(t *testing.T, config Config) *world {
	t.Helper()
	config.Logger = quiet()
	w := &world{t: t, config: config}
	w.relay = engine.NewServer(engine.ServerConfig{Service: Service, Logger: config.Logger})
	w.must(w.relay.Add(
		engine.Named{Name: registerMethod, Handler: engine.DynamicChan(w.carry)},
		engine.Named{Name: watchMethod, Handler: engine.DynamicChan(w.carry)},
	))
	w.start()
	t.Cleanup(func() {
		w.heal()
		for _, m := range w.fleet {
			m.cancel()
			<-m.over
		}
		w.stop()
		w.must(w.relay.Shutdown(context.Background()))
	})
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// start starts the registry.
func (w *world) start() {
	w.t.Helper()
	r, err := New(w.config)
	w.must(err)
	server := engine.NewServer(engine.ServerConfig{Service: Service, Logger: w.config.Logger})
	w.must(server.Add(r.Handlers()...))
	client, err := server.Pipe(engine.ClientConfig{Logger: w.config.Logger})
	w.must(err)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.registry, w.server, w.client = r, server, client
}

// stop ends the registry without a word to anybody.
func (w *world) stop() {
	w.mu.Lock()
	r, server, client := w.registry, w.server, w.client
	w.client = nil
	w.mu.Unlock()
	if client == nil {
		return
	}
	w.must(errors.Join(client.Close(), r.Close(), server.Shutdown(context.Background())))
}

// sever holds back everything that the relay carries, until heal.
func (w *world) sever() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = make(chan struct{})
}

func (w *world) heal() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut != nil {
		close(w.cut)
		w.cut = nil
	}
}

// breakStreams ends all streams that the relay carries.
func (w *world) breakStreams() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, end := range w.ends {
		end()
	}
	w.ends = nil
}

// gate waits until messages may pass.
func (w *world) gate(ctx context.Context) {
	w.mu.Lock()
	cut := w.cut
	w.mu.Unlock()
	if cut != nil {
		select {
		case <-cut:
		case <-ctx.Done():
		}
	}
}

// carry hands a stream on to the registry, both ways.
func (w *world) carry(ctx context.Context, args engine.Args,
	near *engine.Chan[engine.Payload, engine.Payload]) error {
	w.gate(ctx)
	ctx, end := context.WithCancel(ctx)
	defer end()
	w.mu.Lock()
	client := w.client
	w.ends = append(w.ends, end)
	w.mu.Unlock()
	if client == nil {
		return engine.Errorf(engine.Unavailable, "the registry is down")
	}
	info, _ := engine.CallInfo(ctx)
	method := client.Method("lever://registry/" + Service + "/" + info.Method)
	far, err := engine.Open[engine.Payload, engine.Payload](ctx, method, args)
	if err != nil {
		return err
	}
	go func() {
		for m, err := range near.All() {
			if err != nil {
				break
			}
			if w.gate(ctx); far.Send(m) != nil {
				break
			}
		}
		far.CloseSend()
	}()
	for m, err := range far.All() {
		if err != nil {
			return engine.Errorf(engine.CodeOf(err), "%v", err)
		}
		if w.gate(ctx); near.Send(m) != nil {
			break
		}
	}
	return nil
}

// dial makes a client of the registry, whose connection ends with kill.
func (w *world) dial(config ClientConfig) (c *Client, kill func()) {
	w.t.Helper()
	config.Logger = w.config.Logger
	conn, err := w.relay.Pipe(engine.ClientConfig{Logger: w.config.Logger})
	w.must(err)
	w.t.Cleanup(func() { conn.Close() })
	return NewClient(conn, config), func() { conn.Close() }
}

// node is an instance: its membership, and the end of its process.
type node struct {
	*membership
	kill func()
}

// join registers an instance.
func (w *world) join(id string) node { return w.joinAs(engine.Instance{ID: id}, ClientConfig{}) }

func (w *world) joinAs(in engine.Instance, config ClientConfig) node {
	w.t.Helper()
	in.Addr = "tcp://" + in.ID + ".test:1"
	c, cut := w.dial(config)
	m, err := c.Register(w.t.Context(), bank, in)
	w.must(err)
	n := node{membership: m.(*membership)}
	n.kill = func() { cut(); n.cancel(); <-n.over }
	w.fleet = append(w.fleet, n.membership)
	return n
}

// counted has what owned gave: tests ask again and again while a view stays.
var counted sync.Map

// owned counts the slots of each instance in a view, as "a:5 b:7".
func owned(v *engine.View) string {
	if text, ok := counted.Load(v); ok {
		return text.(string)
	}
	text := count(v)
	counted.Store(v, text)
	return text
}

func count(v *engine.View) string {
	count := map[string]int{}
	for slot := range slotsOf(v) {
		if m, _ := v.Owners.OwnerOf(slot); m != nil {
			count[m.ID]++
		} else {
			count["-"]++
		}
	}
	var parts []string
	for _, id := range []string{"-", "a", "b", "c", "d"} {
		if n := count[id]; n > 0 {
			parts = append(parts, fmt.Sprint(id, ":", n))
		}
	}
	return strings.Join(parts, " ")
}

// ids lists the instances of a view.
func ids(v *engine.View) string {
	var all []string
	for _, in := range v.Instances {
		all = append(all, in.ID)
	}
	return strings.Join(all, " ")
}

// eventually waits for something, in virtual time.
func (w *world) eventually(what string, limit time.Duration, is func() bool) {
	w.t.Helper()
	for began := time.Now(); !is(); time.Sleep(time.Millisecond) {
		if time.Since(began) > limit {
			w.t.Fatalf("%s: not after %v", what, limit)
		}
	}
}

// leased says whether an instance may serve now.
func (n node) leased() bool {
	until, ok := n.Lease()
	return ok && time.Now().Before(until)
}
