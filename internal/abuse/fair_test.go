package abuse

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// TestAbuseA38HeadOfLine asks for one very large result and then for small ones. What counts is not
// the clock but how much of the large one stands in front of the small one: what fills the buffers
// on the way, and no more.
func TestAbuseA38HeadOfLine(t *testing.T) {
	eachDriver(t, func(t *testing.T, d transport.Driver) {
		const large = 64 << 20
		params := wide
		params.MaxFrame = 64 << 10 // a sender that is alone may fill a frame
		cfg := transport.Config{Driver: d}
		addr, _ := serve(t, cfg)
		p := dialNarrow(t, addr)
		p.send(hello(params), call(1, 0, "big", size(large)))
		p.await(frame.Result)
		begun := p.read.Load()
		small := times(50, 1000)
		worst := int64(0)
		for i := range small {
			id := uint32(3 + 2*i)
			p.send(call(id, 0, "echo", "small"), ping(i))
			sent := p.read.Load()
			p.awaitResult(id)
			if h, _ := p.await(frame.Ping); h.Aux != uint32(i) {
				t.Fatalf("question %d was answered with %v", i, h)
			}
			worst = max(worst, p.read.Load()-sent)
			if p.read.Load()-begun > large*9/10 {
				if i < 5 {
					t.Errorf("%d small calls took as long as the whole large one", i)
				}
				break
			}
		}
		if worst > large/3 { // the kernel keeps 4 MiB for a sender, and a turn is one
			t.Errorf("%d KiB of the large result came before a small one", worst>>10)
		}
		t.Logf("at most %d KiB of the large result came before a small one", worst>>10)
	})
}

// TestAbuseA38HugeFrames announces the largest frames that there are. A sender that filled one
// would answer nothing meanwhile, and hold all of it in its output.
func TestAbuseA38HugeFrames(t *testing.T) {
	s := newCore(session.Config{}, session.Server, wide)
	s.feed(0, call(1, 0, "big", ""))
	s.Result(0, s.calls[0], session.Result{Flags: frame.Bytes}, make([]byte, 20<<20))
	for out := s.TakeOutput(nil); out != nil; out = s.TakeOutput(nil) {
		for _, h := range headers(t, out) {
			if h.Length > uint32(session.DefaultLimits.OutputBytes) {
				t.Fatalf("a frame of %d bytes, in front of what comes next", h.Length)
			}
		}
	}
}

// TestAbuseA39BusyConnection has one connection at full blast and many polite ones on one loop.
func TestAbuseA39BusyConnection(t *testing.T) {
	siege(t, order{Driver: transport.Gnet, Loops: 1}, 16<<20, func(c *child) {
		p := greetPeer(t, c.addr, wide)
		p.discard()
		s := &slots{p: p, id: 1}
		stop := make(chan struct{})
		var blast sync.WaitGroup
		blast.Go(func() { // one-way calls of which nothing comes back but slots
			for {
				select {
				case <-stop:
					return
				default:
				}
				var chunk []byte
				for range 100 {
					chunk = append(chunk, call(s.id, frame.Oneway, "echo", "blast")...)
					s.id += 2
				}
				if p.send(chunk) != nil {
					return
				}
			}
		})
		var polite sync.WaitGroup
		for range 20 {
			polite.Go(func() {
				client, err := engine.NewClient(engine.ClientConfig{Addrs: []string{c.addr}, Logger: quiet})
				if err != nil {
					t.Error(err)
					return
				}
				defer client.Close()
				s := client.Service("lever://test/" + service)
				for range times(20, 500) {
					ctx, free := context.WithTimeout(context.Background(), patience)
					if _, err := engine.Call[[]byte](ctx, s.Method("echo"), []byte("x")); err != nil {
						t.Errorf("a polite call failed: %v", err)
					}
					free()
					time.Sleep(time.Millisecond)
				}
			})
		}
		polite.Wait()
		close(stop)
		blast.Wait()
		p.reset()
	})
}
