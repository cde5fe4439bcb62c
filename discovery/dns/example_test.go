package dns_test

import (
	"log"

	"github.com/leverrpc/lever/discovery"
	"github.com/leverrpc/lever/discovery/dns"
	"github.com/leverrpc/lever/engine"
)

// The pods behind a headless service of Kubernetes.
func ExampleHosts() {
	resolver := discovery.New(dns.Hosts(dns.Config{Network: "ip4"}), discovery.Config{})
	defer resolver.Close()
	client, err := engine.NewClient(engine.ClientConfig{Resolver: resolver})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	_ = client.Service("lever://prod/bank") // which asks for the addresses of bank.prod
}

// Instances with ports, weights and spares, under a name of another form.
func ExampleServices() {
	source := dns.Services(dns.Config{
		Scheme: "tls",
		Name:   func(t engine.URL) string { return "_" + t.Service + "._tcp." + t.Env + ".example.com." },
	})
	resolver := discovery.New(source, discovery.Config{})
	defer resolver.Close()
}
