package spectest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/leverrpc/lever/engine"
)

// TestAppendixGoesOnBeyondItsWindows has the client of chapter 18 call the reference for more than
// both of its windows hold, in results of one frame and of several.
func TestAppendixGoesOnBeyondItsWindows(t *testing.T) {
	srv := engine.NewServer(engine.ServerConfig{Service: "blob"})
	if err := srv.Handle("get", engine.Func1(func(_ context.Context, n int) ([]byte, error) {
		return make([]byte, n), nil
	})); err != nil {
		t.Fatal(err)
	}
	if err := srv.Listen("tcp://127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ctx) }()

	port := srv.Addrs()[0][strings.LastIndexByte(srv.Addrs()[0], ':')+1:]
	got := python(t, fmt.Sprintf(`
c = Client("127.0.0.1", %s)
c.sock.settimeout(20)
print(sum(len(c.call("blob/get", n)) for n in [1000] * 200 + [150000] * 5))
c.sock.close()
`, port))
	if got != "950000\n" {
		t.Errorf("printed %q, want 950000 bytes", got)
	}
	stop()
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
}
