package abuse

import (
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/leverrpc/lever/pool"
)

// full asks for the long form of each attack.
var full = flag.Bool("full", false, "run every attack at its full size")

// times is how often an attack does something: a few for every day, or the full number.
func times(short, long int) int {
	if *full {
		return long
	}
	return short
}

// quiet takes the log of servers that are expected to complain.
var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// TestMain is also the main function of the child processes.
func TestMain(m *testing.M) {
	if spec := os.Getenv(childEnv); spec != "" {
		os.Exit(childMain(spec))
	}
	before := runtime.NumGoroutine()
	code := m.Run()
	if code == 0 {
		code = checkNothingIsLeft(before)
	}
	os.Exit(code)
}

// checkNothingIsLeft reports goroutines and pooled buffers that outlived the attacks.
func checkNothingIsLeft(before int) int {
	const slack = 4 // of the runtime and of package testing
	var goroutines, buffers int
	for range 100 {
		goroutines = runtime.NumGoroutine()
		buffers, _ = pool.Live()
		if goroutines <= before+slack && buffers == 0 {
			return 0
		}
		time.Sleep(50 * time.Millisecond)
	}
	fmt.Fprintf(os.Stderr, "%d goroutines, %d at the start; %d pooled buffers are not released\n",
		goroutines, before, buffers)
	p := make([]byte, 1<<20)
	os.Stderr.Write(p[:runtime.Stack(p, true)])
	return 1
}

// eventually waits for something that other goroutines or processes are about to do.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}
