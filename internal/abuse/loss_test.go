package abuse

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// TestAbuseA27HalfOpen lets a peer vanish without a word, with calls in flight. Both sides find out
// after the idle time, and each call ends once.
func TestAbuseA27HalfOpen(t *testing.T) {
	eachDriver(t, func(t *testing.T, d transport.Driver) {
		var cfg transport.Config
		cfg.Driver, cfg.Session.Params.IdleMS = d, 150
		addr, s := serveSpied(t, cfg)
		l := newLink(t, addr)
		cfg.Driver = transport.Auto
		client := newClient(t, l.addr, engine.ClientConfig{Transport: cfg})
		wantEcho(t, client, "all is well")

		const calls = 20
		ends := make(chan error, 10*calls)
		for range calls {
			go func() {
				_, err := engine.Call[[]byte](context.Background(), client.Method("wait"), []byte("x"))
				ends <- err
			}()
		}
		running := s.gauge.running.Load
		eventually(t, "the calls run", func() bool { return running() == calls })
		time.Sleep(400 * time.Millisecond) // a peer that answers PING is not given up
		if n := running(); n != calls {
			t.Fatalf("%d calls of %d are left on a connection that lives", n, calls)
		}
		l.lose(true)
		for range calls {
			select {
			case err := <-ends:
				if !errors.Is(err, engine.Unavailable) || engine.EffectOf(err) != engine.MaybeExecuted {
					t.Errorf("a call on a dead connection ended with %v (%v)", err, engine.EffectOf(err))
				}
			case <-time.After(patience):
				t.Fatal("a dead connection was not found out")
			}
		}
		eventually(t, "the server has found out too", func() bool { return running() == 0 })
		if d == transport.Net {
			eventually(t, "the connection is gone", func() bool { return len(s.ended()) == 1 })
			wantFault(t, s.ended()[0], frame.ReasonTimeout)
		}
		if len(ends) > 0 {
			t.Errorf("%d calls ended twice", len(ends))
		}
		l.lose(false)
		l.cut()
		wantEcho(t, client, "a new one")
	})
}

// TestAbuseA47RetryStorm refuses every call: trying again must not multiply the load.
func TestAbuseA47RetryStorm(t *testing.T) {
	var attempts atomic.Int64
	addr := serveRaw(t, func(p *peer) {
		for {
			h, _, err := p.next()
			if err != nil {
				return
			}
			if h.Type == frame.Call {
				attempts.Add(1)
				p.send(raw(frame.Result, frame.Unprocessed, uint16(frame.Unavailable), h.ID, 0, ""),
					raw(frame.Credit, 0, 1, 0, 0, ""))
			}
		}
	})
	client := newClient(t, addr, engine.ClientConfig{})
	calls := times(600, 20_000)
	var workers sync.WaitGroup
	for range 20 {
		workers.Go(func() {
			for range calls / 20 {
				_, err := engine.Call[[]byte](context.Background(), client.Method("echo"), []byte("x"))
				if !errors.Is(err, engine.Unavailable) {
					t.Errorf("a refused call ended with %v", err)
				}
			}
		})
	}
	workers.Wait()
	const burst = 10
	if n, most := int(attempts.Load()), calls+calls/10+burst; n > most || n < calls {
		t.Errorf("%d calls made %d attempts, want at most %d", calls, n, most)
	}
}

// TestAbuseA49RollingRestart restarts three servers one after the other under load: no call fails.
func TestAbuseA49RollingRestart(t *testing.T) {
	begin := func(addr string) (*engine.Server, func() error) {
		srv, err := newServer(&gauge{}, transport.Config{}, quiet)
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "there is a place to listen at", func() bool {
			err = srv.Listen(addr) // of a port that is free somebody else may dial meanwhile
			return err == nil
		})
		ctx, stop := context.WithCancel(context.Background())
		served := make(chan error, 1)
		go func() { served <- srv.Serve(ctx) }()
		return srv, func() error { stop(); return <-served }
	}
	var addrs []string
	var stops []func() error
	for range 3 {
		srv, stop := begin("tcp://127.0.0.1:0")
		addrs, stops = append(addrs, srv.Addrs()[0]), append(stops, stop)
	}
	c, err := engine.NewClient(engine.ClientConfig{Addrs: addrs, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s := c.Service("lever://test/" + service)
	ctx, stopLoad := context.WithCancel(context.Background())
	var calls, failed atomic.Int64
	var load sync.WaitGroup
	for range 8 {
		load.Go(func() {
			for ctx.Err() == nil {
				call, free := context.WithTimeout(context.Background(), patience)
				if _, err := engine.Call[[]byte](call, s.Method("work"), []byte("x")); err != nil {
					failed.Add(1)
					t.Errorf("a call failed: %v", err)
				}
				free()
				calls.Add(1)
			}
		})
	}
	for range times(1, 10) {
		for i := range addrs {
			time.Sleep(50 * time.Millisecond)
			if err := stops[i](); err != nil {
				t.Errorf("server %d: %v", i, err)
			}
			time.Sleep(20 * time.Millisecond)
			_, stops[i] = begin(addrs[i])
		}
	}
	time.Sleep(50 * time.Millisecond)
	stopLoad()
	load.Wait()
	for _, stop := range stops {
		stop()
	}
	t.Logf("%d calls, %d failed", calls.Load(), failed.Load())
}
