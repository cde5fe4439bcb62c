package etcd_test

import (
	"context"
	"log"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/leverrpc/lever/discovery"
	"github.com/leverrpc/lever/discovery/etcd"
	"github.com/leverrpc/lever/engine"
)

// A server that registers itself, with a client of others in the same process.
func Example() {
	kv, err := clientv3.New(clientv3.Config{
		Endpoints: []string{"http://127.0.0.1:2379"}, DialKeepAliveTime: 5 * time.Second,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer kv.Close()
	directory := etcd.New(kv, etcd.Config{TTL: 5 * time.Second})
	resolver := discovery.New(directory, discovery.Config{})
	defer resolver.Close()
	client, err := engine.NewClient(engine.ClientConfig{Resolver: resolver})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	srv := engine.NewServer(engine.ServerConfig{
		Service: "bank", Env: "prod", Registrar: directory.Registrar(resolver),
	})
	if err := srv.ListenAndServe(context.Background(), "tcp://10.0.0.1:7400"); err != nil {
		log.Fatal(err)
	}
}
