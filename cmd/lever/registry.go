package main

import (
	"context"
	"errors"
	"flag"
	"log/slog"

	"github.com/leverrpc/lever/discovery/registry"
	"github.com/leverrpc/lever/engine"
)

// defaultRegistry is where the registry listens unless it is told.
const defaultRegistry = "tcp://127.0.0.1:7401"

var registryCommand = command{
	name:  "registry",
	brief: "keep a registry of instances until interrupted",
	about: `Serves a registry, to which instances announce themselves and where callers find them, and
prints each address it listens on. With --state it goes on where it was when it starts again.
Without, it gives no resources away for 10 s after its start, as instances may still hold what a
registry before it has given them; --fresh says that there are none.`,
	shows: `lever registry --state /var/lib/lever/registry
lever serve --registry 127.0.0.1:7401 --listen tcp://127.0.0.1:0
lever call --registry 127.0.0.1:7401 lever://localhost/document/notes/read`,
	prepare: func(fs *flag.FlagSet) action {
		var listen addresses
		var security serverSecurity
		var config registry.Config
		fs.Var(&listen, "listen",
			"listen on `ADDR`, may be repeated ("+defaultRegistry+" unless given)")
		fs.StringVar(&config.State, "state", "", "keep in `FILE` what must outlive the process")
		fresh := fs.Bool("fresh", false, "no instance holds anything yet")
		security.declare(fs)
		return func(ctx context.Context, w *world, args []string) error {
			if len(args) > 0 {
				return misuse("registry takes no arguments, addresses go with --listen")
			}
			if *fresh {
				config.Grace = -1
			}
			return keep(ctx, w, config, listen, &security)
		}
	},
}

// keep runs a registry on the addresses until ctx ends.
func keep(ctx context.Context, w *world, config registry.Config, listen addresses,
	security *serverSecurity) (err error) {
	if len(listen) == 0 {
		listen = addresses{defaultRegistry}
	}
	config.Logger = slog.New(slog.NewTextHandler(w.stderr, nil))
	served := engine.ServerConfig{
		Service: registry.Service, Logger: config.Logger,
		MaxWait: -1, // a lease that is renewed late is better than one that is not
	}
	if served.TLS, err = security.of(listen); err != nil {
		return err
	}
	reg, err := registry.New(config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reg.Close()) }()
	srv := engine.NewServer(served)
	if err := srv.Add(reg.Handlers()...); err != nil {
		return err
	}
	if err := w.listen(srv, listen); err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { _ = reg.Close() }) // the streams end; its error is given above
	return srv.Serve(ctx)
}
