package bench

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// sessionStep is how many calls lie between two readings of the clock, whatever the batch.
const sessionStep = 64

// sessionPair is the two sides of a connection, joined by hand.
type sessionPair struct {
	client, server *session.Session
	fromC, fromS   []byte
}

// newSessionPair joins two sessions and binds the method that they call.
func newSessionPair(tb testing.TB) *sessionPair {
	p := &sessionPair{
		client: session.New(session.Config{}, session.Client, 0),
		server: session.New(session.Config{}, session.Server, 0),
	}
	payload := make([]byte, 64)
	for range 4 { // HELLO, the name inline, the name with BIND, and all of it warm
		p.open(tb, 0, 1, payload)
		p.serve(0)
		if n := p.results(0); n != 1 {
			tb.Fatalf("%d results, want 1", n)
		}
	}
	return p
}

// open makes n calls at the client and takes its output.
func (p *sessionPair) open(tb testing.TB, now time.Duration, n int, payload []byte) {
	for range n {
		o := session.Open{Name: "bench/echo", Flags: frame.Bytes}
		if _, err := p.client.Open(now, &o, payload); err != nil {
			tb.Fatal(err)
		}
	}
	p.fromC = p.client.TakeOutput(p.fromC)
}

// serve answers what has come, at the server, and takes its output.
func (p *sessionPair) serve(now time.Duration) {
	p.server.HandleInput(now, p.fromC)
	for ev := p.server.Next(); ev != nil; ev = p.server.Next() {
		if ev.Kind == session.Called {
			p.server.Result(now, ev.Call, session.Result{Flags: frame.Bytes}, ev.Payload)
		}
	}
	p.fromS = p.server.TakeOutput(p.fromS)
}

// results takes the answers at the client and lets go of their calls.
func (p *sessionPair) results(now time.Duration) (n int) {
	p.client.HandleInput(now, p.fromS)
	for ev := p.client.Next(); ev != nil; ev = p.client.Next() {
		if ev.Kind == session.Resulted {
			ev.Forget = true
			n++
		}
	}
	return n
}

// BenchmarkSession echoes 64 bytes through a bound method, in batches that share a read and a
// write, and gives the time of a call for each of the three places that it comes through. Each
// is the median over steps of 64 calls, which a busy machine disturbs less than the mean: run it
// with -cpu 1, and compare figures of one run. Batches smaller than a step are those of several
// connections.
func BenchmarkSession(b *testing.B) {
	for _, batch := range []int{1, 20, sessionStep} {
		b.Run(fmt.Sprintf("batch=%d", batch), func(b *testing.B) {
			pairs := make([]*sessionPair, (sessionStep+batch-1)/batch)
			for i := range pairs {
				pairs[i] = newSessionPair(b)
			}
			payload := make([]byte, 64)
			var open, serve, results, all phase
			b.ReportAllocs()
			start := time.Now()
			for b.Loop() {
				t0 := time.Since(start)
				for _, p := range pairs {
					p.open(b, t0, batch, payload)
				}
				t1 := time.Since(start)
				for _, p := range pairs {
					p.serve(t1)
				}
				t2 := time.Since(start)
				n := 0
				for _, p := range pairs {
					n += p.results(t2)
				}
				t3 := time.Since(start)
				if n != batch*len(pairs) {
					b.Fatalf("%d results, want %d", n, batch*len(pairs))
				}
				open.add(t1 - t0)
				serve.add(t2 - t1)
				results.add(t3 - t2)
				all.add(t3 - t0)
			}
			calls := batch * len(pairs)
			open.report(b, calls, "open-ns")
			serve.report(b, calls, "serve-ns")
			results.report(b, calls, "result-ns")
			all.report(b, calls, "call-ns")
		})
	}
}

// phase is the times that one part of the steps took. It keeps the latest.
type phase struct {
	times [1 << 12]time.Duration
	n     int
}

func (p *phase) add(d time.Duration) {
	p.times[p.n%len(p.times)] = d
	p.n++
}

// report gives the median of a phase for one of the calls of a step.
func (p *phase) report(b *testing.B, calls int, unit string) {
	times := p.times[:min(p.n, len(p.times))]
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2])/float64(calls), unit)
}
