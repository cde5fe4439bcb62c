package subject

import (
	"context"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/leverrpc/lever/conformance"
	"github.com/leverrpc/lever/conformance/play"
	"github.com/leverrpc/lever/conformance/script"
	"github.com/leverrpc/lever/engine/transport"
)

// inPython is the folder of the implementation that was written from SPEC.md alone.
const inPython = "../../spec/python/"

// pythonProgram gives the command line of a program of spec/python.
func pythonProgram(t *testing.T, name string, args ...string) play.Program {
	t.Helper()
	path, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3 to run spec/python with")
	}
	// The bytecode would be left in the tree.
	return append(play.Program{path, "-B", inPython + name}, args...)
}

func runPython(t *testing.T, p play.Program) {
	t.Helper()
	if out, err := exec.Command(p[0], p[1:]...).CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", p[2], err, out)
	}
}

// servePython starts the server under test of spec/python, and gives its address. It drains at
// the end of the test.
func servePython(t *testing.T, args ...string) (addr string, drain func()) {
	t.Helper()
	p := pythonProgram(t, "subject_server.py", args...)
	cmd := exec.Command(p[0], p[1:]...)
	var complaints strings.Builder
	cmd.Stderr = &complaints
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil || complaints.Len() > 0 {
			t.Errorf("the server ends with %v and says\n%s", err, &complaints)
		}
	})
	line := make([]byte, 200)
	n, err := io.ReadAtLeast(out, line, 1)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(line[:n])), func() { in.Close() }
}

func TestPythonReadsEveryVector(t *testing.T) { runPython(t, pythonProgram(t, "vectors.py")) }

func TestPythonServesEveryScript(t *testing.T) {
	addr, _ := servePython(t, "tcp://127.0.0.1:0")
	remote, err := play.At(addr)
	if err != nil {
		t.Fatal(err)
	}
	server := play.WithOwn{
		Server: remote, Command: pythonProgram(t, "subject_server.py", "tcp://127.0.0.1:0"),
	}
	playScripts(t, script.Server, play.OfServer(context.Background(), server, play.Options{}))
}

func TestPythonCallsInEveryScript(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a program for each of many scripts")
	}
	client := pythonProgram(t, "subject_client.py")
	playScripts(t, script.Client, play.OfClients(context.Background(), client, play.Options{}))
}

// playScripts runs all scripts of a role but those that wait for time limits. What a script
// cannot be run with, such as other limits, or repeated calls, is skipped.
func playScripts(t *testing.T, role script.Role, run func(*script.Script, int) play.Outcome) {
	t.Helper()
	all, err := conformance.Scripts(role)
	if err != nil {
		t.Fatal(err)
	}
	passed := 0
	suite := play.Suite{
		Scripts: all, Chops: []int{0}, Workers: 6, Fast: true, Attempts: play.Attempts,
	}
	for _, o := range suite.Run(run) {
		switch o.Verdict {
		case play.Passed:
			passed++
		case play.Failed:
			t.Errorf("%s/%s: %s\n\t%s", o.Script.File, o.Script.Name, o.Reason, strings.Join(o.Log, "\n\t"))
		}
	}
	if passed < len(all)*3/4 {
		t.Errorf("%d of %d scripts could be run", passed, len(all))
	}
}

func TestPythonCallsGo(t *testing.T) {
	srv, err := NewServer(transport.Config{})
	if err == nil {
		err = srv.Listen("tcp://127.0.0.1:0")
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ctx) }()
	runPython(t, pythonProgram(t, "example.py", srv.Addrs()[0]))
	stop()
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

func TestPythonCallsPython(t *testing.T) {
	addr, _ := servePython(t, "tcp://127.0.0.1:0")
	runPython(t, pythonProgram(t, "example.py", addr))
}
