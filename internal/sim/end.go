package sim

import (
	"strconv"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// end is one side of a connection with its driver: it hands over what arrives, acts on events,
// takes output and keeps the session's time. It does nothing that a driver over sockets could not.
type end struct {
	conn *conn
	role session.Role
	s    *session.Session
	out  pipe

	told     time.Duration // the time that the session knows
	alarm    time.Duration // when HandleTime is due; zero: not planned
	ticks    int           // calls of HandleTime at this same moment
	later    bool          // a turn is planned that takes the output
	gone     bool          // the process has died
	finished bool          // the transport's direction was closed
	over     bool          // Ended was delivered
}

func newEnd(x *conn, cfg session.Config, role session.Role) *end {
	e := &end{conn: x, role: role, s: session.New(cfg, role, x.w.now), told: x.w.now}
	e.out.w = x.w
	return e
}

// String names the end in the trace.
func (e *end) String() string { return e.conn.String() + " " + sideNames[e.role] }

// time is what the session is told, and the last that it knows: it has no clock.
func (e *end) time() time.Duration {
	e.told = e.conn.w.now
	return e.told
}

func itoa(n int) string { return strconv.Itoa(n) }

func (e *end) far() *end { return e.conn.ends[1-e.role] }

// input takes bytes that arrived, in pieces if they are few.
func (e *end) input(b []byte) {
	w := e.conn.w
	w.say("%v takes %d bytes", e, len(b))
	for len(b) > 0 {
		n := len(b)
		if w.chance(w.plan.cut) {
			n = 1 + w.rand.IntN(min(n, 100))
		}
		if !e.gone {
			e.conn.twin.read(e.role, n)
			e.s.HandleInput(e.time(), b[:n])
			e.turn()
		}
		b = b[n:]
	}
}

// ended tells the session that its transport is gone.
func (e *end) ended(cause error) {
	if !e.gone {
		e.conn.w.say("%v: the transport ends: %v", e, cause)
		e.finished = true
		e.s.HandleEnd(cause)
		e.turn()
	}
}

// turn does all that there is to do now. It follows each touch of the session.
func (e *end) turn() {
	if e.gone {
		return
	}
	e.events()
	if e.conn.w.chance(e.conn.w.plan.lazy) && !e.s.Closed() {
		e.soon()
	} else {
		for e.flush() || e.s.HasEvents() {
			e.events()
		}
		if w := e.conn.w; !e.out.full() && !e.s.Closed() && w.chance(10) {
			e.conn.twin.checkGenerous(e.role)
			if e.role == session.Client {
				e.conn.twin.checkDiligent()
			}
		}
	}
	e.conn.number()
	if e.s.Closed() && !e.finished && !e.s.HasOutput() {
		e.finished = true
		e.out.end()
	}
	e.arm()
}

// soon plans a turn that takes the output, as a driver does that gathers the writes of a moment.
func (e *end) soon() {
	if !e.later {
		e.later = true
		w := e.conn.w
		w.after(w.upTo(time.Millisecond), func() {
			e.later = false
			e.turn()
		})
	}
}

// events acts on what the session tells, until it has no more to tell.
func (e *end) events() {
	w := e.conn.w
	for ev := e.s.Next(); ev != nil && w.failure == nil; ev = e.s.Next() {
		ev.Payload = ev.Whole()
		w.trace.mark(uint64(e.conn.n), uint64(e.role), uint64(ev.Kind), uint64(len(ev.Payload)))
		switch {
		case e.over:
			w.fail("%v: %v after Ended", e, ev.Kind)
		case ev.Kind == session.Ended:
			e.endedWith(ev.Err)
		case e.role == session.Client:
			e.conn.caller.event(e, ev)
		default:
			e.conn.host.event(e, ev)
		}
		if w.chance(w.plan.meddling) {
			e.meddle()
		}
	}
	e.conn.twin.readAll(e.role)
	e.conn.number()
}

// meddle is what other goroutines do to the session while one acts on an event.
func (e *end) meddle() {
	w := e.conn.w
	if len(e.conn.calls) == 0 {
		return
	}
	k := pick(w, e.conn.calls...)
	if k.halves[e.role].c == nil {
		return
	}
	switch w.rand.IntN(6) {
	case 0:
		e.flush()
	case 1:
		e.s.HandleTime(e.time())
	case 2:
		k.release(e.role, k.flows[1-e.role].unread)
	case 3:
		if k.stream() && !k.flows[e.role].blocked {
			k.say(e.role, w.drawSize(), true)
		}
	case 4:
		if k.stream() {
			k.finish(e.role)
		}
	case 5:
		e.stop(k)
	}
}

// stop makes an application end its half of a call at once.
func (e *end) stop(k *call) {
	switch {
	case e.conn.w.manual:
	case e.role == session.Client:
		k.cancel(frame.Caller)
	default:
		e.conn.host.answer(k)
	}
}

// flush takes output while the transport takes it; true: there was some.
func (e *end) flush() (moved bool) {
	w := e.conn.w
	for !e.out.full() {
		p := e.s.TakeOutput(w.buffer())
		if p == nil {
			break
		}
		e.conn.number()
		w.trace.bytes(p)
		e.conn.twin.sent(e.role, p)
		e.out.push(p)
		moved = true
	}
	return moved
}

// buffer gives one that can be used again, or nil.
func (w *world) buffer() (b []byte) {
	if n := len(w.spare); n > 0 {
		b, w.spare = w.spare[n-1], w.spare[:n-1]
	}
	return b
}

// arm plans the session's next deadline.
func (e *end) arm() {
	when, ok := e.s.Deadline()
	if !ok || e.alarm != 0 && e.alarm <= when {
		return
	}
	w := e.conn.w
	when = max(when, w.now)
	e.alarm = when
	w.at(when, func() {
		if e.alarm != when || e.gone {
			return
		}
		e.alarm = 0
		e.tick()
	})
}

// tick tells the time.
func (e *end) tick() {
	w := e.conn.w
	e.ticks++
	w.after(1, func() { e.ticks-- })
	if e.ticks > 100 {
		w.fail("%v: asks for the same moment again and again", e)
	}
	e.s.HandleTime(e.time())
	e.turn()
}

// die makes an end vanish with its process.
func (e *end) die() {
	e.gone = true
	e.conn.troubled = true
	for _, k := range e.conn.calls {
		k.halves[e.role].lose()
	}
}
