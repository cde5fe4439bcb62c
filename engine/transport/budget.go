//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package transport

import "github.com/leverrpc/lever/pool"

const (
	// turnEvents is how many events one connection may have in a turn. More wait for the next,
	// so that a connection at full blast does not starve the others on its loop.
	turnEvents = 256

	// mostHeld is how much input may wait for the next turn. gnet goes on reading, whatever
	// happens here, so what is beyond it is worked off at once.
	mostHeld = 128 << 10

	firstDensity = 64
	leastPiece   = 4 << 10
)

// feed gives input to the session, in pieces that should make about as many events as are left
// of the turn's budget, and returns what is too much for this turn. The session must be through
// with a piece before this can stop, hence the pieces; with large frames all of it is one.
// mu is held.
func (d *gnetDriver) feed(in []byte) (rest []byte) {
	c := d.conn
	c.pumping = true
	for left := turnEvents; len(in) > 0 && (left > 0 || len(in) > mostHeld); {
		if c.over() || d.closed {
			return nil
		}
		n := min(len(in), max(left*d.density, leastPiece))
		events := 0
		c.guard(func() {
			c.session.HandleInput(Now(), in[:n])
			events = c.pump()
		})
		d.density = max(n/max(events, 1), 16)
		left -= events
		in = in[n:]
	}
	return in
}

// keep holds the rest for the next turn, which it asks for.
func (d *gnetDriver) keep(rest []byte) {
	d.hold(rest)
	if d.held == nil {
		return
	}
	if d.inTask {
		// The loop runs tasks until none is left, so a task that queued itself again would
		// keep the loop from its sockets.
		d.recheck.after(d, 0)
	} else if !d.queued {
		d.wake()
	}
}

// hold replaces the input that waits by a copy of rest, which may be a part of it.
func (d *gnetDriver) hold(rest []byte) {
	old := d.held
	d.held = nil
	if len(rest) > 0 {
		d.held = pool.Copy(rest)
	}
	old.Release()
}
