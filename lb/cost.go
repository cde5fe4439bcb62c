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
//	ramp      from rampFloor to 1 while the endpoint is new
//
// Candidates are drawn in proportion to their weights, and so are ties decided. With rounds that
// keeps shares within 4 % of the weights, in idle fleets and in busy ones. With a plain quotient
// they were 11 % off: a large endpoint with one call always lost against a small one with none.
const (
	deadBand    = 2.0
	healthBand  = 0.95
	healthFloor = 0.03
	rampFloor   = 0.1
	streamShare = 1.0 / 8

	// forgiveness is how fast a bad record of an endpoint with nothing in flight fades, so that
	// it is tried again. With 1 s the retries cost 0.2 % of the calls, with 10 s a node that has
	// healed waits 4 s for its share.
	forgiveness = 5 * time.Second

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
// A reference of zero means that nobody has answered yet: then all are equally fast.
func (c *candidate) cost(now time.Duration, ref, round float64, ramping bool) (cost float64, degraded bool) {
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
		latency, health = c.forgiven(now, ref, latency, health)
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
	if ramping {
		cost /= c.ramp(now)
	}
	return cost, degraded
}

// forgiven gives what is left of a bad record after the endpoint has had nothing in flight.
func (e *Endpoint) forgiven(now time.Duration, ref, latency, health float64) (float64, float64) {
	idle := float64(int64(now) - e.doneAt.Load())
	fade := math.Exp(-max(idle, 0) / float64(forgiveness))
	if latency > ref && ref > 0 {
		latency = ref + (latency-ref)*fade
	}
	return latency, 1 - (1-health)*fade
}

// begin counts a call that was just picked. If it is the only one the forgiveness so far becomes
// the record, or the next good answer would hardly improve it, and a healed endpoint would wait
// for its share for minutes.
func (e *Endpoint) begin(now time.Duration, ref float64) {
	if e.calls.Add(1) != 1 {
		return
	}
	e.progressAt.Store(int64(now))
	latency, health := loadFloat(&e.latency), loadFloat(&e.success)
	if ref > 0 && latency > deadBand*ref || health < healthBand {
		latency, health = e.forgiven(now, ref, latency, health)
		storeFloat(&e.latency, latency)
		storeFloat(&e.success, health)
	}
}

// ramp grows from rampFloor to 1 during the first seconds of an endpoint.
func (c *candidate) ramp(now time.Duration) float64 {
	age := float64(int64(now) - c.readyAt.Load())
	return min(max(age/float64(c.picker.slowStart), rampFloor), 1)
}
