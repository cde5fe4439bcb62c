package transport

import "time"

// alarm is the one timer of a connection. It is armed lazily: only ever to an earlier time, so
// that a call which ends before its deadline costs nothing here. When it rings too early it is
// set anew. Guarded by Conn.mu.
type alarm struct {
	timer *time.Timer
	at    time.Duration // when it rings; zero: it is not set
	off   bool          // the connection is over
}

// arm makes sure that the session's next deadline is not missed. mu is held.
func (c *Conn) arm() {
	when, ok := c.session.Deadline()
	if !ok || c.alarm.off || c.alarm.at != 0 && c.alarm.at <= when {
		return
	}
	c.alarm.at = when
	wait := max(when-Now(), 0)
	if c.alarm.timer == nil {
		c.alarm.timer = time.AfterFunc(wait, c.ring)
	} else {
		c.alarm.timer.Reset(wait)
	}
}

// ring is the timer's goroutine. It ends with the call.
func (c *Conn) ring() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.alarm.at = 0
	if c.alarm.off {
		return
	}
	c.guard(c.tick)
	c.settle(false)
	if c.alarm.at == 0 && !c.pumping {
		c.alarm.timer = nil // nothing is due: an idle connection needs no timer
	}
}

// disarm stops the timer for good. mu is held.
func (c *Conn) disarm() {
	c.alarm.off = true
	if c.alarm.timer != nil {
		c.alarm.timer.Stop()
	}
}

func (c *Conn) tick() { c.session.HandleTime(Now()) }
