package lb

import "time"

// Outcome is what the end of a call says about the endpoint's health.
type Outcome uint8

const (
	// Succeeded means that the instance answered, be it with an error that the method returned.
	Succeeded Outcome = iota
	// Failed means that the instance or the way to it is at fault: transport errors, timeouts,
	// the statuses UNAVAILABLE and INTERNAL, and RESOURCE_EXHAUSTED of a call that was refused. From
	// a handler that has run, this one is of a quota, and says nothing of the instance.
	Failed
	// Ignored says nothing: the caller cancelled, or the call was never sent.
	Ignored
	// Placed is Succeeded for a call that had no choice: see Take. Its time is no measure of the
	// endpoint beside others, which had other calls.
	Placed
)

// Take counts a call that starts now at an endpoint that was not picked: only the owner of what
// the call is about can serve it. Done ends it, as after Pick, with Placed if it went well.
func (e *Endpoint) Take(now time.Duration) {
	s := e.picker.current.Load()
	e.begin(now, loadFloat(&s.reference), s.ramping)
}

// Done ends a call that Pick gave this endpoint for: exactly once, from any goroutine. start is
// the time that was passed to Pick.
func (e *Endpoint) Done(o Outcome, start, now time.Duration) {
	e.calls.Add(-1)
	e.noteTime(o, now-start)
	e.noteOutcome(o, now)
}

// Opened tells that a streaming call that Pick gave this endpoint for was answered for the first
// time. From now on it counts an eighth of a call, or long streams would repel all calls, and its
// silence is no sign of a stall. o is Succeeded or Placed. Closed must follow, and Done must not.
func (e *Endpoint) Opened(o Outcome, start, now time.Duration) {
	e.streams.Add(1)
	e.calls.Add(-1)
	e.noteTime(o, now-start)
	e.noteOutcome(o, now)
}

// Closed ends a streaming call after Opened.
func (e *Endpoint) Closed(o Outcome, now time.Duration) {
	e.streams.Add(-1)
	e.noteOutcome(o, now)
}

// noteTime takes the time of a call as a sample, if it is one. Failures are none: a node that
// refuses quickly is not fast.
func (e *Endpoint) noteTime(o Outcome, took time.Duration) {
	ns := float64(max(took, 1))
	switch {
	case o == Succeeded:
		e.noteLatency(ns)
	case o == Placed && e.latency.Load() == 0: // it has answered: that ends its probation
		if ref := loadFloat(&e.picker.current.Load().reference); ref > 0 {
			ns = min(ns, ref)
		}
		storeFloat(&e.latency, ns)
	}
}

// noteLatency takes one sample, the first in the place of a stand-in.
func (e *Endpoint) noteLatency(ns float64) {
	fast, slow := loadFloat(&e.latency), loadFloat(&e.slowLatency)
	if slow == 0 {
		fast, slow = ns, ns
	}
	storeFloat(&e.latency, fast+fastAlpha*(ns-fast))
	storeFloat(&e.slowLatency, slow+slowAlpha*(ns-slow))
}

func (e *Endpoint) noteOutcome(o Outcome, now time.Duration) {
	switch o {
	case Succeeded, Placed:
		if s := loadFloat(&e.success); s < 1 {
			storeFloat(&e.success, s+(1-s)*successGain)
		}
		if e.failuresInRow.Load() != 0 {
			e.failuresInRow.Store(0)
		}
		e.window.add(now, false)
		if e.ejectedUntil.Load() != 0 {
			e.picker.revive(e, now)
		}
	case Failed:
		storeFloat(&e.success, loadFloat(&e.success)*failureLoss)
		row := e.failuresInRow.Add(1)
		e.window.add(now, true)
		if row >= ejectRow || e.ejectedUntil.Load() != 0 || e.window.failing(now) {
			e.picker.eject(e, now)
		}
	case Ignored:
	}
	if e.doneAt.Load() != int64(now) { // answers that were read together ended together
		e.doneAt.Store(int64(now))
	}
	if e.progressAt.Load() != int64(now) {
		e.progressAt.Store(int64(now))
	}
}

const (
	successGain = 0.1
	failureLoss = 0.8
)
