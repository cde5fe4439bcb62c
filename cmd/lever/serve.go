package main

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"os"
	"strings"

	"github.com/leverrpc/lever/cmd/lever/internal/document"
	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/engine/transport"
)

// defaultListen is where serve listens unless it is told: where lever://localhost is looked for.
const defaultListen = "tcp://127.0.0.1:7400"

var serveCommand = command{
	name:  "serve",
	brief: "serve the demo's documents until interrupted",
	about: `Serves the service "document" and prints each address it listens on. The methods of
/document/NAME are read, edit, append, upload, download, slow, crash and the streams watchChan,
uploadChan and downloadChan. With --registry callers find it there, and share documents out
among all instances. Interrupted, it lets the calls in flight finish and ends.`,
	shows: `lever serve
lever serve --listen tcp://:7400 --listen unix:///tmp/lever.sock
lever serve --listen tls://:7443 --tls-self-signed ./certs
lever serve --listen tcp://127.0.0.1:0 --registry 127.0.0.1:7401`,
	prepare: func(fs *flag.FlagSet) action {
		var listen addresses
		var security serverSecurity
		var self member
		fs.Var(&listen, "listen",
			"listen on `ADDR`, may be repeated ("+defaultListen+" unless given)")
		security.declare(fs)
		self.declare(fs, document.ServiceName)
		return func(ctx context.Context, w *world, args []string) error {
			if len(args) > 0 {
				return misuse("serve takes no arguments, addresses go with --listen")
			}
			return serve(ctx, w, listen, &security, &self)
		}
	},
}

// serve runs the documents on the addresses until ctx ends.
func serve(ctx context.Context, w *world, listen addresses, security *serverSecurity,
	self *member) (err error) {
	if len(listen) == 0 {
		listen = addresses{defaultListen}
	}
	config := engine.ServerConfig{Logger: slog.New(slog.NewTextHandler(w.stderr, nil))}
	if config.TLS, err = security.of(listen); err != nil {
		return err
	}
	closeRegistry, err := self.configure(w, &config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeRegistry()) }()
	srv := engine.NewServer(config)
	documents := document.NewService()
	if err := documents.Register(srv); err != nil {
		return err
	}
	if err := w.listen(srv, listen); err != nil {
		return err
	}
	context.AfterFunc(ctx, documents.Close)
	if err := srv.Serve(ctx); err != nil {
		return err
	}
	w.note("lever serve: all calls have ended")
	return nil
}

// addresses is a flag that may be repeated.
type addresses []string

// String gives the addresses with blanks between them.
func (a *addresses) String() string { return strings.Join(*a, " ") }

// Set adds an address.
func (a *addresses) Set(text string) error {
	addr, err := transport.ParseAddr(text)
	if err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "transport: "))
	}
	*a = append(*a, addr.String())
	return nil
}

// encrypted says that one of the addresses is for TLS.
func (a addresses) encrypted() bool {
	for _, text := range a {
		if strings.HasPrefix(text, transport.TLS+"://") {
			return true
		}
	}
	return false
}

// hosts gives the names that a certificate for the addresses should have.
func (a addresses) hosts() []string {
	hosts := []string{"localhost", "127.0.0.1", "::1"}
	if name, err := os.Hostname(); err == nil {
		hosts = append(hosts, name)
	}
	for _, text := range a {
		if addr, err := transport.ParseAddr(text); err == nil && addr.Host != "" {
			hosts = append(hosts, addr.Host)
		}
	}
	return hosts
}
