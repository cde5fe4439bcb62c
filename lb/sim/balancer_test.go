package sim

import (
	"fmt"
	"math"
	"math/bits"
	"time"

	"github.com/leverrpc/lever/lb"
)

// balancer chooses servers for one client.
type balancer interface {
	update(now time.Duration, n int) // the members are the first n servers
	pick(now time.Duration, rnd uint64) (server int)
	done(server int, o lb.Outcome, start, now time.Duration)
}

// ours is the picker of package lb.
type ours struct {
	picker    *lb.Picker
	shape     func(server int) lb.Member
	endpoints []*lb.Endpoint // by server
}

func newOurs(seed uint64) balancer {
	return newShaped(lb.Config{}, func(int) lb.Member { return lb.Member{} })(seed)
}

// newShaped makes pickers that see servers of a given weight and place.
func newShaped(c lb.Config, shape func(server int) lb.Member) func(seed uint64) balancer {
	return func(seed uint64) balancer {
		c.Seed = seed
		return &ours{picker: lb.NewPicker(c), shape: shape}
	}
}

func (b *ours) update(now time.Duration, n int) {
	members := make([]lb.Member, n)
	for i := range members {
		members[i] = b.shape(i)
		members[i].ID, members[i].Data = fmt.Sprintf("%04d", i), i
	}
	b.picker.Update(now, members)
	b.endpoints = b.picker.Endpoints()
}

func (b *ours) pick(now time.Duration, rnd uint64) int {
	e, err := b.picker.Pick(now, rnd, nil)
	if err != nil {
		panic(err) // there is always a member
	}
	return e.Data().(int)
}

func (b *ours) done(server int, o lb.Outcome, start, now time.Duration) {
	b.endpoints[server].Done(o, start, now)
}

// roundRobin asks one after the other, from a random one on.
type roundRobin struct{ n, next int }

func newRoundRobin(seed uint64) balancer { return &roundRobin{next: int(seed % 1000)} }

func (b *roundRobin) update(_ time.Duration, n int) { b.n = n }

func (b *roundRobin) pick(time.Duration, uint64) int {
	b.next++
	return b.next % b.n
}

func (b *roundRobin) done(int, lb.Outcome, time.Duration, time.Duration) {}

// leastLoaded takes the one with fewer calls in flight of two random ones.
type leastLoaded struct {
	inFlight []int
	twice    bool // the two may be one and the same
}

func newLeastLoaded(uint64) balancer     { return &leastLoaded{} }
func newWithReplacement(uint64) balancer { return &leastLoaded{twice: true} }

func (b *leastLoaded) update(_ time.Duration, n int) {
	b.inFlight = append(b.inFlight, make([]int, n-len(b.inFlight))...)
}

func (b *leastLoaded) pick(_ time.Duration, rnd uint64) int {
	i, j := two(rnd, len(b.inFlight), b.twice)
	if b.inFlight[j] < b.inFlight[i] {
		i = j
	}
	b.inFlight[i]++
	return i
}

func (b *leastLoaded) done(server int, _ lb.Outcome, _, _ time.Duration) { b.inFlight[server]-- }

// two gives two random indexes.
func two(rnd uint64, n int, twice bool) (i, j int) {
	scale := func(r uint32, n int) int {
		hi, _ := bits.Mul32(r, uint32(n))
		return int(hi)
	}
	i = scale(uint32(rnd), n)
	if twice || n == 1 {
		return i, scale(uint32(rnd>>32), n)
	}
	if j = scale(uint32(rnd>>32), n-1); j >= i {
		j++
	}
	return i, j
}

// peakEWMA is what Finagle does: two random ones, the cost a latency that jumps up to each peak
// and decays in 10 s, times the calls in flight.
type peakEWMA struct{ nodes []peakNode }

type peakNode struct {
	cost     float64
	stamp    time.Duration
	inFlight int
}

func newPeakEWMA(uint64) balancer { return &peakEWMA{} }

func (b *peakEWMA) update(_ time.Duration, n int) {
	b.nodes = append(b.nodes, make([]peakNode, n-len(b.nodes))...)
}

func (b *peakEWMA) pick(now time.Duration, rnd uint64) int {
	i, j := two(rnd, len(b.nodes), false)
	if b.nodes[j].load(now) < b.nodes[i].load(now) {
		i = j
	}
	b.nodes[i].inFlight++
	return i
}

func (b *peakEWMA) done(server int, _ lb.Outcome, start, now time.Duration) {
	b.nodes[server].observe(float64(now-start), now)
	b.nodes[server].inFlight--
}

func (n *peakNode) observe(rtt float64, now time.Duration) {
	w := math.Exp(-float64(now-n.stamp) / float64(10*sec))
	n.stamp = now
	n.cost = max(rtt, n.cost*w+rtt*(1-w))
}

func (n *peakNode) load(now time.Duration) float64 {
	n.observe(0, now)
	if n.cost == 0 && n.inFlight > 0 {
		return math.MaxFloat64/4 + float64(n.inFlight)
	}
	return n.cost * float64(n.inFlight+1)
}
