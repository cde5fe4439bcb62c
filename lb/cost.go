package lb

import (
	"math"
	"time"
)

// The cost of sending one more call to an endpoint is
//
//	cost = (load + 1) · slowness² · zone / (health² · ramp)
//
//	load      calls in flight and an eighth of the open streams; where weights differ, the
//	          rounds of them: an endpoint w times as large as the smallest has w calls a round,
//	          and a part of a round counts as a whole one with that probability
//	slowness  1 up to twice the reference latency, then its ratio to that. The dead band takes
//	          the noise out: without it equal fleets starve nodes at random. The square beats
//	          the plain ratio wherever a node is badly slow.
//	health    the success average, 1 from healthBand up
//	ramp      from rampFloor to 1 while the endpoint is new, its age as a part of slowStart. The
//	          same part of all calls, by chance, divide by it only the load: to them an idle
//	          newcomer is as good as any. Without these it would get nothing where there is
//	          always an idle one, however little more it costs.
//
// Candidates are drawn in proportion to their weights, and so are ties decided. With rounds that
// keeps shares within 4 % of the weights, in idle fleets and in busy ones. With a plain quotient
// they were 11 % off: a large endpoint with one call always lost against a small one with none.
const (
	deadBand    = 2.0
	healthBand  = 0.95
	healthFloor = 0.03
	rampFloor   = 0.1
	settled     = -1 // the luck of calls where no endpoint is new
	streamShare = 1.0 / 8

	// forgiveness is how fast a bad record of an endpoint with nothing in flight fades, so that
	// it is tried again. With 1 s the retries cost 0.2 % of the calls, with 10 s a node that has
	// healed waits 4 s for its share.
	forgiveness = 5 * time.Second
	// A newcomer's first calls are its slowest, and say little: until it is grown up its latency
	// fades in this part of its age. So it is tried again after a fifth of its age or so, if it
	// was 20 times too slow. With forgiveness one that took so long for its first 20 calls got
	// nothing for minutes.
	youthForgiveness = 1.0 / 16

	// A winner that is degraded makes Pick draw again.
	degradedLatency = 3.0
	degradedHealth  = 0.7

	// idleCost is the cost of a healthy idle endpoint in the caller's own zone. None is lower.
	idleCost = 1.0

	// These costs order what should not be picked at all behind what may be.
	probingCost = 1e18 // one call is out to find whether it works
	ejectedCost = 1e24
)

// candidate is an endpoint in a snapshot, with what is known of it beforehand.
type candidate struct {
	*Endpoint
	size float64 // weight, as a multiple of the least
	zone float64 // 1 in the caller's own zone
}

// cost gives what one more call there costs. Degraded endpoints, and those of other zones, are
// worth another draw.
//
// A reference of zero means that nobody has answered yet: then all are equally fast. The luck of a
// call, 0 ≤ luck < 1, says to which newcomers it goes; it is settled where there is none.
func (c *candidate) cost(now time.Duration, ref, round, luck float64) (cost float64, degraded bool) {
	calls := c.calls.Load()
	load := float64(calls) + streamShare*float64(c.streams.Load())
	if c.size > 1 {
		load = math.Floor(load/c.size + round)
	}
	latency := loadFloat(&c.latency)

	if until := c.ejectedUntil.Load(); until != 0 {
		if int64(now) < until {
			return ejectedCost * (load + 1), true
		}
		if calls > 0 {
			return probingCost * (load + 1), true
		}
		return load + 1, false // half open: its record is forgotten for one call
	}
	if latency == 0 {
		if calls > 0 {
			return probingCost * (load + 1), true
		}
		latency = ref // the fleet is the best guess
	}

	health := loadFloat(&c.success)
	if calls > 0 {
		latency = max(latency, float64(int64(now)-c.progressAt.Load()))
	} else if ref > 0 && latency > deadBand*ref || health < healthBand {
		latency, health = c.forgiven(now, ref, latency, health, luck >= 0)
	}

	cost, degraded = (load+1)*c.zone, c.zone > 1
	if ref > 0 && latency > deadBand*ref {
		slowness := latency / (deadBand * ref)
		cost *= slowness * slowness
		degraded = degraded || latency > degradedLatency*ref
	}
	if health < healthBand {
		degraded = degraded || health < degradedHealth
		health = max(health, healthFloor)
		cost /= health * health
	}
	if luck >= 0 {
		cost *= c.ramp(now, load, luck)
	}
	return cost, degraded
}

// forgiven gives what is left of a bad record after the endpoint has had nothing in flight.
func (e *Endpoint) forgiven(now time.Duration, ref, latency, health float64, ramping bool) (float64, float64) {
	idle := max(float64(int64(now)-e.doneAt.Load()), 0)
	if latency > ref && ref > 0 {
		within := float64(forgiveness)
		if age := e.age(now); ramping && age < float64(e.picker.slowStart) {
			within = min(within, age*youthForgiveness)
		}
		latency = ref + (latency-ref)*math.Exp(-idle/within)
	}
	return latency, 1 - (1-health)*math.Exp(-idle/float64(forgiveness))
}

// begin counts a call that was just picked. If it is the only one the forgiveness so far becomes
// the record, or the next good answer would hardly improve it, and a healed endpoint would wait
// for its share for minutes.
func (e *Endpoint) begin(now time.Duration, ref float64, ramping bool) {
	if e.calls.Add(1) != 1 {
		return
	}
	e.progressAt.Store(int64(now))
	latency, health := loadFloat(&e.latency), loadFloat(&e.success)
	if ref > 0 && latency > deadBand*ref || health < healthBand {
		latency, health = e.forgiven(now, ref, latency, health, ramping)
		storeFloat(&e.latency, latency)
		storeFloat(&e.success, health)
	}
}

// ramp is by how much more a call costs while the endpoint is new and has so many others.
func (e *Endpoint) ramp(now time.Duration, load, luck float64) float64 {
	part := e.age(now) / float64(e.picker.slowStart)
	switch {
	case part >= 1:
		return 1
	case luck < part:
		return (load/part + 1) / (load + 1)
	}
	return 1 / max(part, rampFloor)
}

// age is the time since the endpoint was Ready for the first time, in nanoseconds.
func (e *Endpoint) age(now time.Duration) float64 { return float64(int64(now) - e.readyAt.Load()) }
