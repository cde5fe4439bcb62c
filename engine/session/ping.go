package session

import (
	"time"

	"github.com/leverrpc/lever/frame"
)

// PING's codes.
const (
	pingAsk    = 0
	pingAnswer = 1
)

// keepalive finds out that a peer is gone although its connection stands. Only bytes that
// arrive count as a sign of life. SPEC: keepalive.
type keepalive struct {
	heard  time.Duration // when the last byte arrived
	missed int           // idle periods since then that were answered with a PING
}

// maxMissed is how many PINGs may go without a byte in return.
const maxMissed = 2

func (k *keepalive) hear(now time.Duration) { k.heard, k.missed = now, 0 }

// idle is the silence that both sides agreed on: the shorter of what they announced. Zero: none.
func (s *Session) idle() time.Duration {
	l, r := s.local.IdleMS, s.remote.IdleMS
	if l == 0 || r != 0 && r < l {
		l = r
	}
	return time.Duration(l) * time.Millisecond
}

// aliveBy returns when the peer must have been heard again.
func (s *Session) aliveBy() (time.Duration, bool) {
	idle := s.idle()
	if idle == 0 || s.live == 0 || s.state == waitHello {
		return 0, false
	}
	return s.alive.heard + time.Duration(s.alive.missed+1)*idle, true
}

// checkAlive sends the PING that is due, or gives up.
func (s *Session) checkAlive() {
	by, ok := s.aliveBy()
	if !ok || s.now < by {
		return
	}
	if s.alive.missed == maxMissed {
		s.violate(frame.ReasonTimeout, "silent for %v", s.now-s.alive.heard)
		return
	}
	s.alive.missed++
	s.appendFrame(frame.Header{Type: frame.Ping, Aux: uint32(s.alive.missed)})
}

// beginWatch is called when the first call of an idle connection begins: silence before it
// proves nothing.
func (s *Session) beginWatch() {
	if s.live == 1 {
		s.alive.hear(s.now)
	}
}

// onPing answers a question in place, and takes an answer.
func (s *Session) onPing(h *frame.Header) bool {
	switch {
	case h.Code == pingAsk:
		if !s.glitch() {
			return false
		}
		if int(s.replies) >= 2*s.limits.Replies {
			return s.violate(frame.ReasonCalm, "%d replies wait and are not read", s.replies)
		}
		s.reply(frame.Header{Type: frame.Ping, Code: pingAnswer, Aux: h.Aux})
	case s.probe.asked != 0 && h.Aux == probeToken:
		s.measured()
	case s.goaway.fence != 0 && h.Aux == s.goaway.fence:
		s.passFence()
	}
	return true
}
