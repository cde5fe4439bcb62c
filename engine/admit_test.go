package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine/transport"
)

// guarded is a server that admits the token "open sesame" as "ann", and tells handlers who called.
func guarded(t *testing.T, log *slog.Logger, admit Admit) *Server {
	t.Helper()
	srv := NewServer(ServerConfig{Service: "bank", Admit: admit, Logger: log})
	err := srv.Handle("who", Func0(func(ctx context.Context) (string, error) {
		info, _ := CallInfo(ctx)
		return fmt.Sprint(info.Identity), nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	return srv
}

func sesame(_ context.Context, c Caller) (any, error) {
	if string(c.Auth) != "open sesame" {
		return nil, errors.New("the password is wrong")
	}
	return "ann of " + c.Peer, nil
}

// who asks a server who calls.
func who(t *testing.T, srv *Server, cfg ClientConfig) (string, error) {
	t.Helper()
	cfg.Instance = "cli"
	c, err := srv.Pipe(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return Call[string](context.Background(), c.Service("lever://local/bank").Method("who"))
}

func TestAdmittedCallersHaveAnIdentity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slowly := func(ctx context.Context, c Caller) (any, error) {
			time.Sleep(3 * time.Second) // asks somebody else; the call waits
			return sesame(ctx, c)
		}
		srv := guarded(t, slog.New(slog.DiscardHandler), slowly)
		defer srv.Shutdown(context.Background())
		var tokens atomic.Int64
		for name, cfg := range map[string]ClientConfig{
			"static": {AuthBytes: []byte("open sesame")},
			"fresh": {AuthBytes: []byte("stale"), Auth: func(context.Context) ([]byte, error) {
				tokens.Add(1)
				return []byte("open sesame"), nil
			}},
		} {
			if got, err := who(t, srv, cfg); got != "ann of cli" || err != nil {
				t.Errorf("%s: called as %q, %v", name, got, err)
			}
		}
		if tokens.Load() != 1 {
			t.Errorf("%d tokens for one connection", tokens.Load())
		}
	})
}

func TestWhoIsNotAdmittedIsToldSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			name   string
			code   Code
			want   string
			admit  Admit
			client ClientConfig
		}{
			{"a wrong password", Unauthenticated, "REFUSED: the password is wrong", sesame,
				ClientConfig{AuthBytes: []byte("x")}},
			{"no password", Unauthenticated, "REFUSED: the password is wrong", sesame, ClientConfig{}},
			{"no room", Unavailable, "UNAVAILABLE: a thousand are here",
				func(context.Context, Caller) (any, error) {
					return nil, Errorf(ResourceExhausted, "a thousand are here")
				}, ClientConfig{}},
			{"nobody to ask", Unavailable, "UNAVAILABLE: the guard: unavailable",
				func(context.Context, Caller) (any, error) {
					return nil, fmt.Errorf("the guard: %w", Unavailable)
				}, ClientConfig{}},
			{"a panic", Unavailable, "UNAVAILABLE: the server could not decide",
				func(context.Context, Caller) (any, error) { panic("secret") }, ClientConfig{}},
			{"no verdict in time", Unavailable, "UNAVAILABLE: context deadline exceeded",
				func(ctx context.Context, _ Caller) (any, error) {
					<-ctx.Done()
					return nil, ctx.Err()
				}, ClientConfig{}},
			{"no token", Unavailable, "credentials: the mint is closed", sesame,
				ClientConfig{Auth: func(context.Context) ([]byte, error) { return nil, errors.New("the mint is closed") }}},
			{"too long a token", Unavailable, "AUTH has 4000 bytes", sesame,
				ClientConfig{Auth: func(context.Context) ([]byte, error) { return make([]byte, 4000), nil }}},
		} {
			srv := guarded(t, slog.New(slog.DiscardHandler), c.admit)
			c.client.Attempts = -1
			_, err := who(t, srv, c.client)
			if CodeOf(err) != c.code || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v, want %v with %q", c.name, err, c.code, c.want)
			}
			if e := EffectOf(err); e != NotExecuted && e != NotSent {
				t.Errorf("%s: the effect is %v", c.name, e)
			}
			srv.Shutdown(context.Background())
		}
	})
}

// The verdict may come between the choice of a connection and the call.
func TestARefusalIsToldToCallsThatCameTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := guarded(t, slog.New(slog.DiscardHandler), sesame)
		defer srv.Shutdown(context.Background())
		c, err := srv.Pipe(ClientConfig{AuthBytes: []byte("x"), Attempts: -1})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		svc := c.Service("lever://local/bank")
		_, conn, err := svc.Method("who").s.pick(t.Context(), transport.Now(), new(attempt), "")
		if err != nil {
			t.Fatal(err)
		}
		<-conn.conn.Done()
		conn.link.current.Store(conn)
		_, err = Call[string](t.Context(), svc.Method("who"))
		if CodeOf(err) != Unauthenticated || EffectOf(err) != NotSent {
			t.Errorf("a call: %v (%v)", err, EffectOf(err))
		}
		conn.link.current.Store(conn)
		_, err = Open[string, string](t.Context(), svc.Method("whoChan"))
		if CodeOf(err) != Unauthenticated || EffectOf(err) != NotSent {
			t.Errorf("a stream: %v (%v)", err, EffectOf(err))
		}
	})
}

// A call with wrong credentials is tried once, and the next one is not even sent.
func TestWhoIsRefusedDoesNotTryForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var verdicts atomic.Int64
		srv := guarded(t, slog.New(slog.DiscardHandler), func(_ context.Context, c Caller) (any, error) {
			verdicts.Add(1)
			return sesame(nil, c)
		})
		defer srv.Shutdown(context.Background())
		c, err := srv.Pipe(ClientConfig{AuthBytes: []byte("x")})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		m := c.Service("lever://local/bank").Method("who").Idempotent()
		for i, most := range []Effect{NotExecuted, NotSent} { // the verdict may be the faster one
			_, err := Call[string](t.Context(), m)
			if CodeOf(err) != Unauthenticated || EffectOf(err) > most {
				t.Errorf("call %d: %v (%v), want unauthenticated (%v)", i, err, EffectOf(err), most)
			}
		}
		if got := verdicts.Load(); got != 1 {
			t.Errorf("the server has judged %d times, want once", got)
		}
	})
}

// That a server takes no more clients is no fault of the client.
func TestAFullServerIsLeftForAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 2, ClientConfig{})
		full := c.nodes["tcp://node0:1"]
		full.server.config.Admit = func(context.Context, Caller) (any, error) {
			return nil, Errorf(ResourceExhausted, "a thousand are here")
		}
		full.server.config.Transport.Session.Vet = true
		for range 20 {
			got, err := Call[string](t.Context(), svc.Method("get"))
			if err != nil || got != "tcp://node1:1" {
				t.Errorf("%q, %v; want the other one", got, err)
			}
		}
		if full.dials.Load() == 0 {
			t.Error("the full one was not tried")
		}
	})
}

// TestALargeFirstMessageWaitsForTheHello sends more than every server takes before this one has said
// that it takes more.
func TestALargeFirstMessageWaitsForTheHello(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := ServerConfig{Service: "bank", Admit: func(context.Context, Caller) (any, error) {
			time.Sleep(3 * time.Second)
			return nil, nil
		}}
		cfg.Transport.Session.Params.MaxMessage = 8 << 20
		srv := NewServer(cfg)
		defer srv.Shutdown(context.Background())
		err := srv.Handle("sizeChan", Chan0(func(_ context.Context, ch *Chan[[]byte, int]) error {
			p, err := ch.Recv()
			return errors.Join(err, ch.Send(len(p)))
		}))
		if err != nil {
			t.Fatal(err)
		}
		c, err := srv.Pipe(ClientConfig{})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		m := c.Service("lever://local/bank").Method("sizeChan")
		ch, err := Open[int, []byte](t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		large := make([]byte, 5<<20)
		if sent, err := ch.TrySend(large); sent || err != nil {
			t.Errorf("an attempt before the HELLO: %v, %v", sent, err)
		}
		if err := ch.Send(large); err != nil {
			t.Errorf("Send before the HELLO: %v", err)
		}
		if n, err := ch.Recv(); n != len(large) || err != nil {
			t.Errorf("the handler got %d bytes, %v", n, err)
		}
		ch.Close()
	})
}

// TestAbuseA44CredentialsAreNotTold fails in every way and looks for the password in all that can
// be read afterwards.
func TestAbuseA44CredentialsAreNotTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const password = "hunter2-and-more"
		var out bytes.Buffer
		log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
		for _, admit := range []Admit{
			sesame,
			func(context.Context, Caller) (any, error) { panic("no") },
			func(ctx context.Context, _ Caller) (any, error) { <-ctx.Done(); return nil, ctx.Err() },
			func(context.Context, Caller) (any, error) { return nil, nil },
		} {
			srv := guarded(t, log, admit)
			for _, cfg := range []ClientConfig{
				{AuthBytes: []byte(password)},
				{Auth: func(context.Context) ([]byte, error) { return []byte(password), nil }},
				{Auth: func(context.Context) ([]byte, error) {
					return []byte(strings.Repeat(password, 1000)), nil
				}},
			} {
				cfg.Logger, cfg.Attempts = log, -1
				_, err := who(t, srv, cfg)
				fmt.Fprintf(&out, "%v %+v %#v\n", err, err, err)
			}
			srv.Shutdown(context.Background())
		}
		long := ClientConfig{AuthBytes: []byte(strings.Repeat(password, 1000))}
		_, err := NewClient(long)
		fmt.Fprintf(&out, "%v\n", err)
		if strings.Contains(out.String(), "hunter2") {
			t.Errorf("the password was told:\n%s", out.String())
		}
	})
}
