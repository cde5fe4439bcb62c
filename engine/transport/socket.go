package transport

import (
	"errors"
	"net"
	"sync"
	"time"
)

// socket is a net.Conn whose Write never waits: what the kernel does not take at once is kept
// in left, and drain, which may wait, sends it later. TLS writes through it too, so that
// not even an answer that TLS makes by itself, inside of Read, can block the reader.
//
// left is bounded: whoever writes stops while full reports true, so it holds what one write
// did not get rid of, and the little that TLS sends on its own.
type socket struct {
	net.Conn
	try   trier         // nil: every write goes through left
	stall time.Duration // negative: never

	mu       sync.Mutex // guards what follows
	waits    bool       // during a TLS handshake Write is the plain, waiting one
	dead     bool       // the stall timeout has closed the connection
	draining bool       // drain has taken what was in left, and is not through with it
	left     []byte     // not yet given to the kernel
	spare    []byte     // the buffer that takes left's place while it is drained
}

// trier makes one attempt to write that does not wait. n < len(p) without an error means that
// there is no more room at the moment.
type trier interface {
	tryWrite(p []byte) (n int, err error)
}

const (
	mostLeft   = 1 << 20
	drainPiece = 16 << 10 // so much, or the rest, must be taken within one stall timeout
)

var (
	errTooMuchLeft = errors.New("transport: peer takes nothing and output piles up")
	errStalled     = errors.New("transport: peer takes nothing of what is sent")
)

// newSocket wraps nc.
func newSocket(nc net.Conn, stall time.Duration) *socket {
	s := &socket{Conn: nc, stall: stall}
	if t, ok := nc.(trier); ok {
		s.try = t
	} else {
		s.try = rawTrier(nc)
	}
	return s
}

// Write takes p whole, at once.
func (s *socket) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waits {
		return s.waitingWrite(p)
	}
	n := 0
	if s.try != nil && !s.draining && len(s.left) == 0 {
		var err error
		if n, err = s.try.tryWrite(p); err != nil || n == len(p) {
			return n, err
		}
	}
	if len(s.left)+len(p)-n > mostLeft && len(s.left) > 0 {
		return n, errTooMuchLeft
	}
	s.left = append(s.left, p[n:]...)
	return len(p), nil
}

// vectorTrier is a trier that takes several slices at once. It may change vec, but not what is in the
// slices.
type vectorTrier interface {
	tryWritev(vec [][]byte) (n int, err error)
}

// gathers reports whether writeAll saves a copy.
func (s *socket) gathers() bool {
	_, ok := s.try.(vectorTrier)
	return ok
}

// writeAll is Write of several slices, in order. It is for a socket that gathers.
func (s *socket) writeAll(vec [][]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	if !s.draining && len(s.left) == 0 {
		var err error
		if n, err = s.try.(vectorTrier).tryWritev(vec); err != nil {
			return err
		}
	}
	for _, p := range vec {
		sent := min(n, len(p))
		n -= sent
		if len(s.left)+len(p)-sent > mostLeft && len(s.left) > 0 {
			return errTooMuchLeft
		}
		s.left = append(s.left, p[sent:]...)
	}
	return nil
}

// waitingWrite is Write during a handshake. mu is released while it waits.
func (s *socket) waitingWrite(p []byte) (int, error) {
	s.mu.Unlock()
	defer s.mu.Lock()
	return s.Conn.Write(p)
}

// setWaits says whether Write waits.
func (s *socket) setWaits(on bool) {
	s.mu.Lock()
	s.waits = on
	s.mu.Unlock()
}

// full reports whether something is left that only drain can send.
func (s *socket) full() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.draining || len(s.left) > 0
}

// drain sends what is left. It waits for the peer, and gives up when one piece takes longer
// than the stall timeout. One goroutine at a time may call it.
func (s *socket) drain() error {
	for {
		s.mu.Lock()
		p := s.left
		s.left, s.draining = s.spare[:0], len(p) > 0
		s.mu.Unlock()
		if len(p) == 0 {
			return nil
		}
		err := s.drainPieces(p)
		if cap(p) > mostOutput {
			p = nil
		}
		s.spare = p // only drain touches it
		if err != nil {
			return err
		}
	}
}

// drainPieces writes p in pieces, each with a time limit.
func (s *socket) drainPieces(p []byte) error {
	for len(p) > 0 {
		n := min(len(p), drainPiece)
		stop := s.limit()
		_, err := s.Conn.Write(p[:n])
		stop()
		if err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}

// limit closes the connection after the stall timeout, unless stop is called before. It does
// not use a deadline, which would stay behind and would have to be taken back.
func (s *socket) limit() (stop func() bool) {
	if s.stall <= 0 {
		return func() bool { return true }
	}
	return time.AfterFunc(s.stall, func() {
		s.mu.Lock()
		s.dead = true
		s.mu.Unlock()
		s.Conn.Close()
	}).Stop
}

// stalled reports whether the stall timeout has closed the connection.
func (s *socket) stalled() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dead
}

// SetWriteDeadline is for TLS, which sets one around its goodbye. Write does not wait, and what
// is left must still be sent, so it counts during the handshake only.
func (s *socket) SetWriteDeadline(t time.Time) error {
	s.mu.Lock()
	waits := s.waits
	s.mu.Unlock()
	if !waits {
		return nil
	}
	return s.Conn.SetWriteDeadline(t)
}
