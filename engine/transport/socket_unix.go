//go:build unix

package transport

import (
	"io"
	"net"
	"syscall"

	"github.com/leverrpc/lever/pool"
)

// rawWrite writes to a descriptor without waiting for room. One goroutine at a time uses it.
type rawWrite struct {
	raw syscall.RawConn
	do  func(fd uintptr) bool // attempt, made once so that a write allocates nothing
	p   []byte
	n   int
	err error

	vector
}

// rawTrier returns the way to write to nc without waiting, or nil if nc has none.
func rawTrier(nc net.Conn) trier {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	w := &rawWrite{raw: raw}
	w.do = w.attempt
	return w
}

func (w *rawWrite) tryWrite(p []byte) (int, error) {
	w.p, w.n, w.err = p, 0, nil
	err := w.raw.Write(w.do)
	w.p = nil
	if err == nil {
		err = w.err
	}
	return w.n, err
}

// attempt answers true always: it never asks to be called again when there is room.
func (w *rawWrite) attempt(fd uintptr) bool {
	for w.n < len(w.p) {
		n, full, err := once(syscall.Write, fd, w.p[w.n:])
		if full || err != nil {
			w.err = err
			return true
		}
		short := n < len(w.p)-w.n
		w.n += n
		if short { // the kernel's buffer is full now
			return true
		}
	}
	return true
}

// once does one system call that moves bytes, again if a signal has cut it off. again: there was
// no room, or there is nothing.
func once(do func(fd int, p []byte) (int, error), fd uintptr, p []byte) (n int, again bool, err error) {
	for {
		n, err = do(int(fd), p)
		switch err {
		case nil:
			return n, false, nil
		case syscall.EAGAIN:
			return 0, true, nil
		case syscall.EINTR:
		default:
			return 0, false, err
		}
	}
}

// rawRead reads from a descriptor. It holds a buffer only while there is something to read: it
// waits for readiness first, so an idle connection pins no memory for reading.
type rawRead struct {
	raw syscall.RawConn
	do  func(fd uintptr) bool
	buf *pool.Buf
	n   int
	err error
}

// rawSource returns the way to read from nc without a buffer of its own, or nil.
func rawSource(nc net.Conn) source {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	r := &rawRead{raw: raw}
	r.do = r.attempt
	return r
}

func (r *rawRead) next() ([]byte, error) {
	r.n, r.err = 0, nil
	err := r.raw.Read(r.do)
	if err == nil {
		err = r.err
	}
	if err == nil && r.n == 0 {
		err = io.EOF
	}
	if err != nil {
		r.buf.Release()
		r.buf = nil
		return nil, err
	}
	return r.buf.B[:r.n], nil
}

// attempt answers false to wait until the descriptor is readable.
func (r *rawRead) attempt(fd uintptr) bool {
	if r.buf == nil {
		r.buf = pool.Get(readBytes)
	}
	var empty bool
	r.n, empty, r.err = once(syscall.Read, fd, r.buf.B[:readBytes])
	if empty {
		r.buf.Release()
		r.buf = nil
	}
	return !empty
}
