package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/leverrpc/lever/bench/load/campaign"
	"github.com/leverrpc/lever/bench/load/floor"
	"github.com/leverrpc/lever/bench/load/lever"
	"github.com/leverrpc/lever/bench/load/report"
)

// TestMain makes the test's program its own server process.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "-role" {
		main()
	}
	os.Exit(m.Run())
}

// load runs the program and gives what it prints.
func load(t *testing.T, args ...string) string {
	t.Helper()
	var out strings.Builder
	all := append(floor.Targets(), lever.Targets()...)
	short := []string{"-quiet", "-rounds", "1", "-time", "20ms", "-warmup", "5ms"}
	err := campaign.Run(append(short, args...), all, "floor/net,lever/worker",
		strings.NewReader(""), &out, io.Discard)
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	return out.String()
}

func TestEveryTargetTakesPartInEveryCase(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.json")
	load(t, "-compare", "all", "-case", "obj,b64,b64k,b1m,ping,push", "-shape", "1x1,6x2",
		"-json", path, "-plot", filepath.Join(dir, "out.svg"))
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var d report.Document
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	got := make(map[string]int)
	for _, s := range d.Summaries {
		got[s.Target]++
		if s.PerSecond <= 0 || s.Latency.P50 <= 0 || s.Latency.Max < s.Latency.P99 || s.Server == nil {
			t.Errorf("the summary makes no sense: %+v", s)
		}
		if s.Target == "floor/gnet" && s.Ratio != 1 {
			t.Errorf("the base has ratio %v to itself", s.Ratio)
		}
	}
	// Floors do not push, and inline handlers have no streams.
	want := map[string]int{"floor/gnet": 10, "floor/net": 10, "lever/worker": 12, "lever/inline": 8,
		"lever/net/worker": 12, "lever/net/inline": 8}
	for target, n := range want {
		if got[target] != n {
			t.Errorf("%s has %d summaries, want %d", target, got[target], n)
		}
	}
	plots, err := filepath.Glob(filepath.Join(dir, "out-*-*.svg"))
	if err != nil || len(plots) != 12 {
		t.Errorf("plots %q, %v: want one for each case and shape", plots, err)
	}
}

func TestAnOpenLoopIsReported(t *testing.T) {
	out := load(t, "-case", "b64", "-shape", "4x1", "-rate", "500", "-compare", "lever/worker")
	if !strings.Contains(out, "b64 4x1") {
		t.Errorf("no table in %q", out)
	}
}

func TestIdleConnectionsAreMeasured(t *testing.T) {
	out := load(t, "-idle", "50", "-compare", "floor/net,lever/worker")
	if n := strings.Count(out, "of server memory each"); n != 2 {
		t.Errorf("%d targets in %q, want 2", n, out)
	}
}

func TestStallsAreMeasured(t *testing.T) {
	out := load(t, "-stall", "-case", "b64", "-shape", "2x1", "-compare", "floor/net,lever/worker")
	if !strings.Contains(out, "of the rate") || !strings.Contains(out, "does not take part") {
		t.Errorf("got %q", out)
	}
}

func TestFairnessIsMeasured(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.json")
	out := load(t, "-fair", "blast,bulk,stream", "-compare", "floor/net,lever/worker", "-json", path)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var d report.Document
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Fair) != 4 { // the floor has no large messages
		t.Errorf("%d lines, want 4", len(d.Fair))
	}
	for _, f := range d.Fair {
		if f.Ratio <= 0 || f.Bar <= 0 || f.Others <= 0 || f.Alone.P99 <= 0 || f.Beside.P99 <= 0 {
			t.Errorf("it makes no sense: %+v", f)
		}
		if !strings.Contains(out, f.Scene) {
			t.Errorf("%s is not in %q", f.Scene, out)
		}
	}
}

func TestProfilesOfBothSidesAreWritten(t *testing.T) {
	dir := t.TempDir()
	load(t, "-case", "b64", "-shape", "1x1", "-compare", "lever/inline",
		"-profile", filepath.Join(dir, "p"))
	var names []string
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	want := []string{"p-lever-inline-b64-1x1-client.allocs", "p-lever-inline-b64-1x1-client.cpu",
		"p-lever-inline-b64-1x1-server.allocs", "p-lever-inline-b64-1x1-server.cpu"}
	if !slices.Equal(names, want) {
		t.Errorf("files %q, want %q", names, want)
	}
}
