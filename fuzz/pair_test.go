package fuzz

import (
	"testing"

	"github.com/leverrpc/lever/internal/sim"
)

// FuzzConnPair: whatever two applications do on a connection, and whatever becomes of its line, the
// promises hold that package sim checks by its own account.
func FuzzConnPair(f *testing.F) {
	for line := range 6 {
		f.Add(sim.ExampleOps(4+3*line, line*37))
	}
	f.Fuzz(func(t *testing.T, ops []byte) {
		if len(ops) > 3000 {
			t.Skip("a thousand operations are enough")
		}
		if err := sim.Play(ops); err != nil {
			t.Fatal(err)
		}
	})
}
