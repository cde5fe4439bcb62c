//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package transport

import "syscall"

// direct is the way past the loop. A goroutine that has output for a connection wakes its loop,
// which then writes: two system calls, and a change of threads between them. Where answers come
// from many goroutines one wake serves them all. But what has nothing to wait for is written right
// where it was made: the answer to the only call in flight, and what one worker leaves of a batch.
//
// That is safe because Conn.mu is held, as it is where OnClose sets gone before gnet closes the
// descriptor; because no turn is on, so the loop writes nothing; and because gnet holds no output
// that must go first.
type direct struct {
	fd   int     // of the socket; negative: there is no way past the loop
	held bool    // gnet holds output; changed by the loop alone
	rest *output // what the kernel did not take: the loop sends it on. nil: nothing
	from int     // where in rest that begins
}

// writeHere writes what the session has to say, if nothing speaks against it, and reports whether
// nothing is left to do. conn.mu is held by any goroutine, and no turn is on.
func (d *gnetDriver) writeHere() bool {
	s, w := d.conn.session, &d.direct
	if w.fd < 0 || w.held || w.rest != nil || s.Closed() {
		return false
	}
	o := d.spare()
	p := s.TakeOutput(o.buf)
	o.buf = p
	d.need = d.need.after(len(p))
	n, err := syscall.Write(w.fd, p)
	if n = max(n, 0); err != nil || n < len(p) {
		w.rest, w.from = o, n // the loop will meet the error too, and knows what to do
		return false
	}
	o.release()
	return !s.HasOutput() && !s.HasEvents() && !s.Closed()
}

// spare gives a buffer for the session in exchange for its output, or, where no more is to come
// before the next input, the empty box of the one that the session has. mu is held.
func (d *gnetDriver) spare() *output {
	if d.conn.session.Live() > 0 {
		return takeOutput(d.need)
	}
	o := d.lent
	if d.lent = nil; o == nil {
		o = new(output)
	}
	return o
}

// sendRest gives gnet what the kernel did not take from writeAlone. mu is held by the loop.
func (d *gnetDriver) sendRest() {
	w := &d.direct
	if o := w.rest; o != nil {
		w.rest = nil
		o.buf = o.buf[:copy(o.buf, o.buf[w.from:])]
		d.write(o, len(o.buf))
		o.release()
	}
}
