package discovery_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/leverrpc/lever/discovery"
	"github.com/leverrpc/lever/engine"
)

// Servers that only watch agree with their callers on who owns a resource, and end in peace.
func TestServersThatWatchShareTheResources(t *testing.T) {
	addrs := []string{
		"unix://" + filepath.Join(t.TempDir(), "a"), "unix://" + filepath.Join(t.TempDir(), "b"),
	}
	source, err := discovery.Static(discovery.Directory{Services: map[string][]engine.Instance{
		"bank": {{ID: "a", Addr: addrs[0]}, {Addr: addrs[1]}}, // found by id, and by address
	}})
	if err != nil {
		t.Fatal(err)
	}
	resolver := discovery.New(source, discovery.Config{})
	defer resolver.Close()
	for i, id := range []string{"a", "b"} {
		serveOwned(t, id, addrs[i], resolver)
	}
	client, err := engine.NewClient(engine.ClientConfig{Resolver: resolver, Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	by := map[string]int{}
	for i := range 100 {
		bank := client.Service(fmt.Sprint("lever://test/bank/account", i))
		first, err := engine.Call[string](t.Context(), bank.Method("name"))
		if err != nil {
			t.Fatal(err)
		}
		by[first]++
		if again, err := engine.Call[string](t.Context(), bank.Method("name")); again != first {
			t.Errorf("account %d was at %s, and then at %s, %v", i, first, again, err)
		}
	}
	if by["a"] < 20 || by["b"] < 20 {
		t.Errorf("the instances have %v of 100 resources", by)
	}
	wrong, err := engine.NewClient(engine.ClientConfig{Addrs: addrs[:1], Attempts: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer wrong.Close()
	refused := 0
	for i := range 100 {
		bank := wrong.Service(fmt.Sprint("lever://test/bank/account", i))
		if _, err := engine.Call[string](t.Context(), bank.Method("name")); err != nil {
			refused++
		}
	}
	if refused != by["b"] {
		t.Errorf("instance a refused %d of %d resources that are not its own", refused, by["b"])
	}
}

// serveOwned starts an instance that serves what is its own, until the test ends.
func serveOwned(t *testing.T, id, addr string, resolver *discovery.Resolver) {
	t.Helper()
	srv := engine.NewServer(engine.ServerConfig{
		Service: "bank", Env: "test", Registrar: resolver.Registrar(), Self: engine.Instance{ID: id},
		MaxWait: -1, // what is refused is counted, and being busy is no reason
	})
	name := engine.Func0(func(context.Context) (string, error) { return id, nil })
	if err := srv.Handle("name", name); err != nil {
		t.Fatal(err)
	}
	if err := srv.Listen(addr); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error)
	go func() { served <- srv.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Errorf("instance %s: %v", id, err)
		}
	})
}
