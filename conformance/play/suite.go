package play

import (
	"context"
	"sync"

	"github.com/leverrpc/lever/conformance/script"
)

// Chops are the sizes in which each script is sent; 0: whole.
var Chops = []int{0, 1, 7, 1447}

// Attempts are those of scripts in which time counts, where it is real.
const Attempts = 3

// Suite is a number of scripts that are run side by side.
type Suite struct {
	Scripts []script.Script
	Chops   []int // zero: Chops
	Workers int   // how many scripts run at once; zero: 16
	Fast    bool  // leave out the scripts that wait for the protocol's own time limits

	// Attempts is how often a script in which time counts is run at most, until it passes: whom a
	// busy machine makes late is rightly taken for silent. Zero: once, as is right where time is
	// virtual.
	Attempts int
}

// task is one script in one size.
type task struct {
	script *script.Script
	chop   int
	at     int // its place among the outcomes
}

// Run runs all scripts and gives the outcomes in their order. Those that wait for time limits
// begin first, and are run whole only.
func (s Suite) Run(run func(*script.Script, int) Outcome) []Outcome {
	if s.Chops == nil {
		s.Chops = Chops
	}
	if s.Workers <= 0 {
		s.Workers = 16
	}
	var first, then []task
	count := 0
	for i := range s.Scripts {
		sc := &s.Scripts[i]
		for _, chop := range s.Chops {
			switch {
			case !sc.Has("slow"):
				then = append(then, task{sc, chop, count})
			case chop == s.Chops[0] && !s.Fast:
				first = append(first, task{sc, chop, count})
			default:
				continue
			}
			count++
		}
	}
	outcomes := make([]Outcome, count)
	tasks := make(chan task)
	var workers sync.WaitGroup
	for range s.Workers {
		workers.Go(func() {
			for t := range tasks {
				outcomes[t.at] = s.attempt(t, run)
			}
		})
	}
	for _, t := range append(first, then...) {
		tasks <- t
	}
	close(tasks)
	workers.Wait()
	return outcomes
}

// attempt runs a script, and again where that is due.
func (s Suite) attempt(t task, run func(*script.Script, int) Outcome) (o Outcome) {
	for i := 0; ; i++ {
		o = run(t.script, t.chop)
		if o.Verdict != Failed || i+1 >= s.Attempts || !t.script.Timed() {
			return o
		}
	}
}

// OfServer runs each script against a server.
func OfServer(ctx context.Context, server Server, o Options) func(*script.Script, int) Outcome {
	return func(s *script.Script, chop int) Outcome { return RunServer(ctx, s, server, chop, o) }
}

// OfClients runs each script against a client of its own.
func OfClients(ctx context.Context, clients Clients, o Options) func(*script.Script, int) Outcome {
	return func(s *script.Script, chop int) Outcome { return RunClient(ctx, s, clients, chop, o) }
}
