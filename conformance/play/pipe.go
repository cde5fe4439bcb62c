package play

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// ErrReset is what a reader finds when the other end of a Pipe was reset.
var ErrReset = errors.New("play: connection reset")

// pipeSpace is how much one direction of a Pipe holds before a writer waits, like the buffers
// of a socket.
const pipeSpace = 256 << 10

// Pipe is a connection in memory. It holds bytes like a socket, can be half closed, and gives to
// each Read what one Write wrote, or a part of it, so that the cuts of the writer are seen. Its
// waits can be seen by testing/synctest.
func Pipe() (a, b *End) {
	x, y := newFlow(), newFlow()
	return &End{in: x, out: y}, &End{in: y, out: x}
}

// End is one end of a Pipe. Safe for concurrent use.
type End struct{ in, out *flow }

// flow is one direction.
type flow struct {
	mu     sync.Mutex
	wake   sync.Cond
	pieces [][]byte // guarded by mu, like the fields below
	held   int      // the bytes in pieces
	end    error    // what readers find behind the pieces
	gone   bool     // nobody reads any more
}

func newFlow() *flow {
	f := new(flow)
	f.wake.L = &f.mu
	return f
}

// Read implements io.Reader.
func (e *End) Read(p []byte) (int, error) {
	f := e.in
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.pieces) == 0 && f.end == nil {
		f.wake.Wait()
	}
	if errors.Is(f.end, ErrReset) || len(f.pieces) == 0 {
		return 0, f.end
	}
	n := copy(p, f.pieces[0])
	if f.pieces[0] = f.pieces[0][n:]; len(f.pieces[0]) == 0 {
		f.pieces = f.pieces[1:]
	}
	f.held -= n
	f.wake.Broadcast()
	return n, nil
}

// Write implements io.Writer.
func (e *End) Write(p []byte) (int, error) {
	f := e.out
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.held >= pipeSpace && f.end == nil && !f.gone {
		f.wake.Wait()
	}
	if f.end != nil || f.gone {
		return 0, io.ErrClosedPipe
	}
	if len(p) > 0 {
		f.pieces = append(f.pieces, append([]byte(nil), p...))
		f.held += len(p)
		f.wake.Broadcast()
	}
	return len(p), nil
}

// finish ends a flow; gone says that what it holds is not read any more.
func (f *flow) finish(end error, gone bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.end == nil {
		f.end = end
	}
	f.gone = f.gone || gone
	f.wake.Broadcast()
}

// CloseWrite ends what this end sends.
func (e *End) CloseWrite() error {
	e.out.finish(io.EOF, false)
	return nil
}

// Close implements io.Closer.
func (e *End) Close() error {
	e.out.finish(io.EOF, false)
	e.in.finish(io.ErrClosedPipe, true)
	return nil
}

// Reset ends both directions at once; what is under way is lost.
func (e *End) Reset() error {
	e.out.finish(ErrReset, false)
	e.in.finish(ErrReset, true)
	return nil
}

// LocalAddr, RemoteAddr and the deadlines make an End a net.Conn. Deadlines do nothing.
func (e *End) LocalAddr() net.Addr { return pipeAddr{} }

// RemoteAddr implements net.Conn.
func (e *End) RemoteAddr() net.Addr { return pipeAddr{} }

// SetDeadline implements net.Conn.
func (e *End) SetDeadline(time.Time) error { return nil }

// SetReadDeadline implements net.Conn.
func (e *End) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline implements net.Conn.
func (e *End) SetWriteDeadline(time.Time) error { return nil }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "memory" }
func (pipeAddr) String() string  { return "memory" }
