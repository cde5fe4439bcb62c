package sim

import (
	"flag"
	"maps"
	"slices"
	"strings"
	"testing"
)

var (
	seed  = flag.Int64("seed", -1, "play this seed only")
	from  = flag.Uint64("from", 0, "the first seed")
	seeds = flag.Int("seeds", 2000, "how many seeds to play")
	calls = flag.Int("calls", 200, "how many calls a seed asks")
	show  = flag.Bool("show", false, "print all that happens")
)

// TestPromisesHold plays many worlds, and checks that they reach every corner: a simulation in
// which nothing goes wrong any more would prove nothing.
func TestPromisesHold(t *testing.T) {
	first, n := *from, *seeds
	if testing.Short() {
		n = min(n, 200)
	}
	if *seed >= 0 {
		first, n = uint64(*seed), 1
	}
	seen := make(map[string]int)
	for s := range uint64(n) {
		o := Options{Seed: first + s, Calls: *calls}
		if *show {
			o.Trace = t.Output()
		}
		r, err := Run(o)
		if err != nil {
			t.Fatal(err)
		}
		for name, n := range r.Seen {
			seen[name] += n
		}
	}
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		t.Logf("%7d %s", seen[name], name)
	}
	if n < 200 {
		return
	}
	for _, name := range corners {
		if seen[name] == 0 {
			t.Errorf("no seed of %d has seen: %s", n, name)
		}
	}
}

// corners is what happens in some of 200 runs.
var corners = []string{
	"call", "connection", "reset", "stall", "hole", "crash", "quit", "drain", "leave", "timeout",
	"effect NotSent", "effect NotExecuted", "effect MaybeExecuted", "effect Executed",
	"cancel NotSent", "cancel MaybeExecuted", "cancel Executed",
	"told CANCELLED", "told DEADLINE_EXCEEDED", "told UNAVAILABLE",
	"refused message", "writable", "unread", "unprocessed", "quiet connection",
}

// TestEqualSeedsGiveEqualRuns compares two runs byte for byte: by the hash that every run keeps of
// all bytes, times and decisions, and by their words.
func TestEqualSeedsGiveEqualRuns(t *testing.T) {
	hashes := make(map[uint64]uint64)
	for s := range uint64(20) {
		var words [2]strings.Builder
		var runs [2]Report
		for i := range runs {
			r, err := Run(Options{Seed: s, Calls: 60, Trace: &words[i]})
			if err != nil {
				t.Fatal(err)
			}
			runs[i] = r
		}
		quiet, err := Run(Options{Seed: s, Calls: 60})
		if err != nil {
			t.Fatal(err)
		}
		if runs[0].Hash != runs[1].Hash || words[0].String() != words[1].String() {
			t.Errorf("seed %d gave two runs: %x and %x", s, runs[0].Hash, runs[1].Hash)
		}
		if quiet.Hash != runs[0].Hash || quiet.Steps != runs[0].Steps {
			t.Errorf("seed %d: a trace changes the run: %x, without it %x",
				s, runs[0].Hash, quiet.Hash)
		}
		if other, ok := hashes[quiet.Hash]; ok {
			t.Errorf("seeds %d and %d gave the same run", other, s)
		}
		hashes[quiet.Hash] = s
	}
}
