package abuse

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// childEnv holds the order of a child process, as JSON. A process that has it is a server.
const childEnv = "LEVER_ABUSE_SERVER"

// order is what a child serves with. Times are short so that a test need not wait for long.
type order struct {
	Driver  transport.Driver
	Loops   int
	Params  frame.Params
	Limits  session.Limits
	Stall   time.Duration
	PerHost int
	Files   int // most open files; zero: as many as the system grants
}

// config is the transport of a child.
func (o order) config() transport.Config {
	cfg := transport.Config{
		Driver: o.Driver, Loops: o.Loops, StallTimeout: o.Stall, MaxConnsPerHost: o.PerHost,
	}
	cfg.Session.Params, cfg.Session.Limits = o.Params, o.Limits
	return cfg
}

// childMain serves until its standard input ends.
func childMain(spec string) int {
	var o order
	if err := json.Unmarshal([]byte(spec), &o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if o.Files > 0 {
		if err := limitFiles(o.Files); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	srv, err := newServer(&gauge{}, o.config(), slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err == nil {
		err = srv.Listen("tcp://127.0.0.1:0")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(srv.Addrs()[0])
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	srv.Serve(ctx) // what hangs on is the attacker's; the parent judges by what it measures
	return 0
}

// child is a server in a process of its own, with an honest client.
type child struct {
	t    testing.TB
	pid  int
	addr string
	log  syncBuffer
	honest,
	control engine.Service // on connections of their own
}

// startChild starts a server and waits until it serves. It ends with the test.
func startChild(t testing.TB, o order) *child {
	t.Helper()
	spec, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	c := &child{t: t}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+string(spec), "GOMEMLIMIT=off", "GOGC=100")
	cmd.Stderr = &c.log
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		kill := time.AfterFunc(10*time.Second, func() { cmd.Process.Kill() })
		cmd.Wait()
		kill.Stop()
		if t.Failed() {
			t.Logf("the server said:\n%s", clip(c.log.String()))
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the server did not start: %v\n%s", err, c.log.String())
	}
	c.pid, c.addr = cmd.Process.Pid, strings.TrimSpace(line)
	c.honest = newClient(t, c.addr, engine.ClientConfig{})
	c.control = newClient(t, c.addr, engine.ClientConfig{})
	for range 200 {
		wantEcho(t, c.honest, "warm")
	}
	c.stats()
	return c
}

// clip shortens a log to what a person reads.
func clip(s string) string {
	const most = 4000
	if len(s) > most {
		return s[:most/2] + "\n…\n" + s[len(s)-most/2:]
	}
	return s
}

// stats asks the server about itself, after a collection of its garbage.
func (c *child) stats() stats {
	c.t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	s, err := engine.Call[stats](ctx, c.control.Method("stats"))
	if err != nil {
		c.t.Fatalf("stats: %v", err)
	}
	return s
}

// resident is the memory of the process in bytes.
func (c *child) resident() int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", c.pid))
	if err != nil {
		c.t.Skipf("needs /proc: %v", err)
	}
	fields := strings.Fields(string(text))
	pages, err := strconv.Atoi(fields[1])
	if err != nil {
		c.t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

// files is the number of its descriptors.
func (c *child) files() int {
	entries, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", c.pid))
	if err != nil {
		c.t.Fatal(err)
	}
	return len(entries)
}

// watch samples the memory until stop is called, which gives the most that was seen.
func (c *child) watch() (stop func() int) {
	var most atomic.Int64
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			most.Store(max(most.Load(), int64(c.resident())))
			select {
			case <-quit:
				return
			case <-time.After(3 * time.Millisecond):
			}
		}
	}()
	return sync.OnceValue(func() int {
		close(quit)
		<-done
		return int(most.Load())
	})
}

// syncBuffer is a log that several goroutines may use.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
