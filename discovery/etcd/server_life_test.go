package etcd

import (
	"context"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine"
)

// The whole way: a client that knows the name of a service, and servers that come and go.
func TestServersComeAndGo(t *testing.T) {
	s := newShop(t, 0, plain)
	client, err := engine.NewClient(engine.ClientConfig{Resolver: s.views, Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	watcher, err := s.views.Registrar().Register(t.Context(), bank, engine.Instance{})
	if err != nil {
		t.Fatal(err)
	}
	method := client.Method("lever://test/bank/name")
	stops := map[string]func(){}
	for _, id := range []string{"a", "b"} {
		stops[id] = s.serve(t, id)
		until(t, watcher, id+" has come", has(id))
	}
	seen := map[string]bool{}
	for range 100 {
		id, err := engine.Call[string](t.Context(), method)
		if err != nil {
			t.Fatal(err)
		}
		seen[id] = true
	}
	if !seen["a"] || !seen["b"] {
		t.Errorf("only %v were called", seen)
	}
	stops["a"]()
	until(t, watcher, "a has gone", func(v *engine.View) bool { return len(v.Instances) == 1 })
	for range 100 {
		if id, err := engine.Call[string](t.Context(), method); id != "b" {
			t.Fatalf("called %q, %v, want b", id, err)
		}
	}
	stops["b"]()
	until(t, watcher, "both have gone", func(v *engine.View) bool { return len(v.Instances) == 0 })
}

// serve starts an instance whose method "name" gives its id, and gives what ends it.
func (s *shop) serve(t *testing.T, id string) (stop func()) {
	t.Helper()
	srv := engine.NewServer(engine.ServerConfig{
		Service: "bank", Env: "test", Instance: id, Registrar: s.Registrar(s.views),
	})
	name := engine.Func0(func(context.Context) (string, error) { return id, nil })
	if err := srv.Handle("name", name); err != nil {
		t.Fatal(err)
	}
	if err := srv.Listen("tcp://127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error)
	go func() { served <- srv.Serve(ctx) }()
	return func() {
		cancel()
		if err := <-served; err != nil {
			t.Errorf("instance %s: %v", id, err)
		}
	}
}
