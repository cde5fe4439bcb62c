package engine

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine/transport"
)

// serveOn starts a server on addr and gives a client of it. Both end with the test, cleanly.
func serveOn(t *testing.T, s *Server, addr string, config ClientConfig) Service {
	t.Helper()
	if err := s.Listen(addr); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx) }()
	config.Addrs = s.Addrs()
	c, err := NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Errorf("Serve = %v", err)
		}
		c.Close()
	})
	return c.Service("lever://test/bank")
}

// exercise makes calls and streams of all sizes at once.
func exercise(t *testing.T, svc Service) {
	t.Helper()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			ctx := t.Context()
			for j := range 20 {
				name := strings.Repeat("x", i*j*100)
				if got, err := Call[string](ctx, svc.Method("greet"), name); err != nil ||
					got != "hello "+name {
					t.Errorf("greet of %d bytes = %d bytes, %v", len(name), len(got), err)
				}
				if got, err := Call[int](ctx, svc.Method("add"), i, j); err != nil || got != i+j {
					t.Errorf("add = %v, %v", got, err)
				}
			}
			ch, err := Open[string, string](ctx, svc.Method("echoChan"))
			if err != nil {
				t.Error(err)
				return
			}
			go func() {
				for j := range 50 {
					if err := ch.Send(strings.Repeat("y", j*100)); err != nil {
						t.Error(err)
					}
				}
				ch.CloseSend()
			}()
			n := 0
			for v, err := range ch.All() {
				if err != nil || len(v) != len("echo ")+n*100 {
					t.Errorf("message %d has %d bytes, %v", n, len(v), err)
				}
				n++
			}
			if n != 50 {
				t.Errorf("%d messages", n)
			}
		})
	}
	all.Wait()
}

// both is a server with the methods of bank and tail.
func both(t *testing.T, config ServerConfig) *Server {
	s := bank(t, config)
	for name, rt := range *tail(t).routes.table.Load() {
		if err := s.Handle(strings.TrimPrefix(name, "bank/"), rt.handler); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestOverSockets(t *testing.T) {
	ts := httptest.NewTLSServer(nil) // for its certificate
	defer ts.Close()
	for _, c := range []struct {
		name, addr string
		driver     transport.Driver
	}{
		{"tcp with the default driver", "tcp://127.0.0.1:0", transport.Auto},
		{"tcp with net", "127.0.0.1:0", transport.Net},
		{"a unix socket", "unix://" + filepath.Join(t.TempDir(), "s"), transport.Auto},
		{"tls", "tls://127.0.0.1:0", transport.Auto},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := both(t, ServerConfig{
				MaxWait:   patient,
				TLS:       &tls.Config{Certificates: ts.TLS.Certificates},
				Transport: transport.Config{Driver: c.driver},
			})
			trust := ts.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
			exercise(t, serveOn(t, s, c.addr, ClientConfig{TLS: &tls.Config{RootCAs: trust}}))
		})
	}
}

func TestListenRefuses(t *testing.T) {
	s := bank(t, ServerConfig{})
	for _, addr := range []string{"ftp://x:1", "tls://127.0.0.1:0", "127.0.0.1:99999"} {
		if err := s.ListenAndServe(t.Context(), addr); err == nil {
			t.Errorf("ListenAndServe(%q) gives no error", addr)
		}
	}
	if err := s.Serve(t.Context()); !errors.Is(err, ErrServerClosed) {
		t.Errorf("Serve after a shutdown = %v", err)
	}
	if err := NewServer(ServerConfig{}).Listen("127.0.0.1:0"); err == nil {
		t.Error("a server without a service listens")
	}
}

func TestListenAndServeDrains(t *testing.T) {
	s := NewServer(ServerConfig{Service: "bank"})
	began, finish := make(chan None), make(chan None)
	err := s.Handle("slow", Func0(func(context.Context) (string, error) {
		began <- None{}
		<-finish
		return "done", nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if err := s.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx) }()
	c, err := NewClient(ClientConfig{Addrs: s.Addrs()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	answer := make(chan error, 1)
	go func() {
		got, err := Call[string](t.Context(), c.Method("lever://test/bank/slow"))
		if err == nil && got != "done" {
			err = fmt.Errorf("got %q", got)
		}
		answer <- err
	}()
	<-began
	cancel()
	select {
	case err := <-served:
		t.Fatalf("ListenAndServe returned %v while a call was running", err)
	case <-answer:
		t.Fatal("the call ended by itself")
	default:
	}
	close(finish)
	if err := <-answer; err != nil {
		t.Errorf("the call in flight: %v", err)
	}
	if err := <-served; err != nil {
		t.Errorf("ListenAndServe = %v", err)
	}
	if _, err := Call[string](t.Context(),
		c.Method("lever://test/bank/slow")); EffectOf(err) != NotSent {
		t.Errorf("a call after the shutdown = %v (%v)", err, EffectOf(err))
	}
}

func TestGraceEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := bank(t, ServerConfig{Grace: time.Second})
		c, err := s.Pipe(ClientConfig{})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		failed := make(chan error, 1)
		go func() {
			_, err := Call[None](t.Context(), c.Method("lever://test/bank/wait"))
			failed <- err
		}()
		synctest.Wait()
		began := time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := s.Serve(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Serve = %v", err)
		}
		if d := time.Since(began); d != time.Second {
			t.Errorf("it took %v", d)
		}
		if err := <-failed; !errors.Is(err, Unavailable) || EffectOf(err) != MaybeExecuted {
			t.Errorf("the call = %v (%v)", err, EffectOf(err))
		}
		synctest.Wait()
		if err := s.Shutdown(t.Context()); err != nil {
			t.Errorf("Shutdown again = %v", err)
		}
	})
}
