package session

import (
	"time"

	"github.com/leverrpc/lever/frame"
)

// probe measures the round trip, for the growth of windows, with a PING now and then while large
// amounts arrive. Each answer may have had to queue behind what the peer sent, or this side was slow to
// read it, so the least of the last ones counts. (BBR does so, for the same reason.)
type probe struct {
	asked         time.Duration // when the question under way was sent; zero: none is
	next          time.Duration // when it is worth another one
	turns         time.Duration // when least becomes before
	least, before uint32        // µs, of this period and of the last one; zero: nothing was measured
}

const (
	// probeToken marks these questions in a dump.
	probeToken = 0x21545452 // "RTT!"

	probeEvery  = 200 * time.Millisecond
	probePeriod = 10 * time.Second // as long a way that has become longer may be taken for a queue
)

// rtt is the round trip, or zero while it is not known.
func (s *Session) rtt() time.Duration {
	least := s.probe.least
	if s.probe.before != 0 {
		least = min(least, s.probe.before)
	}
	return time.Duration(least) * time.Microsecond
}

// measure asks, unless a question is under way or an answer is fresh.
func (s *Session) measure() {
	p := &s.probe
	if p.asked != 0 || s.now < p.next || s.state == closed {
		return
	}
	p.asked = max(s.now, 1)
	s.appendFrame(frame.Header{Type: frame.Ping, Aux: probeToken})
}

// measured takes the answer.
func (s *Session) measured() {
	p := &s.probe
	trip := max(saturate((s.now-p.asked)/time.Microsecond), 1)
	if p.least == 0 || s.now >= p.turns {
		p.before, p.least, p.turns = p.least, trip, s.now+probePeriod
	}
	p.least = min(p.least, trip)
	p.asked, p.next = 0, s.now+probeEvery
}
