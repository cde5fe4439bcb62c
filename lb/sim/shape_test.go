package sim

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/leverrpc/lever/lb"
)

// Servers of twice the size get twice the calls, whether the fleet is small or large, idle or
// busy, and nobody waits longer for it.
func TestWeights(t *testing.T) {
	shape := func(server int) lb.Member { return lb.Member{Weight: 1 + server%2} }
	for _, n := range []int{4, 20} {
		for _, load := range []float64{0.01, 0.7} {
			rate := load * 6000 * float64(n) // six workers on average, 1000 calls a second each
			s := scenario{
				clients: 10, rate: rate, warmUp: sec, seed: 1,
				length: time.Duration(100_000 / rate * float64(sec)),
			}
			var large []int
			for i := range n {
				s.servers = append(s.servers, server{serve: exponential(ms), workers: 4 * (1 + i%2)})
				if i%2 == 1 {
					large = append(large, i)
				}
			}
			r := run(s, newShaped(lb.Config{}, shape))
			if got := r.share(large...); math.Abs(got-2.0/3) > 0.03 {
				t.Errorf("n=%d, load %v: the large half got %.3f, want 0.667", n, load, got)
			}
			atMost(t, fmt.Sprintf("n=%d, load %v: p99", n, load), r.p99(), 5300*time.Microsecond)
		}
	}
}

// Calls stay in the caller's zone as long as it has room, and leave it without any percentage
// that somebody would have to set.
func TestZones(t *testing.T) {
	shape := func(server int) lb.Member { return lb.Member{Zone: string(rune('a' + server%2))} }
	tests := []struct {
		name      string
		load      float64 // of the servers in the own zone
		low, high float64 // share of the other zone
	}{
		{"little to do", 0.1, 0, 0.02},
		{"the own zone is half full", 0.5, 0.01, 0.34},
		{"too much for the own zone", 1.5, 0.34, 0.45},
	}
	for _, n := range []int{6, 20} {
		for _, tt := range tests {
			s := scenario{
				servers: alike(n, four), clients: 1, rate: tt.load * 4000 * float64(n) / 2,
				warmUp: sec, length: 3 * sec, seed: 1,
			}
			r := run(s, newShaped(lb.Config{Zone: "a", ZoneFactor: 3}, shape))
			var other []int
			for i := 1; i < n; i += 2 {
				other = append(other, i)
			}
			if got := r.share(other...); got < tt.low || got > tt.high {
				t.Errorf("n=%d, %s: %.3f went to the other zone, want %.2f to %.2f",
					n, tt.name, got, tt.low, tt.high)
			}
			atMost(t, fmt.Sprintf("n=%d, %s: p99", n, tt.name), r.p99(), 8*ms)
		}
	}
}
