//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package transport

import "time"

const (
	// mostBuffered is the fill of gnet's outbound buffer at which no more is taken from the
	// session. gnet bounds nothing itself, and tells nobody when it has sent.
	mostBuffered = 256 << 10

	soonest  = time.Millisecond
	soon     = 50 * time.Millisecond
	eventual = time.Second
)

// recheck is a timer that makes the loop look at a connection again: gnet has no event for an
// outbound buffer that has become empty. The interval doubles while nothing moves. Owned by the
// loop, but for the timer's function.
type recheck struct {
	timer *time.Timer
	pause time.Duration
	seen  int64         // what had left gnet at the last look
	sent  int64         // what had left it at moved
	moved time.Duration // when the stall timeout began anew: nothing waited, or enough had left
}

// after lets the task run in a while.
func (r *recheck) after(d *gnetDriver, wait time.Duration) {
	if r.timer == nil {
		r.timer = time.AfterFunc(wait, d.look)
	} else {
		r.timer.Reset(wait)
	}
}

func (r *recheck) stop() {
	if r.timer != nil {
		r.timer.Stop()
	}
}

// look is the timer's function. It ends at once.
func (d *gnetDriver) look() {
	d.conn.mu.Lock()
	defer d.conn.mu.Unlock()
	if !d.queued && !d.gone {
		d.wake()
	}
}

// watch is the last step of a turn: it sets the timer if output is on its way or the end waits
// for the peer, and gives up a peer that takes nothing for too long.
func (d *gnetDriver) watch() {
	r, held := &d.recheck, d.gc.OutboundBuffered()
	if held == 0 && d.direct.held { // only the loop changes it
		d.drained()
	}
	now := Now()
	sent := d.written - int64(held)
	if held == 0 || sent-r.sent >= drainPiece {
		r.sent, r.moved = sent, now
	}
	if held == 0 || sent > r.seen {
		r.seen, r.pause = sent, soonest
	}
	switch {
	case held > 0 && d.stall > 0 && now-r.moved >= d.stall:
		d.giveUp()
	case d.blocked && held < mostBuffered:
		r.after(d, 0)
	case held > 0:
		longest := eventual
		if d.blocked || d.over != 0 {
			longest = soon
		}
		r.pause = min(2*r.pause, longest)
		r.after(d, r.pause)
	case d.over != 0:
		r.after(d, max(d.over+lingerMax-now, soonest))
	}
}

// drained notes that gnet holds nothing any more.
func (d *gnetDriver) drained() {
	d.conn.mu.Lock()
	d.direct.held = false
	d.conn.mu.Unlock()
}
