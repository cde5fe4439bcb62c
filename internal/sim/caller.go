package sim

import (
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// caller is a client process: it has at most one connection to each host that it uses for new
// calls, and asks calls of its own choice on it.
type caller struct {
	w     *world
	n     int
	conns []*conn // by host; nil: none, or one that takes no more calls
	left  map[*conn]bool
	more  int // calls that it has yet to ask
	purse *purse
}

// leftOn reports whether the caller itself has begun to drain a connection, or was told to.
func (c *caller) leftOn(x *conn) bool { return c.left[x] }

// leave makes the next call to a host go on another connection.
func (c *caller) leave(x *conn) {
	c.left[x] = true
	if c.conns[x.host.n] == x {
		c.conns[x.host.n] = nil
	}
}

// askSome asks a call, or several at once, and plans the next.
func (c *caller) askSome() {
	for again := true; again && c.more > 0; again = c.w.chance(c.w.plan.bursts) {
		if !c.askOne() {
			c.w.after(50*time.Millisecond, c.askSome)
			return
		}
		c.more--
	}
	if c.more > 0 {
		c.w.after(c.w.upTo(c.w.plan.gap*4), c.askSome)
		return
	}
	c.w.workDone()
}

// askOne asks one call; false: nobody takes it now.
func (c *caller) askOne() bool {
	h := pick(c.w, c.w.hosts...)
	x := c.conns[h.n]
	if x == nil {
		if !h.up {
			return false
		}
		x = c.w.connect(c, h)
		c.conns[h.n] = x
	}
	k := c.w.drawCall()
	if !x.ask(k) {
		c.leave(x)
		return false
	}
	x.ends[session.Client].turn()
	c.work(k)
	return true
}

// drawCall makes up a call.
func (w *world) drawCall() *call {
	p := &w.plan
	k := &call{
		name:  pick(w, "bank/a", "bank/b", "bank/c", "shop/list", "shop/tailChan"),
		flags: frame.Bytes, size: w.drawSize(),
	}
	if w.chance(p.values) {
		k.flags = 0
	}
	switch {
	case w.chance(p.streams):
		k.flags |= frame.Stream
	case w.chance(p.oneways):
		k.flags |= frame.Oneway
	}
	if w.chance(p.classes) {
		k.flags |= pick(w, frame.Urgent, frame.Bulk)
	}
	if w.chance(30) {
		k.flags |= frame.Idempotent
	}
	if w.chance(p.exts) {
		k.ext = w.drawExt()
	}
	if w.chance(p.deadlines) {
		k.deadline = w.now + 1 + w.upTo(p.patience)
		if w.chance(5) {
			k.deadline = w.now + 2*time.Hour
		}
	}
	return k
}

// drawExt makes an extension block: the name of a resource, or bytes that nobody knows.
func (w *world) drawExt() []byte {
	value := []byte("account-42")[:1+w.rand.IntN(10)]
	id := pick(w, uint8(frame.ExtResource), 0xC3)
	return frame.AppendExtension(nil, id, value)
}

// drawSize draws the size of a body: nothing, little, and now and then much.
func (w *world) drawSize() int {
	p := &w.plan
	if !w.chance(p.large) {
		return pick(w, 0, 1, bodyHead, 40+w.rand.IntN(200), w.rand.IntN(3000))
	}
	if w.chance(p.huge) {
		return 4<<20 - 5000 + w.rand.IntN(maxBody-4<<20)
	}
	return pick(w, 16_384, 16_385, w.rand.IntN(70_000), w.rand.IntN(300_000))
}

// work makes the caller's half of a call go on: it sends, and may cancel.
func (c *caller) work(k *call) {
	w := c.w
	if w.chance(w.plan.cancels) {
		w.after(w.upTo(w.plan.patience), func() { c.giveUp(k) })
	}
	if k.stream() && k.size <= 1<<20 {
		w.after(w.upTo(5*time.Millisecond), func() { k.sendMore(session.Client, w.rand.IntN(8)) })
	}
}

// giveUp cancels a call, if its process still lives.
func (c *caller) giveUp(k *call) {
	if e := k.halves[session.Client].end; !e.gone {
		k.cancel(pick(c.w, frame.Caller, frame.Caller, frame.Timeout, frame.Unwanted))
		e.turn()
	}
}

// event acts on what a client's session tells.
func (c *caller) event(e *end, ev *session.Event) {
	w := c.w
	k, _ := ev.Data.(*call)
	switch ev.Kind {
	case session.Hello, session.Saturated:
	case session.Draining:
		w.say("%v is told to go: %v", e, ev.Err)
		c.leave(e.conn)
	case session.Message:
		k.message(session.Client, ev)
		k.read(session.Client)
	case session.Finished:
		k.finished(session.Client, ev)
	case session.Writable:
		k.writable(session.Client, ev)
		k.sendAgain(session.Client)
	case session.Resulted:
		c.resulted(k, ev)
	default:
		w.fail("%v: event %v", e, ev.Kind)
	}
}

// resulted makes the last touch, now or later. Later it may also be a Cancel that comes too late.
func (c *caller) resulted(k *call, ev *session.Event) {
	w, h := c.w, &k.halves[session.Client]
	k.resulted(ev)
	k.flows[session.Server].checkKept(k, session.Server)
	switch w.rand.IntN(4) {
	case 0:
		ev.Forget = true
		h.last(k.stream())
	case 1:
		w.after(w.upTo(10*time.Millisecond), func() { c.forget(k) })
	case 2:
		w.after(w.upTo(10*time.Millisecond), func() { c.giveUp(k) })
	default:
		h.end.s.Forget(ev.Call)
		h.last(k.stream())
	}
}

func (c *caller) forget(k *call) {
	h := &k.halves[session.Client]
	if h.c != nil && !h.end.gone {
		h.end.s.Forget(h.c)
		h.last(k.stream())
		h.end.turn()
	}
}
