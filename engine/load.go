package engine

import (
	"time"

	"github.com/leverrpc/lever/engine/transport"
)

// Load is how busy a server is, for those who decide how many there should be.
type Load struct {
	// Running is how many handlers run, or are about to. Inline ones do not count.
	Running int

	// Wait is how long calls have lately waited, on average, for their handlers to begin.
	Wait time.Duration

	// Conns is how many connections there are, those included that finish their last calls. A
	// caller may have several, see [ClientConfig.MaxConns].
	Conns int

	// Utilisation is the larger of Running as a part of MaxRunning, and of the wait that few
	// calls were spared as a part of MaxWait, as far as those are bounds. From 1 on, calls are refused.
	Utilisation float64
}

// Load tells how busy the server is now. It costs little, but not nothing: ask every second, and
// not for every call.
func (s *Server) Load() Load {
	wait, mean := s.entry.lately(transport.Now())
	l := Load{Running: int(s.running.Load()), Wait: mean}
	s.mu.Lock()
	l.Conns = len(s.adopted)
	for _, listener := range s.listeners {
		l.Conns += listener.Conns()
	}
	s.mu.Unlock()
	if most := s.config.MaxRunning; most > 0 {
		l.Utilisation = float64(l.Running) / float64(most)
	}
	if most := s.entry.limit; most > 0 {
		l.Utilisation = max(l.Utilisation, float64(wait)/float64(most))
	}
	return l
}
