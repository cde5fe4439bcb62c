package main

import (
	"context"
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
	fs.DurationVar(&r.timeout, "timeout", 0, "give up after `TIME`, such as 1.5s")
	r.security.declare(fs)
}

// url reads the URL of a method. A relative one takes the environment of the flag or the variable.
func (r *remote) url(w *world, text string) (engine.URL, error) {
	env, from := r.env, "--env"
	if env == "" {
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

// client gives a client that dials what the flags say.
func (r *remote) client(w *world) (*engine.Client, error) {
	config := engine.ClientConfig{Instance: "lever command"}
	encrypted := false
	if r.host != "" {
		addr, err := transport.ParseAddr(r.host)
		if err != nil {
			return nil, misuse("--host: %s", strings.TrimPrefix(err.Error(), "transport: "))
		}
		config.Addrs = []string{addr.String()}
		encrypted = addr.Scheme == transport.TLS
	}
	switch {
	case r.timeout < 0:
		return nil, misuse("--timeout: %v is less than nothing", r.timeout)
	case encrypted:
		var err error
		if config.TLS, err = r.security.config(); err != nil {
			return nil, err
		}
		if r.security.insecure {
			w.note("lever: --insecure: whoever answers is trusted")
		}
	case r.security.given():
		return nil, misuse("--ca, --cert, --key and --insecure need --host tls://HOST:PORT")
	}
	return engine.NewClient(config)
}

// limit gives ctx the deadline of --timeout.
func (r *remote) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if r.timeout > 0 {
		return context.WithTimeout(ctx, r.timeout)
	}
	return context.WithCancel(ctx)
}
