package main

import (
	"fmt"
	"path/filepath"
	"testing"
)

// TestRegistry runs a registry, two instances and their callers as processes of their own.
func TestRegistry(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	reg := startListening(t, "registry", "--fresh", "--state", state, "--listen", "tcp://127.0.0.1:0")
	join := func(id string) *server {
		s := startServer(t, "--listen", "tcp://127.0.0.1:0", "--registry", reg.addrs[0],
			"--instance", id, "--env", "test")
		if got, want := s.line(t, "registered "), id+" at lever://test/document"; got != want {
			t.Errorf("registered %s, want %s", got, want)
		}
		return s
	}
	call := func(n int, method string, args ...string) outcome {
		url := fmt.Sprintf("lever://test/document/d%d/%s", n, method)
		return finish(t, "", append([]string{"call", "--registry", reg.addrs[0], url}, args...)...)
	}
	finish(t, "", "call", "--registry", reg.addrs[0], "lever://test/document/d/read").
		wantFailure(t, "code 14 (unavailable)", "not sent")
	a := join("a")
	for n := range 6 {
		call(n, "edit", `{"base":0,"insert":"x"}`).want(t, `{"revision":1,"at":0,"remove":0,"insert":"x"}`+"\n")
	}
	b := join("b")
	whole := `{"revision":1,"text":"x"}` + "\n"
	for n := range 6 {
		call(n, "read").want(t, whole) // nothing has moved
	}

	reg.stop(t)
	reg = startListening(t, "registry", "--state", state, "--listen", reg.addrs[0])
	for n := range 6 {
		call(n, "read").want(t, whole)
	}

	a.stop(t) // what it held goes to b without a wait
	for n := range 6 {
		if got := call(n, "read"); got.status != statusDone {
			t.Errorf("after a has left: status %d\n%s", got.status, got.stderr)
		}
	}
	b.stop(t)
}

// TestRegistryOverTLS registers an instance at a registry that wants to know who comes.
func TestRegistryOverTLS(t *testing.T) {
	certs := filepath.Join(t.TempDir(), "certs")
	file := func(name string) string { return filepath.Join(certs, name) }
	reg := startListening(t, "registry", "--fresh", "--listen", "tls://127.0.0.1:0",
		"--tls-self-signed", certs, "--tls-client-ca", file("ca.pem"))
	s := startServer(t, "--listen", "tcp://127.0.0.1:0", "--registry", reg.addrs[0],
		"--registry-ca", file("ca.pem"), "--registry-cert", file("client.pem"),
		"--registry-key", file("client.key"), "--instance", "a", "--env", "test")
	if got, want := s.line(t, "registered "), "a at lever://test/document"; got != want {
		t.Errorf("registered %s, want %s", got, want)
	}
	finish(t, "", "call", "--registry", reg.addrs[0], "--ca", file("ca.pem"),
		"--cert", file("client.pem"), "--key", file("client.key"), "lever://test/document/d/read").
		want(t, `{"revision":0,"text":""}`+"\n")
	finish(t, "", "call", "--registry", reg.addrs[0], "--ca", file("ca.pem"),
		"lever://test/document/d/read").wantFailure(t, "code 14 (unavailable)", "not sent")
}
