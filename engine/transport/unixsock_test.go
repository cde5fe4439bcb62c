//go:build unix

package transport

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// stale leaves a socket's file as a process does that was killed.
func stale(t *testing.T, path string) {
	t.Helper()
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false)
	ln.Close()
}

func TestAStaleSocketIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	stale(t, path)
	ln, err := Listen(Addr{Scheme: Unix, Path: path}, Config{}, &echoServer{})
	if err != nil {
		t.Fatal(err)
	}
	go ln.Serve()
	wantEcho(t, link{}.dial(t, ln, Config{}, &caller{}), nil)
	ln.Close()
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file is there after Close: %v", err)
	}
}

func TestALiveSocketIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	addr := Addr{Scheme: Unix, Path: path}
	first, err := Listen(addr, Config{}, &echoServer{})
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	_, err = Listen(addr, Config{}, &echoServer{})
	if !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), path) {
		t.Errorf("a second listener: %v, want address in use and the path", err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("the file of the first is gone: %v", err)
	}
}

func TestAFileThatIsNoSocketIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Listen(Addr{Scheme: Unix, Path: path}, Config{}, &echoServer{})
	if err == nil || !strings.Contains(err.Error(), "not a socket") {
		t.Errorf("listening on a file: %v", err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "precious" {
		t.Errorf("the file is %q, %v", got, err)
	}
}

func TestAFileThatAnotherTookOverIsNotRemoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	ln, err := Listen(Addr{Scheme: Unix, Path: path}, Config{}, &echoServer{})
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(path)
	stale(t, path) // another's now
	ln.Close()
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("Close removed a file that was not its own: %v", err)
	}
}

func TestAMissingDirectoryIsSaid(t *testing.T) {
	_, err := Listen(Addr{Scheme: Unix, Path: "/no/such/place/s"}, Config{}, &echoServer{})
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want one that wraps os.ErrNotExist", err)
	}
}
