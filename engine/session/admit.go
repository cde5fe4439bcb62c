package session

import (
	"time"

	"github.com/leverrpc/lever/frame"
)

// mostHeld bounds what a client may send before it is admitted: the payload that the minimum
// credit allows, and as much again for headers and control frames. SPEC 6.1.
const mostHeld = 2 * 65536

// Admit lets the client of a server with Config.Vet in. What it has sent meanwhile is read next:
// HasEvents tells. What it proved itself with is forgotten. A client that is not to be admitted is
// told so with Close, and REFUSED or UNAVAILABLE.
func (s *Session) Admit(now time.Duration) {
	s.now = max(s.now, now)
	if !s.vetting || s.state == closed {
		return
	}
	s.vetting = false
	s.remote.Auth = nil
	s.greet()
}

// greet answers the client's HELLO.
func (s *Session) greet() {
	s.appendHello(s.seed, frame.Version, 0)
	s.opened()
}

// opened is reached when both HELLOs are known.
func (s *Session) opened() {
	s.state = open
	if s.goaway.begun {
		s.state = draining
	}
}

// waitForVerdict keeps what has come so far for later.
func (s *Session) waitForVerdict() {
	if s.in.keep() > mostHeld {
		s.violate(frame.ReasonCalm, "more than %d bytes before it was admitted", mostHeld)
	}
}
