//go:build unix

package ordeal

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"
	"time"
)

var (
	full = flag.Bool("full", false, "run every ordeal at its full length")
	seed = flag.Uint64("seed", 0, "draw from this seed; random unless given")
)

// times is how often something happens: a few times for every day, or the full number.
func times(short, long int) int {
	if *full {
		return long
	}
	return short
}

// TestMain is also the main function of the instances.
func TestMain(m *testing.M) {
	if text := os.Getenv(orderEnv); text != "" {
		os.Exit(serve(text))
	}
	before := runtime.NumGoroutine()
	code := m.Run()
	if code == 0 {
		code = checkGoroutines(before)
	}
	os.Exit(code)
}

// checkGoroutines reports goroutines that outlived the tests.
func checkGoroutines(before int) int {
	const slack = 4 // of the runtime and of package testing
	for range 100 {
		if runtime.NumGoroutine() <= before+slack {
			return 0
		}
		time.Sleep(50 * time.Millisecond)
	}
	stacks := make([]byte, 1<<20)
	fmt.Fprintf(os.Stderr, "%d goroutines, %d at the start\n%s", runtime.NumGoroutine(), before,
		stacks[:runtime.Stack(stacks, true)])
	return 1
}

// newRand gives the run's source of chance, and logs how to have it again.
func newRand(t *testing.T) *rand.Rand {
	t.Helper()
	chosen := *seed
	if chosen == 0 {
		chosen = rand.Uint64()
	}
	t.Logf("-seed %d", chosen)
	return rand.New(rand.NewPCG(chosen, 0))
}

// drawn gives a time from low to high.
func drawn(rng *rand.Rand, low, high time.Duration) time.Duration {
	return low + time.Duration(rng.Int64N(int64(high-low)))
}
