//go:build !race && !invariants

package bench

import (
	"fmt"
	"testing"
)

// The race detector makes pools forget what they hold, and so do the invariants.

// Allocations are counted and not timed, so they can be held to a budget on every machine.
func TestEngineStaysWithinItsAllocations(t *testing.T) {
	for _, o := range engineOps(t) {
		t.Run(o.name, func(t *testing.T) {
			var failed error
			run := func() {
				if err := o.op(); err != nil && failed == nil {
					failed = fmt.Errorf("%s: %w", o.name, err)
				}
			}
			for range 100 {
				run() // pools are filled
			}
			got := testing.AllocsPerRun(500, run)
			if failed != nil {
				t.Fatal(failed)
			}
			if got > o.budget {
				t.Errorf("%v allocations at both sides, want at most %v", got, o.budget)
			}
		})
	}
}
