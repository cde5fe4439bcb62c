package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// asCommand makes the test's own binary behave as the command, so that a test can start it as
// another process.
const asCommand = "LEVER_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	os.Exit(m.Run())
}

// lever prepares the command as a process of its own.
func lever(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), asCommand+"=1", environmentVariable+"=",
		"GORACE=atexit_sleep_ms=0") // or each process that ends well waits a second
	return cmd
}

// server is a running "lever serve", or another command that listens.
type server struct {
	name    string
	addrs   []string
	cmd     *exec.Cmd
	printed *bufio.Reader
	stderr  bytes.Buffer
}

// startServer starts "lever serve" and waits for the addresses it prints, as many as there are
// --listen flags.
func startServer(t *testing.T, args ...string) *server {
	t.Helper()
	return startListening(t, "serve", args...)
}

// startListening starts a command that listens.
func startListening(t *testing.T, name string, args ...string) *server {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("processes are interrupted by signals here")
	}
	// The test's context ends before its clean-up begins, but stop wants a server that still runs.
	ctx := context.WithoutCancel(t.Context())
	s := &server{name: name, cmd: lever(ctx, append([]string{name}, args...)...)}
	s.cmd.Stderr = &s.stderr
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.stop(t) })
	s.printed = bufio.NewReader(stdout)
	for range strings.Count(strings.Join(args, " "), "--listen") {
		s.addrs = append(s.addrs, s.line(t, "listening "))
	}
	return s
}

// line waits for a line that begins with start, and gives the rest.
func (s *server) line(t *testing.T, start string) string {
	t.Helper()
	line, err := s.printed.ReadString('\n')
	rest, ok := strings.CutPrefix(strings.TrimSpace(line), start)
	if err != nil || !ok {
		t.Fatalf("lever %s printed %q (%v)\n%s", s.name, line, err, s.stderr.String())
	}
	return rest
}

// stop interrupts the server, once, and expects a good end.
func (s *server) stop(t *testing.T) {
	t.Helper()
	if s.cmd.ProcessState != nil {
		return
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("lever %s: %v\n%s", s.name, err, s.stderr.String())
	}
}

// outcome is what a finished command left.
type outcome struct {
	status         int
	stdout, stderr string
}

// finish runs the command as a process to its end.
func finish(t *testing.T, stdin string, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := lever(t.Context(), args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// want expects status 0 and some output.
func (o outcome) want(t *testing.T, stdout string) {
	t.Helper()
	if o.status != 0 || o.stdout != stdout {
		t.Errorf("got status %d and\n%s%s, want\n%s", o.status, o.stdout, o.stderr, stdout)
	}
}

// wantFailure expects status 1, no output, and the parts in what is said about it.
func (o outcome) wantFailure(t *testing.T, parts ...string) {
	t.Helper()
	if o.status != statusFailed || o.stdout != "" {
		t.Errorf("got status %d and %q, want %d and nothing", o.status, o.stdout, statusFailed)
	}
	for _, part := range parts {
		if !strings.Contains(o.stderr, part) {
			t.Errorf("got\n%swithout %q", o.stderr, part)
		}
	}
}

// talk is a running command whose input and output a test holds.
type talk struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
	stderr bytes.Buffer
}

// startTalk starts the command.
func startTalk(t *testing.T, args ...string) *talk {
	t.Helper()
	k := &talk{cmd: lever(t.Context(), args...)}
	k.cmd.Stderr = &k.stderr
	var err error
	if k.stdin, err = k.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := k.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	k.stdout = bufio.NewReader(stdout)
	if err := k.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return k
}

// wantLine waits for a line and expects it to be this one.
func (k *talk) wantLine(t *testing.T, want string) {
	t.Helper()
	line, err := k.stdout.ReadString('\n')
	if line != want+"\n" {
		t.Fatalf("got %q (%v), want %q\n%s", line, err, want, k.stderr.String())
	}
}
