package discovery_test

import (
	"context"
	"fmt"
	"log"

	"github.com/leverrpc/lever/discovery"
	"github.com/leverrpc/lever/engine"
)

func Example() {
	srv := engine.NewServer(engine.ServerConfig{Service: "greeter"})
	greet := engine.Func1(func(_ context.Context, name string) (string, error) {
		return "hello, " + name, nil
	})
	if err := srv.Handle("greet", greet); err != nil {
		log.Fatal(err)
	}
	if err := srv.Listen("tcp://127.0.0.1:0"); err != nil {
		log.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error)
	go func() { served <- srv.Serve(ctx) }()

	source, err := discovery.Static(discovery.Directory{Services: map[string][]engine.Instance{
		"greeter": {{Addr: srv.Addrs()[0], Zone: "north"}},
	}})
	if err != nil {
		log.Fatal(err)
	}
	resolver := discovery.New(source, discovery.Config{})
	client, err := engine.NewClient(engine.ClientConfig{Resolver: resolver})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(engine.Call[string](ctx, client.Method("lever://prod/greeter/greet"), "Ann"))
	_, err = engine.Call[string](ctx, client.Method("lever://prod/printer/print"), "Ann")
	fmt.Println(err)

	stop()
	fmt.Println(<-served, client.Close(), resolver.Close())
	// Output:
	// hello, Ann <nil>
	// engine: call printer/print: unavailable: lb: no instance is known
	// <nil> <nil> <nil>
}
