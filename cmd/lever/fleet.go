package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/leverrpc/lever/cmd/lever/internal/document"
	"github.com/leverrpc/lever/discovery/registry"
	"github.com/leverrpc/lever/engine"
)

// fleetMax is how many instances the demo starts with at most.
const fleetMax = 9

// fleetBeat is the demo's unit of time: a table each beat, leases of two. Tests shorten it.
var fleetBeat = time.Second

// fleet is a running show: a registry and callers in this process, and instances in theirs.
type fleet struct {
	screen  *screen
	books   *books
	service engine.Service
	addr    string // of the registry

	mu   sync.Mutex // guards what follows
	all  []*process // in the order of the table; one that is started again takes its place
	gone []*process // those that were replaced
}

// fleetShow runs the demo of n instances.
func fleetShow(ctx context.Context, w *world, n int) (err error) {
	ctx, cancel := context.WithTimeout(ctx, demoMax)
	defer cancel()
	f := &fleet{screen: &screen{w: w, begun: time.Now()}, books: newBooks()}
	stop, err := f.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	err = f.play(ctx, n)
	if err = errors.Join(err, f.endAll()); err != nil {
		return err
	}
	if err := f.books.report(f.screen); err != nil {
		return err
	}
	return f.screen.failure()
}

// open starts the registry, and makes a client that finds instances there.
func (f *fleet) open() (stop func() error, err error) {
	quiet := slog.New(slog.DiscardHandler)
	stopRegistry, err := f.keepRegistry(quiet)
	if err != nil {
		return nil, err
	}
	config := engine.ClientConfig{Instance: "lever demo", Logger: quiet}
	resolver, stopResolver, err := resolverAt(addresses{f.addr}, config)
	if err != nil {
		return nil, errors.Join(err, stopRegistry())
	}
	config.Resolver = resolver
	client, err := engine.NewClient(config)
	if err != nil {
		return nil, errors.Join(err, stopResolver(), stopRegistry())
	}
	f.service = client.Service("lever://" + fleetEnv + "/" + document.ServiceName)
	return func() error {
		return errors.Join(client.Close(), stopResolver(), stopRegistry())
	}, nil
}

// keepRegistry serves a registry until it is stopped.
func (f *fleet) keepRegistry(quiet *slog.Logger) (stop func() error, err error) {
	reg, err := registry.New(registry.Config{TTL: 2 * fleetBeat, Grace: -1, Logger: quiet})
	if err != nil {
		return nil, err
	}
	srv := engine.NewServer(engine.ServerConfig{
		Service: registry.Service, Logger: quiet, MaxWait: -1,
	})
	err = errors.Join(srv.Add(reg.Handlers()...), srv.Listen("tcp://127.0.0.1:0"))
	if err != nil {
		return nil, errors.Join(err, reg.Close())
	}
	f.addr = srv.Addrs()[0]
	ctx, end := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ctx) }()
	return func() error {
		err := reg.Close()
		end()
		return errors.Join(err, <-served)
	}, nil
}

// play lets happen what the demo shows.
func (f *fleet) play(ctx context.Context, n int) error {
	for i := range n {
		if err := f.join(ctx, fmt.Sprint("i", i+1)); err != nil {
			return err
		}
	}
	f.screen.tell("%d joined; %d callers of documents and %d of no document begin, leases last %s",
		n, fleetDocuments, fleetFree, rounded(2*fleetBeat))
	quit, drawing := make(chan struct{}), sync.WaitGroup{}
	wait := f.books.load(ctx, f.service, quit)
	drawing.Go(func() { f.draw(quit) })
	defer func() {
		close(quit)
		wait()
		drawing.Wait()
	}()
	for _, act := range []func(context.Context) error{f.showJoin, f.showKill, f.showRestart} {
		if err := act(ctx); err != nil {
			return err
		}
	}
	return f.pass(ctx, 3*fleetBeat)
}

// join starts one more instance, in the place of one of its name if there is any.
func (f *fleet) join(ctx context.Context, id string) error {
	p, err := start(ctx, id, f.addr, f.books.told)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(f.all, func(old *process) bool { return old.id == id })
	if i < 0 {
		f.all = append(f.all, p)
		return nil
	}
	f.gone = append(f.gone, f.all[i])
	f.all[i] = p
	return nil
}

// pass lets time pass.
func (f *fleet) pass(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// busiest gives the instance that runs and has most documents, and how many these are.
func (f *fleet) busiest() (*process, int) {
	documents, _ := f.books.held()
	f.mu.Lock()
	defer f.mu.Unlock()
	best := f.all[0]
	for _, p := range f.all {
		if p.runs() && (!best.runs() || documents[p.id] > documents[best.id]) {
			best = p
		}
	}
	return best, documents[best.id]
}

// draw shows a table each beat until quit is closed.
func (f *fleet) draw(quit <-chan struct{}) {
	beat := time.NewTicker(fleetBeat)
	defer beat.Stop()
	for {
		select {
		case <-beat.C:
			f.screen.show(f.table())
		case <-quit:
			return
		}
	}
}

// table draws what was going on since the last table.
func (f *fleet) table() string {
	took := f.books.table()
	documents, inFlight := f.books.held()
	var rows []row
	all := row{name: "all", inFlight: inFlight[""]}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.all {
		r := row{p.id, p.state.Load().(string), took[p.id], inFlight[p.id], documents[p.id]}
		rows = append(rows, r)
		all.took = append(all.took, r.took...)
		all.inFlight += r.inFlight
		all.documents += r.documents
	}
	return table(append(rows, all), len(all.took))
}

// endAll ends what still runs, all at once.
func (f *fleet) endAll() error {
	f.mu.Lock()
	all := slices.Concat(f.gone, f.all)
	f.mu.Unlock()
	errs := make(chan error, len(all))
	for _, p := range all {
		go func() {
			if p.state.Load() == "killed" {
				errs <- nil
				return
			}
			errs <- p.leave()
		}()
	}
	var err error
	for range all {
		err = errors.Join(err, <-errs)
	}
	return err
}
