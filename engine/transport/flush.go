package transport

import "runtime"

// The flush rule of a net.Conn: whoever has appended output and finds nobody flushing becomes
// the flusher and writes until the output is empty, so that what others append meanwhile needs
// no write of its own. With other calls in flight it yields the processor before each write: the
// goroutines that are about to append then join it. During a turn the pumping goroutine is the
// flusher, at the end of the batch; if that was more than one event, it yields as well, because
// callers that have their answers are likely to call again. The yield before the first write is
// worth a factor of 1.2 to 4 in calls a second with 64 calls in flight on each of 1 to 8
// connections, on two cores, the other two 1.1 to 1.5. Before waking a gnet loop it was worth
// nothing: the loop's queue combines by itself.
//
// A caller that is about to append more, as it opens many calls without waiting or sends message
// after message on one stream, does not write: it starts a goroutine that becomes the flusher. Until
// that runs, and while it writes, the caller fills the next buffer.
//
// No write waits for the peer. When the kernel takes no more, the rest goes to a goroutine that
// lives until it is sent; until then nothing more is taken from the session, whose credits bound
// what waits there. So the reader never waits for a writer, and two peers that flood each other
// cannot lock up.

// flush sends for the pumping goroutine. It implements driver.
func (d *netDriver) flush(events int) {
	if events > 1 {
		d.conn.unlocked(runtime.Gosched)
	}
	d.send(false)
}

// send makes the caller the flusher if there is output and nobody flushes. mu is held, and
// released while bytes are written.
func (d *netDriver) send(yield bool) {
	c := d.conn
	if !d.maySend() {
		return
	}
	d.flushing = true
	if yield && c.session.Live() > 1 {
		c.unlocked(runtime.Gosched)
	}
	d.empty(false)
}

// sendSoon makes a new goroutine the flusher if there is output and nobody flushes. mu is held.
func (d *netDriver) sendSoon() {
	if d.maySend() {
		d.flushing = true
		go d.drainer()
	}
}

// maySend reports whether there is output and nobody flushes. mu is held.
func (d *netDriver) maySend() bool {
	return !d.flushing && d.failed == nil && !d.readEnded && d.conn.session.HasOutput()
}

// empty takes output until there is none. If the socket is full, or there is more than one turn
// may write, it goes on, or, where it may not wait, leaves the rest, and being the flusher, to a
// new goroutine. mu is held.
func (d *netDriver) empty(mayWait bool) {
	c := d.conn
	o := takeOutput(d.need)
	for left := turnOutput; d.failed == nil; {
		if left < turnOutput && c.session.Live() > 1 {
			c.unlocked(runtime.Gosched)
		}
		full := d.sock.full()
		if !mayWait && (full || left <= 0) {
			o.release()
			go d.drainer()
			return
		}
		if full {
			var err error
			c.unlocked(func() { err = d.sock.drain() })
			d.fail(err)
			c.session.Restamp(Now())
			continue
		}
		n := o.fill(c.session, d.gather)
		if n == 0 {
			break
		}
		d.need = d.need.after(len(o.buf))
		left -= n
		d.fail(d.write(o))
	}
	o.release()
	d.flushing = false
	c.calm.Broadcast()
}

// write sends o, with mu released. What callers have lent is not read any more when it returns: the
// socket has a copy of what the kernel did not take.
func (d *netDriver) write(o *output) (err error) {
	lends := o.lends()
	d.conn.lending = lends // there is one flusher
	d.conn.mu.Unlock()
	defer func() {
		d.conn.mu.Lock()
		o.sent()
		if lends {
			d.conn.lending = false
			d.conn.calm.Broadcast()
		}
	}()
	if o.parts.Len() == 0 {
		_, err = d.w.Write(o.buf)
		return err
	}
	return d.sock.writeAll(o.slices())
}

// drain is the goroutine that may wait for a full socket. It ends when all output is sent or
// writing has failed, and the socket's stall timeout bounds that.
func (d *netDriver) drain() {
	c := d.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	whole := c.guard(func() { d.empty(true) })
	if !whole {
		d.flushing = false
		c.calm.Broadcast()
	}
	c.settle(false)
}

// fail notes that writing is over. What the peer sent before it went away may still be read, so
// the end is left to the reader, for lingerMax.
func (d *netDriver) fail(err error) {
	if err == nil || d.failed != nil {
		return
	}
	d.failed = err
	d.wind()
}
