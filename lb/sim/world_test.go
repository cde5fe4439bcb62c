package sim

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/leverrpc/lever/lb"
)

const (
	ms  = time.Millisecond
	sec = time.Second

	wireTime = 100 * time.Microsecond // one way
)

// scenario says who calls whom, and how.
type scenario struct {
	servers []server
	clients int
	rate    float64 // calls a second of all clients together; 0: closed loop
	callers int     // in a closed loop, the calls that each client keeps in flight
	warmUp  time.Duration
	length  time.Duration // after the warm-up, when counting begins
	joined  int           // how many of the servers are members from the start; 0: all
	joinAt  time.Duration // when the others become members
	seed    uint64

	// watch, if not nil, sees each pick: how many calls all clients have on the server then.
	watch func(now time.Duration, server, inFlight int)
}

// result is what the calls that began after the warm-up have seen.
type result struct {
	latencies []time.Duration // sorted
	sum       time.Duration
	calls     int
	failures  int
	picks     []int // for each server
}

// quantile gives the latency that a part q of the calls did not exceed.
func (r *result) quantile(q float64) time.Duration {
	if len(r.latencies) == 0 {
		return 0
	}
	return r.latencies[min(int(q*float64(len(r.latencies))), len(r.latencies)-1)]
}

func (r *result) p99() time.Duration { return r.quantile(0.99) }

func (r *result) mean() time.Duration { return r.sum / time.Duration(max(len(r.latencies), 1)) }

// share gives the part of the calls that some servers got.
func (r *result) share(servers ...int) float64 {
	n := 0
	for _, s := range servers {
		n += r.picks[s]
	}
	return float64(n) / float64(max(r.calls, 1))
}

// under gives the part of the calls that took less than the limit.
func (r *result) under(limit time.Duration) float64 {
	n, _ := slices.BinarySearch(r.latencies, limit)
	return float64(n) / float64(max(r.calls, 1))
}

// call is one call on its way.
type call struct {
	client, server int
	start          time.Duration
	failed         bool
}

// world is a scenario that is running.
type world struct {
	*scenario
	now       time.Duration
	rng       *rand.Rand
	events    queue
	balancers []balancer
	state     []serverState
	calls     []call
	free      []int // indexes into calls
	result    result
}

// run plays a scenario with one balancer for each client.
func run(s scenario, newBalancer func(seed uint64) balancer) *result {
	w := &world{
		scenario: &s,
		rng:      rand.New(rand.NewPCG(s.seed, 42)),
		state:    make([]serverState, len(s.servers)),
		result:   result{picks: make([]int, len(s.servers))},
	}
	members := len(s.servers)
	if s.joined > 0 {
		members = s.joined
		w.events.push(event{at: s.joinAt, kind: memberJoins})
	}
	for c := range s.clients {
		b := newBalancer(w.rng.Uint64())
		b.update(0, members)
		w.balancers = append(w.balancers, b)
		if s.rate > 0 {
			w.events.push(event{at: w.untilNext(), kind: callBegins, id: c})
		}
		for range s.callers {
			w.events.push(event{at: time.Duration(w.rng.Int64N(int64(ms))), kind: callBegins, id: c})
		}
	}
	for e := w.events.pop(); e.kind != nothing; e = w.events.pop() {
		if e.kind == callBegins && e.at > s.warmUp+s.length {
			continue // what is on its way ends, but nothing begins
		}
		w.now = e.at
		w.handle(e)
	}
	slices.Sort(w.result.latencies)
	return &w.result
}

// untilNext gives the time to the next call of one client.
func (w *world) untilNext() time.Duration {
	return time.Duration(w.rng.ExpFloat64() * float64(w.clients) / w.rate * float64(sec))
}

func (w *world) handle(e event) {
	switch e.kind {
	case memberJoins:
		for _, b := range w.balancers {
			b.update(w.now, len(w.servers))
		}
	case callBegins:
		w.begin(e.id)
		if w.rate > 0 {
			w.events.push(event{at: w.now + w.untilNext(), kind: callBegins, id: e.id})
		}
	case callArrives:
		w.arrive(e.id)
	case callServed:
		w.served(e.id)
	case callEnds:
		w.end(e.id)
	}
}

func (w *world) begin(client int) {
	server := w.balancers[client].pick(w.now, w.rng.Uint64())
	id := len(w.calls)
	if n := len(w.free); n > 0 {
		id, w.free = w.free[n-1], w.free[:n-1]
	} else {
		w.calls = append(w.calls, call{})
	}
	w.calls[id] = call{client: client, server: server, start: w.now}
	w.state[server].inFlight++
	if w.watch != nil {
		w.watch(w.now, server, w.state[server].inFlight)
	}
	if w.now >= w.warmUp {
		w.result.calls++
		w.result.picks[server]++
	}
	w.events.push(event{at: w.now + wireTime, kind: callArrives, id: id})
}

func (w *world) end(id int) {
	c := w.calls[id]
	w.free = append(w.free, id)
	w.state[c.server].inFlight--
	outcome := lb.Succeeded
	if c.failed {
		outcome = lb.Failed
	}
	w.balancers[c.client].done(c.server, outcome, c.start, w.now)
	if c.start >= w.warmUp {
		w.result.latencies = append(w.result.latencies, w.now-c.start)
		w.result.sum += w.now - c.start
		if c.failed {
			w.result.failures++
		}
	}
	if w.rate == 0 {
		w.events.push(event{at: w.now, kind: callBegins, id: c.client})
	}
}

// kind says what happens.
type kind uint8

const (
	nothing     kind = iota
	callBegins       // id is the client
	callArrives      // at the server; id is the call, here and below
	callServed
	callEnds
	memberJoins
)

type event struct {
	at   time.Duration
	turn uint64 // of two events at one time, the one that was pushed first happens first
	id   int
	kind kind
}

func (e event) before(f event) bool { return e.at < f.at || e.at == f.at && e.turn < f.turn }

// queue is a heap of events.
type queue struct {
	events []event
	turn   uint64
}

func (q *queue) push(e event) {
	q.turn++
	e.turn = q.turn
	q.events = append(q.events, e)
	i := len(q.events) - 1
	for i > 0 {
		parent := (i - 1) / 4
		if !e.before(q.events[parent]) {
			break
		}
		q.events[i] = q.events[parent]
		i = parent
	}
	q.events[i] = e
}

// pop gives the earliest event, of kind nothing if there is none.
func (q *queue) pop() event {
	if len(q.events) == 0 {
		return event{}
	}
	first, last := q.events[0], q.events[len(q.events)-1]
	q.events = q.events[:len(q.events)-1]
	n := len(q.events)
	if n == 0 {
		return first
	}
	i := 0
	for {
		least := 4*i + 1
		if least >= n {
			break
		}
		for child := least + 1; child < min(4*i+5, n); child++ {
			if q.events[child].before(q.events[least]) {
				least = child
			}
		}
		if !q.events[least].before(last) {
			break
		}
		q.events[i] = q.events[least]
		i = least
	}
	q.events[i] = last
	return first
}
