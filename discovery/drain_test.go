package discovery

import (
	"context"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine"
)

// serve starts an instance whose method "name" gives its name. So does "wait", which sends to the
// gate when it begins, and again before it ends.
func serve(t *testing.T, name string, gate chan<- struct{}) (addr string) {
	t.Helper()
	srv := engine.NewServer(engine.ServerConfig{Service: "bank"})
	err := srv.Handle("name", engine.Func0(func(context.Context) (string, error) { return name, nil }))
	if err == nil {
		err = srv.Handle("wait", engine.Func0(func(context.Context) (string, error) {
			gate <- struct{}{}
			gate <- struct{}{}
			return name, nil
		}))
	}
	if err == nil {
		err = srv.Listen("tcp://127.0.0.1:0")
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error)
	go func() { served <- srv.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Errorf("%s: %v", name, err)
		}
	})
	return srv.Addrs()[0]
}

func TestInstanceThatLeavesFinishesItsCalls(t *testing.T) {
	gate := make(chan struct{})
	a, b := serve(t, "a", gate), serve(t, "b", gate)
	only := func(addr string) engine.View {
		return engine.View{Instances: []engine.Instance{{Addr: addr}}}
	}
	p := newPuppet()
	r := New(p, Config{Debounce: -1})
	defer r.Close()
	client, err := engine.NewClient(engine.ClientConfig{Resolver: r, Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	service := client.Service("lever://test/bank")
	slow := make(chan string, 1)
	go func() {
		got, err := engine.Call[string](context.Background(), service.Method("wait"))
		if err != nil {
			t.Errorf("the call in flight: %v", err)
		}
		slow <- got
	}()
	w := <-p.watches
	w.emit(only(a))
	<-gate
	changed := r.changed(bank)
	w.emit(only(b))
	<-changed
	for range 10 {
		if got, err := engine.Call[string](t.Context(), service.Method("name")); got != "b" {
			t.Errorf("after: %q, %v, want b", got, err)
		}
	}
	select {
	case got := <-slow:
		t.Errorf("the call in flight gave %q too early", got)
	default:
	}
	<-gate
	if got := <-slow; got != "a" {
		t.Errorf("the call in flight gave %q, want a", got)
	}
}

// changed gives a channel that is closed when another view of a watched service is shown.
func (r *Resolver) changed(target engine.URL) <-chan struct{} {
	return r.watches.Load().find(&target).next()
}
