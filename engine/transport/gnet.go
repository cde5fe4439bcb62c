//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/panjf2000/gnet/v2"

	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/pool"
)

// gnetDriver drives a connection on a gnet event loop. All reading and delivering happens on the
// loop, and nearly all writing (direct.go). Commands from elsewhere append to the session and wake
// the loop with one prebuilt task; what came together leaves in one write.
type gnetDriver struct {
	conn   *Conn
	stall  time.Duration // negative: never
	opened atomic.Bool   // OnOpen was reached
	task   gnet.Runnable // run, made once

	// Guarded by conn.mu.
	loop    gnet.EventLoop // nil until OnOpen
	queued  bool           // the task is on its way to the loop
	blocked bool           // gnet holds enough output, or the turn was: the recheck timer sends on
	gone    bool           // no more tasks are wanted
	need    need           // of memory for output
	lent    *output        // the box of the buffer that the session has from here, or nil
	direct  direct

	// Owned by the loop.
	gc       gnet.Conn
	inside   bool          // a turn is on: the end waits for it
	inTask   bool          // and it began with the task, not with an event of the socket
	closed   bool          // OnClose was reached: gc's descriptor may be another connection's
	cause    error         // why
	ending   bool          // end was begun
	halfDone bool          // the peer was shown that nothing more comes
	over     time.Duration // when the session ended, as the loop saw it; zero: it lives
	held     *pool.Buf     // input that waits for the next turn, or nil
	density  int           // bytes for each event, lately
	written  int64         // all that gnet was given
	room     int           // what this turn may still write
	recheck  recheck
}

// errClosed is told for a connection that was closed by this side.
var errClosed = errors.New("closed by this side")

// open is OnOpen.
func (d *gnetDriver) open(gc gnet.Conn) {
	d.conn.mu.Lock()
	d.gc, d.loop, d.direct.fd = gc, gc.EventLoop(), gc.Fd()
	d.conn.mu.Unlock()
	d.opened.Store(true)
	d.work(nil)
}

// traffic is OnTraffic. p is the loop's buffer, lent until it returns.
func (d *gnetDriver) traffic(p []byte) {
	if d.held != nil {
		d.held.Append(p)
		p = d.held.B
	}
	d.work(p)
}

// run is the task: it settles what others have left.
func (d *gnetDriver) run(context.Context) error {
	defer d.rescue(d.gc)
	d.inTask = true
	defer func() { d.inTask = false }()
	var in []byte
	if d.held != nil {
		in = d.held.B
	}
	d.work(in)
	return nil
}

// close is OnClose. gnet calls it from inside of a failed write, too; the turn that writes then
// ends the connection when it is through.
func (d *gnetDriver) close(err error) {
	d.closed, d.cause = true, err
	if !d.inside {
		d.end()
	}
}

// work is one turn on the loop: input, events, output.
func (d *gnetDriver) work(in []byte) {
	if d.closed || d.inside {
		return
	}
	d.inside, d.room = true, turnOutput
	c := d.conn
	c.mu.Lock()
	if d.inTask {
		d.queued = false
	}
	if len(in) > 0 {
		d.lend()
	}
	d.keep(d.feed(in))
	c.turn()
	d.gone = d.closed // in the same moment as the turn ends: the descriptor is another's
	d.reclaim()
	c.mu.Unlock()
	d.inside = false
	if d.closed {
		d.end()
		return
	}
	d.watch()
}

// end tells the session that the transport is gone, and finishes the connection. It runs on the
// loop, in OnClose or after the turn that was interrupted by it, or where a connection could not
// be handed to a loop.
func (d *gnetDriver) end() {
	if d.ending {
		return
	}
	d.ending, d.closed = true, true
	d.hold(nil)
	c := d.conn
	c.mu.Lock()
	d.gone = true
	d.recheck.stop()
	if !c.over() {
		c.guard(d.tellEnd)
	}
	c.turn()
	c.mu.Unlock()
	c.finish()
}

// tellEnd tells the session why the transport is gone.
func (d *gnetDriver) tellEnd() {
	err := d.cause
	if errors.Is(err, io.EOF) {
		d.conn.session.HandleEnd(nil)
		return
	}
	if err == nil {
		err = errClosed
	}
	d.conn.session.HandleEnd(
		fmt.Errorf("transport: connection with %s: %w", addrText(d.conn.remote), err))
}

// settle wakes the loop, which is soon enough for those who add more; but the answer to the only
// call in flight has nothing to wait for. It implements driver; mu is held by any goroutine.
func (d *gnetDriver) settle(bool) { d.see(d.conn.session.Live() == 0) }

// push implements driver; mu is held by any goroutine.
func (d *gnetDriver) push() { d.see(true) }

// see makes sure that events and output are seen to: by the loop, or output here if that can be.
func (d *gnetDriver) see(here bool) {
	s := d.conn.session
	if d.queued || d.gone || d.loop == nil {
		return
	}
	if s.HasEvents() || s.HasOutput() && !d.blocked && !(here && d.writeHere()) {
		d.wake()
	}
}

// wake queues the task. mu is held, and released for the system call that it may take.
func (d *gnetDriver) wake() {
	d.queued = true
	d.conn.unlocked(func() {
		if err := d.loop.Execute(context.Background(), d.task); err != nil {
			d.conn.logger.Debug("transport: wake gnet", "error", err) // it has stopped: OnClose came
		}
	})
}

// flush hands output to gnet until gnet holds enough of it. It implements driver; the loop calls.
func (d *gnetDriver) flush(int) {
	c := d.conn
	d.blocked = false
	if d.closed {
		return
	}
	d.sendRest()
	if d.closed || !c.session.HasOutput() {
		return
	}
	o := takeOutput(d.need)
	for !d.closed && c.session.HasOutput() {
		if d.room <= 0 || d.gc.OutboundBuffered() >= mostBuffered {
			d.blocked = true
			break
		}
		n := o.fill(c.session, true)
		if n == 0 {
			break
		}
		d.write(o, n)
	}
	o.release()
}

// write sends o, with mu released. An error closes the connection before write returns: the
// result has nothing to add. gnet copies what the kernel does not take.
func (d *gnetDriver) write(o *output, n int) {
	d.need = d.need.after(len(o.buf))
	d.written += int64(n)
	d.room -= n
	held := false
	d.conn.unlocked(func() {
		if o.parts.Len() == 0 {
			d.gc.Write(o.buf)
		} else {
			d.gc.Writev(o.slices())
		}
		held = !d.closed && d.gc.OutboundBuffered() > 0
	})
	d.direct.held = held
	o.sent()
}

// wind closes the connection once the session is over: first this direction, when the output is
// sent, so that a goodbye is not lost; then, when the peer has closed as well or after lingerMax,
// all of it. It implements driver; the loop calls.
func (d *gnetDriver) wind() {
	c := d.conn
	if d.closed || !c.over() {
		return
	}
	if d.over == 0 {
		d.over = Now()
		d.hold(nil)
	}
	if c.wrecked || Now()-d.over >= lingerMax {
		c.unlocked(func() { d.loop.Close(d.gc) })
		return
	}
	if !d.halfDone && d.gc.OutboundBuffered() == 0 {
		d.halfDone = true
		c.unlocked(func() { syscall.Shutdown(d.gc.Fd(), syscall.SHUT_WR) })
	}
}

// giveUp ends a connection whose peer takes nothing.
func (d *gnetDriver) giveUp() {
	c := d.conn
	c.mu.Lock()
	c.session.Close(frame.ReasonTimeout, errStalled.Error())
	c.mu.Unlock()
	d.loop.Close(d.gc)
}

// lend gives the session an output buffer if it has none. mu is held.
func (d *gnetDriver) lend() {
	if d.lent != nil || d.closed {
		return
	}
	o := takeOutput(d.need)
	if !d.conn.session.LendBuffer(o.buf) {
		o.release()
		return
	}
	o.buf = nil
	d.lent = o
}

// reclaim takes the buffer back from a session that is idle. mu is held.
func (d *gnetDriver) reclaim() {
	if d.conn.wrecked {
		return
	}
	empty := d.conn.session.ReclaimBuffer()
	if empty == nil {
		return
	}
	if d.lent == nil {
		d.lent = new(output)
	}
	d.lent.buf = empty
	d.lent.release()
	d.lent = nil
}
