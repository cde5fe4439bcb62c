package abuse

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// TestAbuseA23CancelRace cancels calls at about the moment when they are answered: no caller may
// get the answer of another, and no side may take the crossing for a violation.
func TestAbuseA23CancelRace(t *testing.T) {
	eachDriver(t, func(t *testing.T, d transport.Driver) {
		addr, s := serveSpied(t, transport.Config{Driver: d})
		client := newClient(t, addr, engine.ClientConfig{})
		var cancelled, wrong atomic.Int64
		var workers sync.WaitGroup
		for w := range 8 {
			workers.Go(func() {
				rng := rand.New(rand.NewPCG(23, uint64(w)))
				for i := range times(1500, 60_000) {
					key := binary.LittleEndian.AppendUint64(nil, uint64(w)<<32|uint64(i))
					method := client.Method([]string{"echo", "work"}[i&1])
					ctx, stop := context.WithCancel(context.Background())
					time.AfterFunc(time.Duration(rng.IntN(200))*time.Microsecond, stop)
					got, err := engine.Call[[]byte](ctx, method, key)
					stop()
					switch {
					case err == nil && !bytes.Equal(got, key):
						wrong.Add(1)
					case errors.Is(err, engine.Cancelled):
						cancelled.Add(1)
					case err != nil:
						t.Error(err)
						return
					}
				}
			})
		}
		workers.Wait()
		if wrong.Load() > 0 {
			t.Errorf("%d answers went to another call", wrong.Load())
		}
		wantEcho(t, client, "still here")
		s.wantOne(t)
		t.Logf("%d calls were cancelled", cancelled.Load())
	})
}

// TestAbuseA24IDExhaustion begins near the end of the ids: the connection gives way to a new one
// and no call notices.
func TestAbuseA24IDExhaustion(t *testing.T) {
	addr, s := serveSpied(t, transport.Config{Driver: transport.Net})
	const last = 0xFFFFFF01
	cfg := engine.ClientConfig{}
	cfg.Transport.Session.FirstID = last - 2*15 // 16 calls
	client := newClient(t, addr, cfg)
	for range 16 * 5 {
		wantEcho(t, client, "x")
	}
	eventually(t, "the old connections are gone", func() bool { return len(s.ended()) >= 4 })
	if n := s.count(); n > 6 {
		t.Errorf("80 calls took %d connections, want 5 or 6", n)
	}
	for _, err := range s.ended() {
		if err != nil {
			t.Errorf("a connection whose ids were used up ended with %v", err)
		}
	}
	p := greetPeer(t, addr, wide)
	p.send(call(last, 0, "echo", "x"))
	p.awaitResult(last)
	p.send(call(last+2, 0, "echo", "x"))
	p.wantClosed(frame.ReasonIDsExhausted)
}

// TestAbuseA34CallMap makes many calls that end in all ways: none may stay in a table.
func TestAbuseA34CallMap(t *testing.T) {
	eachDriver(t, func(t *testing.T, d transport.Driver) {
		addr, s := serveSpied(t, transport.Config{Driver: d})
		client := newClient(t, addr, engine.ClientConfig{})
		var workers sync.WaitGroup
		for w := range 4 {
			workers.Go(func() {
				for i := range times(400, 100_000) {
					endSomehow(client, w+i)
				}
			})
		}
		workers.Wait()
		s.wantOne(t)
	})
}

// endSomehow makes a call that ends in the i-th way.
func endSomehow(s engine.Service, i int) {
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	switch i % 8 {
	case 0, 1:
		engine.Call[[]byte](ctx, s.Method("echo"), []byte("x"))
	case 2:
		engine.Call[any](ctx, s.Method("nope"))
	case 3:
		engine.Call[any](ctx, s.Method("any"), 1, 2, 3)
	case 4:
		engine.Call[any](ctx, s.Method("panic"), "")
	case 5:
		short, stop := context.WithTimeout(ctx, time.Duration(i%7)*50*time.Microsecond)
		engine.Call[[]byte](short, s.Method("wait"), []byte("x"))
		stop()
	case 6:
		if ch, err := engine.Open[[]byte, []byte](ctx, s.Method("echoChan")); err == nil {
			ch.Send([]byte("x"))
			ch.Close()
		}
	case 7:
		if ch, err := engine.Open[[]byte, []byte](ctx, s.Method("readChan")); err == nil {
			ch.Send(make([]byte, 5000))
			ch.CloseSend()
			ch.Recv()
		}
	}
}

// TestAbuseA37BigMessageSmallWindow echoes the largest message through the smallest windows.
func TestAbuseA37BigMessageSmallWindow(t *testing.T) {
	var cfg transport.Config
	cfg.Session.Params = frame.MinParams
	addr, _ := serve(t, cfg)
	client := newClient(t, addr, engine.ClientConfig{Transport: cfg})
	big := bytes.Repeat([]byte("0123456789abcdef"), (4<<20)/16)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			ctx, stop := context.WithTimeout(context.Background(), patience)
			defer stop()
			got, err := engine.Call[[]byte](ctx, client.Method("work"), big)
			if err != nil || !bytes.Equal(got, big) {
				t.Errorf("a call with MAX_MESSAGE: %d bytes came back, %v", len(got), err)
			}
			ch, err := engine.Open[[]byte, []byte](ctx, client.Method("echoChan"))
			if err == nil {
				if err = ch.Send(big); err == nil {
					got, err = ch.Recv()
				}
				ch.Close()
			}
			if err != nil || !bytes.Equal(got, big) {
				t.Errorf("a message of MAX_MESSAGE: %d bytes came back, %v", len(got), err)
			}
		})
	}
	all.Wait()
}

// TestAbuseA45HandlerPanic lets handlers panic in every phase: the call ends with INTERNAL and no
// word of why, the connection lives.
func TestAbuseA45HandlerPanic(t *testing.T) {
	eachDriver(t, func(t *testing.T, d transport.Driver) {
		addr, s := serveSpied(t, transport.Config{Driver: d})
		client := newClient(t, addr, engine.ClientConfig{})
		ctx, stop := context.WithTimeout(context.Background(), patience)
		defer stop()
		for range times(5, 200) {
			for _, m := range []string{"panic", "panicInline"} {
				_, err := engine.Call[string](ctx, client.Method(m), "now")
				wantInternal(t, m, err)
			}
			for _, when := range []string{"at once", "after a message", "after receiving", "after the end"} {
				ch, err := engine.Open[[]byte, []byte](ctx, client.Method("panicChan"), when)
				if err != nil {
					t.Fatal(err)
				}
				ch.Send([]byte("x"))
				if when == "after the end" {
					ch.Close()
					continue
				}
				for err = nil; err == nil; {
					_, err = ch.Recv()
				}
				wantInternal(t, "panicChan "+when, err)
			}
			wantEcho(t, client, "still here")
		}
		s.wantOne(t)
	})
}

func wantInternal(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, engine.Internal) {
		t.Errorf("%s: %v, want INTERNAL", what, err)
	}
	if err != nil && strings.Contains(err.Error(), panicText) {
		t.Errorf("%s: the caller was told %q", what, err)
	}
}
