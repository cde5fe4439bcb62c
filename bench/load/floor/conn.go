package floor

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"runtime"
	"sync"
)

// conn is a client's connection: callers wait in the order of their requests. Safe for
// concurrent use.
type conn struct {
	nc net.Conn

	mu       sync.Mutex // guards what follows
	out      outbox
	waiting  []*waiter // sent or in out; the oldest first
	spare    []*waiter // memory for waiting
	flushing bool
	failed   error
}

// waiter is a caller. reply is its memory, which the reader fills before it says so on done.
type waiter struct {
	reply []byte
	err   error
	done  chan struct{} // capacity 1
}

// newWaiter makes a caller whose answers have n bytes.
func newWaiter(n int) *waiter {
	return &waiter{reply: make([]byte, n), done: make(chan struct{}, 1)}
}

var errLength = errors.New("floor: an answer has another length than its request")

// newConn starts the reader of a connection.
func newConn(nc net.Conn) *conn {
	c := &conn{nc: nc}
	go c.read()
	return c
}

// call sends payload and waits until w has the answer.
func (c *conn) call(payload []byte, w *waiter) error {
	c.mu.Lock()
	if c.failed != nil {
		c.mu.Unlock()
		return c.failed
	}
	c.out.add(payload)
	c.waiting = append(c.waiting, w)
	if !c.flushing {
		c.flush()
	}
	c.mu.Unlock()
	<-w.done
	return w.err
}

// flush writes until nothing is left. mu is held, and released while it writes.
func (c *conn) flush() {
	c.flushing = true
	if len(c.waiting) > 1 {
		c.mu.Unlock()
		runtime.Gosched() // those that are about to call join this write
		c.mu.Lock()
	}
	for !c.out.empty() && c.failed == nil {
		b := c.out.take()
		c.mu.Unlock()
		err := b.write(c.nc)
		c.mu.Lock()
		c.out.recycle(b)
		if err != nil {
			c.fail(err)
		}
	}
	c.flushing = false
}

// fail ends the connection for all that wait. mu is held.
func (c *conn) fail(err error) {
	if c.failed != nil {
		return
	}
	c.failed = err
	c.nc.Close()
	for _, w := range c.waiting {
		w.err = err
		w.done <- struct{}{}
	}
	c.waiting = nil
}

// read gives the answers to the callers, all that a read brings at once.
func (c *conn) read() {
	buf := make([]byte, 64<<10)
	n := 0
	for {
		got, err := c.nc.Read(buf[n:])
		n += got
		if err == nil {
			n, err = c.answers(buf, n)
		}
		if err != nil {
			c.mu.Lock()
			c.fail(err)
			c.mu.Unlock()
			return
		}
	}
}

// answers completes the callers whose answers are in buf[:n], and gives how many bytes are left
// over at its begin.
func (c *conn) answers(buf []byte, n int) (rest int, err error) {
	p := buf[:n]
	whole, next, err := wholeMessages(p)
	if err != nil {
		return 0, err
	}
	ready := c.ready(p[:whole])
	for _, w := range ready {
		size := int(binary.LittleEndian.Uint32(p))
		if size != len(w.reply) {
			err = errLength
		}
		copy(w.reply, p[headSize:headSize+size])
		p = p[headSize+size:]
		w.err = err
		w.done <- struct{}{}
	}
	if err != nil || len(p) != n-whole {
		return 0, errLength
	}
	if next > len(buf) {
		return 0, c.long(p, next)
	}
	return copy(buf, p), nil
}

// ready takes as many callers as there are messages.
func (c *conn) ready(p []byte) []*waiter {
	count := 0
	for len(p) > 0 {
		p = p[headSize+int(binary.LittleEndian.Uint32(p)):]
		count++
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	count = min(count, len(c.waiting))
	c.spare = append(c.spare[:0], c.waiting[:count]...)
	c.waiting = append(c.waiting[:0], c.waiting[count:]...)
	return c.spare // the reader is the only one that uses it
}

// long reads the rest of a message that is longer than the buffer straight into its caller's
// memory. begin is what has arrived.
func (c *conn) long(begin []byte, size int) error {
	c.mu.Lock()
	var w *waiter
	if len(c.waiting) > 0 {
		w = c.waiting[0]
		c.waiting = append(c.waiting[:0], c.waiting[1:]...)
	}
	c.mu.Unlock()
	if w == nil {
		return errLength
	}
	if len(w.reply) != size-headSize {
		w.err = errLength
	} else {
		got := copy(w.reply, begin[headSize:])
		_, w.err = io.ReadFull(c.nc, w.reply[got:])
	}
	err := w.err
	w.done <- struct{}{}
	return err
}
