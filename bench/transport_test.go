package bench

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// The server of these benchmarks is a process of its own: with client and server in one, a loop
// that is blocked in the kernel distorts everything on few cores.
const transportServerEnv = "LEVER_BENCH_TRANSPORT_SERVER"

func init() {
	if spec := os.Getenv(transportServerEnv); spec != "" {
		serveTransport(spec)
	}
}

// serveTransport echoes until its standard input ends. spec is "driver inline|worker".
func serveTransport(spec string) {
	driver, mode, _ := strings.Cut(spec, " ")
	cfg := transport.Config{Driver: transport.Net, Logger: slog.New(slog.DiscardHandler)}
	if driver == "gnet" {
		cfg.Driver = transport.Gnet
	}
	ln, err := transport.Listen(transport.Addr{Scheme: transport.TCP, Host: "127.0.0.1"}, cfg,
		transportEcho{worker: mode == "worker"})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	go ln.Serve()
	fmt.Println(ln.Addr())
	io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

type transportEcho struct{ worker bool }

func (h transportEcho) HandleEvent(c *transport.Conn, ev *session.Event) {
	if ev.Kind != session.Called {
		return
	}
	if !h.worker {
		c.Result(ev.Call, session.Result{Flags: frame.Bytes}, ev.Payload)
		return
	}
	call, payload := ev.Call, append([]byte(nil), ev.Payload...)
	go c.Result(call, session.Result{Flags: frame.Bytes}, payload)
}

// transportCalls wakes the goroutine that made the call.
type transportCalls struct{}

func (transportCalls) HandleEvent(c *transport.Conn, ev *session.Event) {
	if ev.Kind == session.Resulted {
		reply := ev.Data.(chan error)
		c.Forget(ev.Call)
		reply <- ev.Err
	}
}

// startTransportServer runs the server process and returns its address.
func startTransportServer(b *testing.B, spec string) transport.Addr {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), transportServerEnv+"="+spec)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		stdin.Close()
		cmd.Wait()
	})
	var text string
	if _, err := fmt.Fscanln(stdout, &text); err != nil {
		b.Fatal(err)
	}
	addr, err := transport.ParseAddr(text)
	if err != nil {
		b.Fatal(err)
	}
	return addr
}

// BenchmarkTransport echoes 64 bytes: one operation is one call and its result.
func BenchmarkTransport(b *testing.B) {
	for _, spec := range []string{"gnet inline", "gnet worker", "net inline", "net worker"} {
		for _, shape := range []struct{ conns, inFlight int }{{1, 1}, {1, 64}, {8, 64}} {
			b.Run(fmt.Sprintf("%s/%dx%d", spec, shape.conns, shape.inFlight), func(b *testing.B) {
				addr := startTransportServer(b, spec)
				conns := make([]*transport.Conn, shape.conns)
				for i := range conns {
					c, err := transport.Dial(context.Background(), addr, transport.Config{}, transportCalls{})
					if err != nil {
						b.Fatal(err)
					}
					conns[i] = c
				}
				b.ReportAllocs()
				b.ResetTimer()
				echoAll(b, conns, shape.inFlight)
				b.StopTimer()
				for _, c := range conns {
					c.Close(frame.ReasonNone, "")
					<-c.Done()
				}
			})
		}
	}
}

// echoAll makes b.N calls, with so many in flight on each connection.
func echoAll(b *testing.B, conns []*transport.Conn, inFlight int) {
	var left atomic.Int64
	left.Store(int64(b.N))
	var all sync.WaitGroup
	payload := make([]byte, 64)
	for _, c := range conns {
		for range inFlight {
			all.Go(func() {
				reply := make(chan error, 1)
				for left.Add(-1) >= 0 {
					_, err := c.Open(session.Open{
						Name: "bench/echo", Flags: frame.Bytes, Data: reply,
					}, payload)
					if err == nil {
						err = <-reply
					}
					if err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
	}
	all.Wait()
}
