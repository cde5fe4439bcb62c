package registry_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/leverrpc/lever/discovery"
	"github.com/leverrpc/lever/discovery/registry"
	"github.com/leverrpc/lever/engine"
)

// A registry, an instance that announces itself there, and a caller that finds it.
func Example() {
	ctx := context.Background()
	reg, err := registry.New(registry.Config{Grace: -1}) // the first start: nobody has a lease
	if err != nil {
		log.Fatal(err)
	}
	srv := engine.NewServer(engine.ServerConfig{Service: registry.Service, MaxWait: -1})
	err = errors.Join(srv.Add(reg.Handlers()...), srv.Listen("tcp://127.0.0.1:0"))
	if err != nil {
		log.Fatal(err)
	}
	serving, stop := context.WithCancel(ctx)
	ended := make(chan error)
	go func() { ended <- srv.Serve(serving) }()

	conn, err := engine.NewClient(engine.ClientConfig{Addrs: srv.Addrs()})
	if err != nil {
		log.Fatal(err)
	}
	client := registry.NewClient(conn, registry.ClientConfig{})
	target, _ := engine.ParseTarget("lever://prod/bank")
	member, err := client.Register(ctx, target,
		engine.Instance{ID: "a", Addr: "tcp://192.0.2.1:7400"})
	if err != nil {
		log.Fatal(err)
	}
	_, leased := member.Lease()
	owner, since := member.View().Owners.Owner("account 42")
	fmt.Println(leased, owner.ID, since == member.View().Epoch)

	resolver := discovery.New(client, discovery.Config{})
	view, err := resolver.Resolve(ctx, target)
	fmt.Println(view.Instances[0].Addr, err)

	err = errors.Join(resolver.Close(), member.Leave(ctx), conn.Close(), reg.Close())
	stop()
	fmt.Println(errors.Join(err, <-ended))
	// Output:
	// true a true
	// tcp://192.0.2.1:7400 <nil>
	// <nil>
}
