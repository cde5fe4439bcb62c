package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"runtime"
	"strconv"
	"time"

	"github.com/leverrpc/lever/cmd/lever/internal/document"
	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/engine/transport"
)

// demoMax is when a demo that hangs gives up.
const demoMax = time.Minute

var demoCommand = command{
	name:  "demo",
	brief: "run a small service and its clients, and show what happens",
	about: `Starts a server of shared documents on a port of its own choice, lets clients edit,
watch, upload, time out, crash a call and drain the server, and prints what each of them saw and
how long it took. Everything is checked: the status is 1 if anything did not behave. Server and
clients share this process and its processors, so the times are no benchmark. With --instances
it starts as many, each a process of its own, and a registry, calls them all the time, lets one
more join, kills one and restarts another; and counts which calls have failed and which ran twice.`,
	shows: `lever demo
lever demo --instances 3`,
	prepare: func(fs *flag.FlagSet) action {
		var registry addresses
		instances := fs.String("instances", "",
			"show `N` instances, 1 to 9, that come, die and come back, for about 12 seconds")
		as := fs.String("as", "", "be the instance `ID` of such a show, which starts these itself")
		fs.Var(&registry, "registry", "register the instance of --as at `ADDR`")
		return func(ctx context.Context, w *world, args []string) error {
			switch {
			case len(args) > 0:
				return misuse("demo takes no arguments")
			case *as != "" && len(registry) > 0 && *instances == "":
				return beInstance(ctx, w, *as, registry)
			case *as != "" || len(registry) > 0:
				return misuse("--as and --registry go together, and without --instances")
			case *instances != "":
				n, err := strconv.Atoi(*instances)
				if err != nil || n < 1 || n > fleetMax {
					return misuse("--instances: %q is no number from 1 to %d", *instances, fleetMax)
				}
				return fleetShow(ctx, w, n)
			}
			ctx, cancel := context.WithTimeout(ctx, demoMax)
			defer cancel()
			return demo(ctx, w)
		}
	},
}

// step is one part of the demo. It tells what happened, or what did not behave.
type step struct {
	name string
	run  func(*show, context.Context) (string, error)
}

// steps is the demo in its order. Drain is the last, because it ends the server.
var steps = []step{
	{"edit", (*show).edit},
	{"conflict", (*show).conflict},
	{"watch", (*show).watch},
	{"call", (*show).transferInCalls},
	{"stream", (*show).transferInStreams},
	{"deadline", (*show).deadline},
	{"panic", (*show).panic},
	{"reads", (*show).reads},
	{"drain", (*show).drain},
}

// show is a running server and its first client.
type show struct {
	addr      string
	client    *engine.Client
	document  engine.Service
	documents *document.Service
	moments   chan document.Moment // of the calls that are slow on purpose

	stop   context.CancelFunc // asks the server to drain
	served chan error         // what Serve returned
}

// demo runs all steps and prints a line for each.
func demo(ctx context.Context, w *world) (err error) {
	begun := time.Now()
	s, err := newShow()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := w.print("A shared document: server and clients in this process, %s driver.\n\n",
		demoDriver()); err != nil {
		return err
	}
	failed := 0
	if err := w.step("serve", "listening on "+s.addr, time.Since(begun)); err != nil {
		return err
	}
	for _, step := range steps {
		begun := time.Now()
		text, err := step.run(s, ctx)
		if err != nil {
			failed++
			text = fmt.Sprintf("FAILED: %v", err)
		}
		if err := w.step(step.name, text, time.Since(begun)); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d steps did not behave", failed, len(steps))
	}
	return w.print("\nAll %d steps behaved, in %s.\n", len(steps), rounded(time.Since(begun)))
}

// step prints one line.
func (w *world) step(name, text string, took time.Duration) error {
	return w.print("%10s  %-9s %s\n", rounded(took), name, text)
}

// newShow starts the server and makes the client.
func newShow() (*show, error) {
	s := &show{
		documents: document.NewService(),
		moments:   make(chan document.Moment, 64),
		served:    make(chan error, 1),
	}
	s.documents.Notify = func(m document.Moment) { s.moments <- m }
	srv := engine.NewServer(engine.ServerConfig{
		Service:   document.ServiceName,
		Logger:    slog.New(slog.DiscardHandler), // the panic is on purpose
		Transport: transport.Config{Driver: demoDriver()},
	})
	if err := s.documents.Register(srv); err != nil {
		return nil, err
	}
	if err := srv.Listen("tcp://127.0.0.1:0"); err != nil {
		return nil, err
	}
	s.addr = srv.Addrs()[0]
	client, err := s.newClient()
	if err != nil {
		return nil, errors.Join(err, srv.Shutdown(context.Background()))
	}
	s.client = client
	s.document = client.Service("lever://demo/document/letter")
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	context.AfterFunc(ctx, s.documents.Close)
	go func() { s.served <- srv.Serve(ctx) }() // ends with close, at the latest
	return s, nil
}

// newClient makes a client with a connection of its own.
func (s *show) newClient() (*engine.Client, error) {
	return engine.NewClient(engine.ClientConfig{Addrs: []string{s.addr}, Instance: "lever demo"})
}

// close ends what the steps left running.
func (s *show) close() error {
	s.stop()
	return errors.Join(s.client.Close(), <-s.served)
}

// demoDriver is the driver that the demo shows: gnet, where there is one.
func demoDriver() transport.Driver {
	if runtime.GOOS == "windows" {
		return transport.Net
	}
	return transport.Gnet
}

// rounded gives a duration three digits and a unit.
func rounded(d time.Duration) string {
	switch {
	case d < 100*time.Microsecond:
		return fmt.Sprintf("%.1f µs", float64(d)/1e3)
	case d < time.Millisecond:
		return fmt.Sprintf("%.0f µs", float64(d)/1e3)
	case d < 100*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/1e6)
	case d < time.Second:
		return fmt.Sprintf("%.0f ms", float64(d)/1e6)
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
