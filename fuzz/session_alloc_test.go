package fuzz

import (
	"runtime"
	"testing"

	"github.com/leverrpc/lever/engine/session"
)

// allowance is what a session may allocate for n bytes that a peer sends and for the calls that it
// makes: four times the bytes, since buffers double while they grow, and what one connection and
// one call cost. Calls are bounded by their slots.
func allowance(n, calls int) uint64 { return uint64(4*n + 64<<10 + 1<<10*calls) }

// allocated feeds in to a session whose application reads, and answers at once with nothing. It
// gives the bytes that were allocated, and how many calls there were to pay for.
func allocated(role session.Role, in []byte) (bytes uint64, calls int) {
	s := session.New(session.Config{}, role, 0)
	openThree(s, role)
	var before, after runtime.MemStats
	var spare []byte
	runtime.ReadMemStats(&before)
	s.HandleInput(0, in)
	for ev := s.Next(); ev != nil; ev = s.Next() {
		switch ev.Kind {
		case session.Called:
			calls++
			s.Result(0, ev.Call, session.Result{}, nil)
		case session.Message:
			s.Release(0, ev.Call, ev.Size())
		}
	}
	for out := s.TakeOutput(spare); out != nil; out = s.TakeOutput(spare) {
		spare = out
	}
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc, calls
}

// checkAllocated fails if a peer can make a session allocate much more than it sends. What else the
// process does is counted too, so the least of some tries is compared.
func checkAllocated(t *testing.T, role session.Role, in []byte) {
	t.Helper()
	for try := 1; ; try++ {
		bytes, calls := allocated(role, in)
		if bytes <= allowance(len(in), calls) {
			return
		}
		if try == 4 {
			t.Fatalf("%d bytes with %d calls allocated %d", len(in), calls, bytes)
		}
	}
}
