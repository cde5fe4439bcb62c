package transport

import (
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/leverrpc/lever/engine/session"
)

// pipeBytes is the buffer of each direction of Pipe.
const pipeBytes = 64 << 10

// Pipe makes two connections that talk to each other in memory. They are driven as any net.Conn
// is, and work under testing/synctest.
func Pipe(client, server Config, ch, sh Handler) (c, s *Conn) {
	a, b := NetPipe(pipeBytes)
	s = NewConn(b, session.Server, server, sh)
	c = NewConn(a, session.Client, client, ch)
	return c, s
}

// NetPipe makes the two ends of a connection in memory. Each direction holds up to size bytes, at
// least one; a writer waits for room. Unlike net.Pipe it has buffers, as a socket has, and either
// direction may be closed alone.
func NetPipe(size int) (a, b net.Conn) {
	x, y := newHalf(size), newHalf(size)
	return &pipeEnd{in: x, out: y}, &pipeEnd{in: y, out: x}
}

// half is one direction of a pipe: len(buf) ≤ size.
type half struct {
	size int

	mu     sync.Mutex // guards the fields below
	change sync.Cond
	buf    []byte
	ended  bool // no more is written
	broken bool // no more is read
}

func newHalf(size int) *half {
	h := &half{size: max(size, 1)}
	h.change.L = &h.mu
	return h
}

// put takes what fits of p; with wait, all of it.
func (h *half) put(p []byte, wait bool) (n int, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		switch {
		case h.ended:
			return n, net.ErrClosed
		case h.broken:
			return n, io.ErrClosedPipe
		}
		k := min(len(p), h.size-len(h.buf))
		if k > 0 {
			h.buf = append(h.buf, p[:k]...)
			p, n = p[k:], n+k
			h.change.Broadcast()
		}
		if len(p) == 0 || !wait {
			return n, nil
		}
		h.change.Wait()
	}
}

// get waits for at least one byte.
func (h *half) get(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		switch {
		case h.broken:
			return 0, net.ErrClosed
		case len(h.buf) > 0:
			n := copy(p, h.buf)
			h.buf = h.buf[:copy(h.buf, h.buf[n:])]
			h.change.Broadcast()
			return n, nil
		case h.ended:
			return 0, io.EOF
		}
		h.change.Wait()
	}
}

func (h *half) end() {
	h.mu.Lock()
	h.ended = true
	h.change.Broadcast()
	h.mu.Unlock()
}

func (h *half) breakOff() {
	h.mu.Lock()
	h.broken, h.buf = true, nil
	h.change.Broadcast()
	h.mu.Unlock()
}

// pipeEnd is one end: it reads from in and writes to out.
type pipeEnd struct {
	in, out *half
}

func (e *pipeEnd) Read(p []byte) (int, error)     { return e.in.get(p) }
func (e *pipeEnd) Write(p []byte) (int, error)    { return e.out.put(p, true) }
func (e *pipeEnd) tryWrite(p []byte) (int, error) { return e.out.put(p, false) }

// tryWritev is tryWrite of several slices.
func (e *pipeEnd) tryWritev(vec [][]byte) (n int, err error) {
	for _, p := range vec {
		k, err := e.tryWrite(p)
		if n += k; err != nil || k < len(p) {
			return n, err
		}
	}
	return n, nil
}

// CloseWrite ends what the peer reads. What it has not read yet stays.
func (e *pipeEnd) CloseWrite() error {
	e.out.end()
	return nil
}

// Close ends both directions, and wakes whoever waits on either end.
func (e *pipeEnd) Close() error {
	e.out.end()
	e.in.breakOff()
	return nil
}

func (e *pipeEnd) LocalAddr() net.Addr  { return pipeAddr{} }
func (e *pipeEnd) RemoteAddr() net.Addr { return pipeAddr{} }

// SetDeadline is not supported: the drivers need none.
func (e *pipeEnd) SetDeadline(time.Time) error      { return os.ErrNoDeadline }
func (e *pipeEnd) SetReadDeadline(time.Time) error  { return os.ErrNoDeadline }
func (e *pipeEnd) SetWriteDeadline(time.Time) error { return os.ErrNoDeadline }

// pipeAddr is the address of both ends.
type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "" }
