package engine

import (
	"net"
	"strings"
	"testing"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
)

func TestAWrongConfigurationIsRefusedByName(t *testing.T) {
	var wrong transport.Config
	wrong.Session = session.Config{Limits: session.Limits{Glitches: 5}}
	const text = "Limits.Glitches is 5, want 1000 to"

	srv := NewServer(ServerConfig{Service: "bank", Transport: wrong})
	a, b := net.Pipe()
	defer a.Close()
	_, conn := srv.ServeConn(b)
	_, pipe := srv.Pipe(ClientConfig{})
	_, client := NewClient(ClientConfig{Transport: wrong})
	for what, err := range map[string]error{
		"Listen": srv.Listen("tcp://127.0.0.1:0"), "ServeConn": conn, "Pipe": pipe, "NewClient": client,
	} {
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v, want %q", what, err, text)
		}
	}
	if _, err := b.Write([]byte{0}); err == nil {
		t.Error("ServeConn did not close what it was given")
	}
}
