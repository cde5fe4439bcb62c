package main

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/leverrpc/lever/bench/load/campaign"
)

// TestMain makes the test's program its own server process.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "-role" {
		main()
	}
	os.Exit(m.Run())
}

func TestEveryPeerEchoes(t *testing.T) {
	var out strings.Builder
	args := []string{"-quiet", "-rounds", "1", "-time", "20ms", "-warmup", "5ms", "-compare", "all",
		"-case", "obj,b64,b64k,ping,push", "-shape", "1x1,6x2"}
	if err := campaign.Run(args, peers(), "", strings.NewReader(""), &out, io.Discard); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	// Three cases in two shapes each, and grpc's streams; the base is grpc, in every header.
	want := map[string]int{"grpc": 20, "kitex": 6, "rpcx": 6, "arpc": 6, "drpc": 6, "net/rpc": 6}
	for _, peer := range peers() {
		if got := strings.Count(out.String(), peer.Name+" "); got != want[peer.Name] {
			t.Errorf("%s is there %d times, want %d\n%s", peer.Name, got, want[peer.Name], out.String())
		}
	}
}

func TestPeersStallToo(t *testing.T) {
	var out strings.Builder
	args := []string{"-quiet", "-rounds", "1", "-time", "20ms", "-stall", "-case", "b64",
		"-compare", "grpc,kitex", "-shape", "2x1"}
	if err := campaign.Run(args, peers(), "", strings.NewReader(""), &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	if !strings.Contains(text, "of the rate") || !strings.Contains(text, "does not take part") {
		t.Errorf("got %q", text)
	}
}
