//go:build unix

package ordeal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/leverrpc/lever/discovery/registry"
	"github.com/leverrpc/lever/engine"
)

// orderEnv holds the order of an instance, as JSON. A process that has it is one.
const orderEnv = "LEVER_ORDEAL_INSTANCE"

// order is what an instance is started with.
type order struct {
	ID       string
	Registry string        // its address
	Journal  string        // the path of the file
	Work     time.Duration // how long a handler takes, at most
}

// The service of the instances, and their environment.
const (
	service = "ordeal"
	env     = "test"
)

// instance is the process of an instance.
type instance struct {
	order   order
	journal *journal
	member  atomic.Pointer[engine.Membership] // nil: it has not joined
}

// serve is the main function of an instance. It gives the process's status.
func serve(text string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(3) // the test is no more
	}()
	in := new(instance)
	err := json.Unmarshal([]byte(text), &in.order)
	if err == nil {
		err = in.run(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// run serves until ctx ends.
func (in *instance) run(ctx context.Context) (err error) {
	if in.journal, err = openJournal(in.order.Journal); err != nil {
		return err
	}
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	conn, err := engine.NewClient(engine.ClientConfig{
		Addrs: []string{in.order.Registry}, Logger: logger,
	})
	if err != nil {
		return err
	}
	defer conn.Close()
	srv := engine.NewServer(engine.ServerConfig{
		Service: service, Env: env, Instance: in.order.ID, Logger: logger,
		Registrar: herald{registry.NewClient(conn, registry.ClientConfig{Logger: logger}), in},
		Resources: engine.Hooks[engine.None]{},
		MaxWait:   -1, // this is not about overload, which whatever else this machine does makes
	})
	return errors.Join(
		srv.Handle("visit", engine.Func1(in.visit)),
		srv.Handle("refuse", engine.Func1(in.refuse)),
		srv.ListenAndServe(ctx, "tcp://127.0.0.1:0"),
	)
}

// herald is a Registrar that tells the instance, and the test, of its membership.
type herald struct {
	engine.Registrar
	in *instance
}

// Register implements engine.Registrar.
func (h herald) Register(ctx context.Context, target engine.URL,
	self engine.Instance) (engine.Membership, error) {
	m, err := h.Registrar.Register(ctx, target, self)
	if err == nil {
		h.in.member.Store(&m)
		fmt.Println(ready)
	}
	return m, err
}

// ready is the line by which an instance says that others know it.
const ready = "ready"

// visit is a call. The journal has it before anything else happens.
func (in *instance) visit(ctx context.Context, call string) (engine.None, error) {
	at := time.Now()
	var until time.Time
	if m := in.member.Load(); m != nil { // others may know the instance sooner than itself
		until, _ = (*m).Lease()
	}
	info, _ := engine.CallInfo(ctx)
	fence, _ := engine.Fence(ctx)
	e := event{
		Begins: true, Call: call, Instance: in.order.ID, Resource: info.Resource, Fence: fence,
		At: at, Until: until,
	}
	in.journal.note(e)
	timer := time.NewTimer(rand.N(in.order.Work))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	e.Begins = false
	in.journal.note(e)
	return engine.None{}, ctx.Err()
}

// refuse is a call that ends with an error of its own.
func (in *instance) refuse(ctx context.Context, call string) (engine.None, error) {
	if _, err := in.visit(ctx, call); err != nil {
		return engine.None{}, err
	}
	return engine.None{}, engine.Fail(engine.FirstOwn, "refused")
}
