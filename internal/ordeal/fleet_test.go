//go:build unix

package ordeal

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/leverrpc/lever/discovery"
	"github.com/leverrpc/lever/discovery/registry"
	"github.com/leverrpc/lever/engine"
)

// patience is how long a test waits for what should take no time worth mentioning.
const patience = 20 * time.Second

// quiet takes the log of those who are expected to complain.
var quiet = slog.New(slog.DiscardHandler)

// fleet is a registry and a client in this process, and the instances that a test has started.
type fleet struct {
	t        *testing.T
	registry string // its address
	journal  string
	work     time.Duration
	service  engine.Service
	nodes    []*node // all that were ever started
}

// newFleet starts a registry with this time for leases, and makes a client. Both, and all
// instances, end with the test.
func newFleet(t *testing.T, ttl, work time.Duration) *fleet {
	t.Helper()
	f := &fleet{t: t, journal: filepath.Join(t.TempDir(), "journal"), work: work}
	if err := os.WriteFile(f.journal, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f.startRegistry(ttl)
	conn := newClient(t, engine.ClientConfig{Addrs: []string{f.registry}})
	resolver := discovery.New(
		registry.NewClient(conn, registry.ClientConfig{Logger: quiet}), discovery.Config{Logger: quiet})
	t.Cleanup(func() {
		if err := resolver.Close(); err != nil {
			t.Error(err)
		}
	})
	client := newClient(t, engine.ClientConfig{Resolver: resolver, Instance: "caller"})
	f.service = client.Service("lever://" + env + "/" + service)
	t.Cleanup(f.end) // the first of all
	return f
}

// newClient makes a client that ends with the test.
func newClient(t *testing.T, config engine.ClientConfig) *engine.Client {
	t.Helper()
	config.Logger = quiet
	c, err := engine.NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// startRegistry serves a registry that knows of no instance, until the test ends.
func (f *fleet) startRegistry(ttl time.Duration) {
	f.t.Helper()
	reg, err := registry.New(registry.Config{TTL: ttl, Grace: -1, Logger: quiet})
	if err != nil {
		f.t.Fatal(err)
	}
	srv := engine.NewServer(engine.ServerConfig{
		Service: registry.Service, Logger: quiet, MaxWait: -1,
	})
	if err := errors.Join(srv.Add(reg.Handlers()...), srv.Listen("tcp://127.0.0.1:0")); err != nil {
		f.t.Fatal(err)
	}
	f.registry = srv.Addrs()[0]
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ctx) }()
	f.t.Cleanup(func() {
		err := reg.Close()
		stop()
		if err := errors.Join(err, <-served); err != nil {
			f.t.Error(err)
		}
	})
}

// node is the process of an instance, as the test sees it.
type node struct {
	t      *testing.T
	id     string
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stderr bytes.Buffer  // to be read when ended is closed
	ended  chan struct{} // closed when the process was waited for
	err    error         // how it ended; set before that
}

// start starts an instance, and waits until others know it.
func (f *fleet) start(id string) *node {
	f.t.Helper()
	text, err := json.Marshal(order{id, f.registry, f.journal, f.work})
	if err != nil {
		f.t.Fatal(err)
	}
	n := &node{t: f.t, id: id, cmd: exec.Command(os.Args[0]), ended: make(chan struct{})}
	n.cmd.Env = append(os.Environ(), orderEnv+"="+string(text), "GORACE=atexit_sleep_ms=0")
	n.cmd.Stderr = &n.stderr
	stdout, err := n.cmd.StdoutPipe()
	if err != nil {
		f.t.Fatal(err)
	}
	if n.stdin, err = n.cmd.StdinPipe(); err != nil {
		f.t.Fatal(err)
	}
	if err := n.cmd.Start(); err != nil {
		f.t.Fatal(err)
	}
	f.nodes = append(f.nodes, n)
	slow := time.AfterFunc(patience, func() { n.signal(syscall.SIGKILL) })
	defer slow.Stop()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	go func() {
		n.err = n.cmd.Wait()
		close(n.ended)
	}()
	if line != ready+"\n" {
		n.kill()
		f.t.Fatalf("instance %s said %q, %v\n%s", id, line, err, n.stderr.String())
	}
	return n
}

// end kills what still runs. All processes are waited for.
func (f *fleet) end() {
	for _, n := range f.nodes {
		n.kill()
	}
}

// signal sends a signal. To a process that has ended it means nothing.
func (n *node) signal(s syscall.Signal) {
	if err := n.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		n.t.Errorf("instance %s: %v", n.id, err)
	}
}

// stop stops the process, and waits until it is: the thread that is to stop the others may have to
// wait for a processor first, while they run on.
func (n *node) stop() {
	n.t.Helper()
	n.signal(syscall.SIGSTOP)
	for {
		var status syscall.WaitStatus
		_, err := syscall.Wait4(n.cmd.Process.Pid, &status, syscall.WUNTRACED, nil)
		switch {
		case err == syscall.EINTR:
		case err != nil || !status.Stopped():
			n.t.Fatalf("instance %s has not stopped: %v, status %#x", n.id, err, status)
		default:
			return
		}
	}
}

// kill ends the process at once. It gives the time from which on nothing of it can have run.
func (n *node) kill() time.Time {
	n.signal(syscall.SIGKILL)
	<-n.ended
	return time.Now()
}

// finish asks the instance to end in good order, and expects that it does.
func (n *node) finish() {
	n.t.Helper()
	n.signal(syscall.SIGTERM)
	select {
	case <-n.ended:
	case <-time.After(patience):
		n.t.Errorf("instance %s does not end", n.id)
		n.kill()
	}
	if n.err != nil {
		n.t.Errorf("instance %s: %v\n%s", n.id, n.err, n.stderr.String())
	}
}
