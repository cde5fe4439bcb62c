package engine

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// collected is what a hook was told.
type collected struct {
	mu  sync.Mutex
	all []string
}

func (c *collected) add(s CallStats) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, fmt.Sprint(s.Method, " ", s.Stream, " ", s.Code.String(), " ", s.Duration, " ", s.Tries))
}

// take gives what was told since the last time.
func (c *collected) take() []string {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.all
	c.all = nil
	slices.Sort(all)
	return all
}

func TestStatsTellOfEachCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var client, server collected
		s := NewServer(ServerConfig{Service: "bank", MaxRunning: 1, Stats: server.add})
		slow := func(ctx context.Context) (None, error) { time.Sleep(time.Second); return None{}, nil }
		err := s.Add(Named{"slow", Func0(slow)},
			Named{"fail", Func0(func(context.Context) (None, error) { return None{}, Errorf(1024, "no") })},
			Named{"fast", Inline(Func0(func(context.Context) (None, error) { return None{}, nil }))},
			Named{"slowChan", Chan0(func(_ context.Context, ch *Chan[None, None]) error {
				time.Sleep(time.Second)
				return nil
			})})
		if err != nil {
			t.Fatal(err)
		}
		svc := dialPipe(t, s, ClientConfig{Stats: client.add})
		call := func(method string) { Call[None](t.Context(), svc.Method(method)) }
		want := func(name string, atClient, atServer []string) {
			t.Helper()
			if got := client.take(); !slices.Equal(got, atClient) {
				t.Errorf("%s, at the client: %q, want %q", name, got, atClient)
			}
			if got := server.take(); !slices.Equal(got, atServer) {
				t.Errorf("%s, at the server: %q, want %q", name, got, atServer)
			}
		}
		call("slow")
		want("a good call", []string{"bank/slow false OK 1s 1"}, []string{"bank/slow false OK 1s 0"})
		call("fail")
		want("an error", []string{"bank/fail false STATUS(1024) 0s 1"},
			[]string{"bank/fail false STATUS(1024) 0s 0"})
		call("fast")
		want("an inline one", []string{"bank/fast false OK 0s 1"}, []string{"bank/fast false OK 0s 0"})
		call("nope")
		want("one without a handler", []string{"bank/nope false NO_METHOD 0s 1"}, nil)
		Notify(t.Context(), svc.Method("slow"))
		want("one way", []string{"bank/slow false OK 0s 1"}, nil)
		time.Sleep(time.Second)
		want("one way, when it has run", nil, []string{"bank/slow false OK 1s 0"})
		f := Go[None](t.Context(), svc.Method("slow"))
		f.Wait()
		want("one begun before", []string{"bank/slow false OK 1s 1"}, []string{"bank/slow false OK 1s 0"})
		if ch, err := Open[None, None](t.Context(), svc.Method("slowChan")); err != nil {
			t.Error(err)
		} else {
			ch.Recv()
		}
		want("a stream", []string{"bank/slowChan true OK 1s 1"}, []string{"bank/slowChan true OK 1s 0"})
		s.running.Add(1)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		Call[None](ctx, svc.Method("slow"))
		s.running.Add(-1)
		if got := client.take(); len(got) != 1 || got[0][len(got[0])-1] != '3' {
			t.Errorf("a call that was tried three times: %q", got)
		}
	})
}

func TestStatsThatPanicHarmNobody(t *testing.T) {
	s := NewServer(ServerConfig{Service: "bank", Logger: slog.New(slog.DiscardHandler),
		Stats: func(CallStats) { panic("oops") }})
	if err := s.Handle("get", Func0(func(context.Context) (int, error) { return 1, nil })); err != nil {
		t.Fatal(err)
	}
	svc := dialPipe(t, s, ClientConfig{})
	for range 3 {
		if n, err := Call[int](t.Context(), svc.Method("get")); n != 1 || err != nil {
			t.Error(n, err)
		}
	}
}
