package main

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"strings"

	"github.com/leverrpc/lever/discovery"
	"github.com/leverrpc/lever/discovery/registry"
	"github.com/leverrpc/lever/engine"
)

// member is what serve says about itself to a registry.
type member struct {
	registry             addresses
	env, service         string
	instance, zone, addr string
	security             clientSecurity // of the way to the registry
}

// declare adds the flags.
func (m *member) declare(fs *flag.FlagSet, service string) {
	fs.Var(&m.registry, "registry", "register at the registry at `ADDR`, may be repeated")
	fs.StringVar(&m.env, "env", "",
		"belong to the environment `HOST[:PORT]`; $"+environmentVariable+" or localhost unless given")
	fs.StringVar(&m.service, "service", service, "serve under this `NAME`")
	fs.StringVar(&m.instance, "instance", "", "be registered as `ID`; random unless given")
	fs.StringVar(&m.zone, "zone", "", "be registered in the zone `NAME`")
	fs.StringVar(&m.addr, "advertise", "", "be called at `ADDR`; the first --listen unless given")
	m.security.declare(fs, "registry-")
}

// given says that a flag was given that means nothing without --registry.
func (m *member) given() bool {
	return m.env != "" || m.instance != "" || m.zone != "" || m.addr != ""
}

// configure makes a server register itself, and gives what has to be closed when it has ended.
func (m *member) configure(w *world, config *engine.ServerConfig) (func() error, error) {
	config.Service = m.service
	if _, err := engine.ParseTarget("lever://any/" + m.service); err != nil {
		return nil, misuse("--service: %s", strings.TrimPrefix(err.Error(), "engine: "))
	}
	security, err := m.security.of(w, m.registry, "--registry")
	if err != nil {
		return nil, err
	}
	if len(m.registry) == 0 {
		if m.given() {
			return nil, misuse("--env, --instance, --zone and --advertise need a --registry")
		}
		return func() error { return nil }, nil
	}
	for _, env := range []string{m.env, w.getenv(environmentVariable), "localhost"} {
		if config.Env == "" {
			config.Env = env
		}
	}
	client, err := engine.NewClient(engine.ClientConfig{
		Addrs: m.registry, TLS: security, Logger: config.Logger,
	})
	if err != nil {
		return nil, err
	}
	config.Registrar = herald{w, registry.NewClient(client,
		registry.ClientConfig{Logger: config.Logger})}
	config.Self = engine.Instance{ID: m.instance, Addr: m.addr, Zone: m.zone}
	return client.Close, nil
}

// herald is a Registrar that tells the person too.
type herald struct {
	w *world
	engine.Registrar
}

// Register implements engine.Registrar.
func (h herald) Register(ctx context.Context, target engine.URL,
	self engine.Instance) (engine.Membership, error) {
	m, err := h.Registrar.Register(ctx, target, self)
	if err != nil {
		return nil, err
	}
	return m, h.w.print("registered %s at %s\n", self.ID, target)
}

// resolverAt makes a resolver that asks a registry, and gives what has to be closed in the end.
func resolverAt(addrs addresses, config engine.ClientConfig) (engine.Resolver, func() error, error) {
	config.Addrs = addrs
	conn, err := engine.NewClient(config)
	if err != nil {
		return nil, nil, err
	}
	quiet := slog.New(slog.DiscardHandler) // the error of the call says it all
	client := registry.NewClient(conn, registry.ClientConfig{Logger: quiet})
	resolver := discovery.New(client, discovery.Config{Logger: quiet})
	return resolver, func() error { return errors.Join(resolver.Close(), conn.Close()) }, nil
}

// listen binds a server's addresses, and prints them.
func (w *world) listen(srv *engine.Server, addrs addresses) error {
	if err := srv.Listen(addrs...); err != nil {
		return err
	}
	for _, addr := range srv.Addrs() {
		if err := w.print("listening %s\n", addr); err != nil {
			return errors.Join(err, srv.Shutdown(context.Background()))
		}
	}
	return nil
}
