package session

import (
	"time"

	"github.com/leverrpc/lever/frame"
)

// probe measures the round trip, for the growth of windows, with a PING now and then while large
// amounts arrive. The answer may have had to queue behind what the peer sent, so the least of the
// last two measurements counts.
type probe struct {
	asked        time.Duration // when the question under way was sent; zero: none is
	next         time.Duration // when it is worth another one
	last, before time.Duration // what was measured; zero: nothing yet
}

const (
	// probeToken marks these questions in a dump.
	probeToken = 0x21545452 // "RTT!"

	probeEvery = 10 * time.Second
)

// rtt is the round trip, or zero while it is not known.
func (s *Session) rtt() time.Duration {
	if s.probe.before == 0 {
		return s.probe.last
	}
	return min(s.probe.last, s.probe.before)
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
	p.before, p.last = p.last, s.now-p.asked
	p.asked, p.next = 0, s.now+probeEvery
}
