package main

import (
	"context"
	"errors"
	"flag"
	"strings"
	"time"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/engine/transport"
)

// environmentVariable names the environment of relative URLs where no flag does.
const environmentVariable = "LEVER_ENV"

// remote is what call and stream share: how to reach a method, and what to send to it.
type remote struct {
	env, host string
	registry  addresses
	timeout   time.Duration
	bytes     bool
	security  clientSecurity
}

// declare adds the flags.
func (r *remote) declare(fs *flag.FlagSet) {
	fs.StringVar(&r.env, "env", "",
		"`HOST[:PORT]` for relative URLs; $"+environmentVariable+" unless given")
	fs.StringVar(&r.host, "host", "",
		"dial `ADDR` (tcp://, tls:// or unix://), whatever the URL says")
	fs.Var(&r.registry, "registry",
		"find the instances at the registry at `ADDR`, may be repeated")
	fs.DurationVar(&r.timeout, "timeout", 0, "give up after `TIME`, such as 1.5s")
	r.security.declare(fs, "")
}

// url reads the URL of a method. A relative one takes the environment of the flag or the variable.
func (r *remote) url(w *world, text string) (engine.URL, error) {
	env, from := r.env, "--env"
	if env == "" && strings.HasPrefix(text, "/") {
		env, from = w.getenv(environmentVariable), "$"+environmentVariable
	}
	var base engine.URL
	if env != "" {
		target, err := engine.ParseTarget("lever://" + env + "/any")
		if err != nil || target.Resource != "" {
			return engine.URL{}, misuse("%s: %q is no HOST[:PORT]", from, env)
		}
		base.Env, base.Port = target.Env, target.Port
	} else if strings.HasPrefix(text, "/") {
		return engine.URL{}, misuse("%s is relative: name its environment with --env or $%s",
			text, environmentVariable)
	}
	u, err := base.Parse(text)
	if err != nil {
		return engine.URL{}, misuse("%s", strings.TrimPrefix(err.Error(), "engine: "))
	}
	return u, nil
}

// client gives a client that goes where the flags say, and what closes it.
func (r *remote) client(w *world) (*engine.Client, func() error, error) {
	config := engine.ClientConfig{Instance: "lever command"}
	dialled := r.registry
	if r.host != "" {
		addr, err := transport.ParseAddr(r.host)
		if err != nil {
			return nil, nil, misuse("--host: %s", strings.TrimPrefix(err.Error(), "transport: "))
		}
		if len(r.registry) > 0 {
			return nil, nil, misuse("--host and --registry exclude each other")
		}
		dialled = addresses{addr.String()}
	}
	if r.timeout < 0 {
		return nil, nil, misuse("--timeout: %v is less than nothing", r.timeout)
	}
	var err error
	if config.TLS, err = r.security.of(w, dialled, "--host"); err != nil {
		return nil, nil, err
	}
	end := func() error { return nil }
	if len(r.registry) == 0 {
		config.Addrs = dialled
	} else if config.Resolver, end, err = resolverAt(r.registry, config); err != nil {
		return nil, nil, err
	}
	client, err := engine.NewClient(config)
	if err != nil {
		return nil, nil, errors.Join(err, end())
	}
	return client, func() error { return errors.Join(client.Close(), end()) }, nil
}

// limit gives ctx the deadline of --timeout.
func (r *remote) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if r.timeout > 0 {
		return context.WithTimeout(ctx, r.timeout)
	}
	return context.WithCancel(ctx)
}
