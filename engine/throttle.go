package engine

import (
	"math"
	"sync"
	"time"

	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// throttle is what a client does for an instance that turns its calls away. As long as the instance
// has asked to be left alone, calls of that class go to others. If there is no other, some fail
// here at once, because a refusal costs the instance almost as much as the call would: with the chance
//
//	(requests − 2 · accepted) / (requests + 1)
//
// for each, but at most three in four: the formula is that of "Site Reliability Engineering"
// (Google, 2016), chapter 21, the bound that of Finagle's NackAdmissionFilter. So an instance that
// refuses one call of a hundred goes on to get them all, and one that refuses all gets enough to be
// found well again.
//
// A link has one only while calls are being refused. Safe for concurrent use.
type throttle struct {
	mu     sync.Mutex // guards what follows
	counts [classes]throttleCount
}

// throttleCount is what is known of one class.
type throttleCount struct {
	requests, accepted float64       // the recent ones: older ones count less
	at                 time.Duration // when they were true
	until              time.Duration // the instance wants no calls before
}

const (
	throttleTime  = 5 * time.Second // after which a call counts 1/e
	throttlePrior = 10              // calls that count as accepted before the first refusal
	throttleRatio = 2               // requests for each that is accepted
	throttleMost  = 0.75            // the largest chance to fail here
)

// noted takes the end of a call with these flags that was sent over l, by e if it went wrong. Where
// nothing is wrong it costs a load.
func (l *link) noted(flags frame.Flags, e *Error) {
	if e != nil || l.trouble.Load() != nil {
		l.judge(classOf(flags), e)
	}
}

func (l *link) judge(class int, e *Error) {
	t := l.trouble.Load()
	refused := e != nil && e.Code == ResourceExhausted && e.Effect == NotExecuted
	if t == nil {
		if !refused {
			return
		}
		l.trouble.CompareAndSwap(nil, new(throttle))
		if t = l.trouble.Load(); t == nil {
			return
		}
	}
	now := transport.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	n := &t.counts[class]
	n.age(now)
	switch {
	case !refused:
		n.accepted++
	case e.RetryAfter > 0:
		n.until = max(n.until, now+e.RetryAfter)
	}
	if t.isOver(now) {
		l.trouble.CompareAndSwap(t, nil)
	}
}

// asks counts a call that would go to the instance. It tells how long the instance wants no calls
// of the class, and decides whether it may get this one nevertheless if there is no other. rnd is
// from 0 to 1. Where nothing is wrong it costs a load.
func (l *link) asks(class int, rnd float64) (pause time.Duration, may bool) {
	t := l.trouble.Load()
	if t == nil {
		return 0, true
	}
	now := transport.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	n := &t.counts[class]
	n.age(now)
	fails := (n.requests - throttleRatio*n.accepted) / (n.requests + 1)
	n.requests++
	return max(n.until-now, 0), rnd >= min(fails, throttleMost)
}

// age lets what was counted count less.
func (n *throttleCount) age(now time.Duration) {
	if n.at == 0 {
		n.requests, n.accepted = throttlePrior, throttlePrior
	} else {
		weight := math.Exp(-float64(now-n.at) / float64(throttleTime))
		n.requests *= weight
		n.accepted *= weight
	}
	n.at = now
}

// isOver reports whether almost everything is accepted again. mu is held.
func (t *throttle) isOver(now time.Duration) bool {
	for i := range t.counts {
		n := &t.counts[i]
		if n.until > now-throttleTime && n.until != 0 || n.requests > throttleRatio*n.accepted {
			return false
		}
	}
	return true
}
