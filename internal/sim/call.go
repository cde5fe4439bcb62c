package sim

import (
	"fmt"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/pool"
)

// call is the ledger's page of one call: what was asked, sent, delivered and answered, as the two
// applications saw it. An array of two is by side, which is a session.Role; a flow belongs to the
// side that sends.
type call struct {
	w    *world
	conn *conn
	key  uint32
	id   uint32 // zero: not on the wire yet

	// What was asked.
	name     string
	flags    frame.Flags
	ext      []byte
	size     int
	deadline time.Duration
	sentAt   time.Duration // when it was given its id, as its session knew the time

	halves [2]half
	flows  [2]flow

	// What the caller knows.
	over        bool // Resulted was delivered, or Cancel was called
	effect      session.Effect
	given       bool // the caller has called Cancel before it was over
	why         frame.CancelReason
	untouchable bool // it was said that no handler ran

	// What the handler knows.
	called   bool          // Called was delivered
	ran      bool          // and the handler has not refused it
	calledAt time.Duration // as the session knew the time
	told     bool          // Cancelled was delivered
	answered bool
	answer   answer
}

// half is what one application has in hand. After its last touch c is nil; a stream's Call may
// still be in some goroutine's hand, and is stale then.
type half struct {
	end      *end
	c, stale *session.Call
}

// lose forgets it together with its process.
func (h *half) lose() { h.c, h.stale = nil, nil }

// last ends the half with a last touch.
func (h *half) last(stream bool) {
	if stream {
		h.stale = h.c
	}
	h.c = nil
}

// flow is the messages of one direction.
type flow struct {
	sent      []message
	delivered int
	finishing bool // Finish was called
	finished  bool // Finished was delivered
	blocked   bool // Message was refused and Writable has not come
	unread    int
	largest   int
	kept      []kept
}

// kept is a message that the application has taken with its memory.
type kept struct {
	body    *pool.Buf
	payload []byte
	place   int
}

// message is one of them, without its bytes: those follow from its place.
type message struct {
	size  int
	bytes bool
}

// answer is what a handler answers.
type answer struct {
	session.Result
	size   int
	at     time.Duration
	beyond bool // as many results wait as may
}

func (k *call) String() string {
	return fmt.Sprintf("call %d (%v #%d)", k.key, k.conn, k.id)
}

func (k *call) stream() bool { return k.flags&frame.Stream != 0 }
func (k *call) oneway() bool { return k.flags&frame.Oneway != 0 }

// ask opens a call on a connection; false: the connection takes none any more.
func (x *conn) ask(k *call) bool {
	w := x.w
	k.w, k.conn = w, x
	k.key = uint32(len(w.calls) + 1)
	e := x.ends[session.Client]
	w.scratch = stamp{key: k.key, dir: 0}.body(w.scratch, k.size)
	c, err := e.s.Open(e.time(), &session.Open{
		Name: k.name, Ext: k.ext, Flags: k.flags, Deadline: k.deadline, Data: k,
	}, w.scratch)
	if err != nil {
		w.say("%v: not taken: %v", e, err)
		return false
	}
	w.scrub()
	w.calls = append(w.calls, k)
	w.saw("call")
	k.halves[session.Client] = half{end: e, c: c}
	x.calls, x.unnumbered = append(x.calls, k), append(x.unnumbered, k)
	w.say("%v asks call %d: %s %s, %d bytes, deadline %v", e, k.key, k.name,
		k.flags.Names(frame.Call), k.size, k.deadline)
	x.number()
	k.watchDeadline()
	return true
}

// scrub overwrites what was lent to a command: a session that kept it sends nonsense.
func (w *world) scrub() {
	b := w.scratch[:min(len(w.scratch), 64)]
	for i := range b {
		b[i] = 0xEE
	}
}

// watchDeadline checks one moment after it that the caller no longer waits. I8.
func (k *call) watchDeadline() {
	if k.deadline == 0 {
		return
	}
	k.w.at(k.deadline+1, func() {
		if !k.over && !k.halves[session.Client].end.gone {
			k.w.fail("%v: its deadline is over, and the caller still waits", k)
		}
	})
}

// takeID notes the id that the session gave it.
func (k *call) takeID(id uint32) {
	if other := k.conn.byID[id]; other != nil {
		k.w.fail("%v: its id is that of %v", k, other)
	}
	k.id, k.sentAt = id, k.halves[session.Client].end.told
	k.conn.byID[id] = k
}

// say sends the next message of a side's flow; false: it was not taken.
func (k *call) say(side session.Role, size int, raw bool) bool {
	w, f, h := k.w, &k.flows[side], &k.halves[side]
	if h.c == nil {
		if h.stale != nil { // a goroutine that does not know yet
			h.end.s.Message(h.end.time(), h.stale, raw, w.scratch[:min(len(w.scratch), 40)])
		}
		return false
	}
	place := len(f.sent) + 1
	w.scratch = stamp{key: k.key, dir: int(side), place: place}.body(w.scratch, size)
	if !h.end.s.Message(h.end.time(), h.c, raw, w.scratch) {
		f.blocked = true
		w.saw("refused message")
		return false
	}
	w.scrub()
	if !k.over && !f.finishing { // what comes later is dropped
		f.sent = append(f.sent, message{size: size, bytes: raw})
		f.largest = max(f.largest, size)
	}
	return true
}

// finish ends a side's flow.
func (k *call) finish(side session.Role) {
	h := &k.halves[side]
	switch {
	case h.c != nil:
		h.end.s.Finish(h.c)
		k.flows[side].finishing = true
	case h.stale != nil:
		h.end.s.Finish(h.stale)
	}
}

// release consumes n bytes of what a side has unread.
func (k *call) release(side session.Role, n int) {
	h, f := &k.halves[side], &k.flows[1-side]
	c := h.c
	if c == nil {
		c = h.stale
	}
	if c == nil || n == 0 {
		return
	}
	f.checkKept(k, 1-side)
	f.unread -= min(n, f.unread)
	h.end.s.Release(h.end.time(), c, n)
}

// checkKept looks again at messages that were taken, which must still be what they were, and
// releases them.
func (f *flow) checkKept(k *call, side session.Role) {
	for _, m := range f.kept {
		s := stamp{key: k.key, dir: int(side), place: m.place}
		if !s.is(m.payload, f.sent[m.place-1].size) {
			k.w.fail("%v: message %d was taken and has changed", k, m.place)
		}
		m.body.Release()
	}
	f.kept = nil
}

// cancel is the caller's last touch.
func (k *call) cancel(why frame.CancelReason) {
	h := &k.halves[session.Client]
	if h.c == nil {
		return
	}
	k.conn.number()
	w := k.w
	k.given, k.why = !k.over, why
	effect := h.end.s.Cancel(h.end.time(), h.c, why)
	w.say("%v: %v cancelled, %v", h.end, k, effect)
	w.saw("cancel " + effect.String())
	if !k.over {
		k.over = true
		k.checkCancelled(effect)
	} else if effect != k.effect {
		w.fail("%v: ended with %v, and Cancel says %v", k, k.effect, effect)
	}
	h.last(k.stream())
}

// reply is the handler's last touch.
func (k *call) reply(a answer) {
	h := &k.halves[session.Server]
	if h.c == nil {
		return
	}
	w := k.w
	a.at, a.beyond = w.now, k.conn.resultsBeyond()
	k.answered, k.answer = true, a
	w.scratch = stamp{key: k.key, dir: 1}.body(w.scratch, a.size)
	w.say("%v: %v answered %v with %d bytes", h.end, k, a.Status, a.size)
	h.end.s.Result(h.end.time(), h.c, a.Result, w.scratch)
	w.scrub()
	h.last(k.stream())
}

// resultsBeyond reports whether as many bytes of unary results wait as the server lets wait, or may.
func (x *conn) resultsBeyond() bool {
	waiting := 0
	for _, k := range x.calls {
		l := x.twin.lines[k.id]
		switch {
		case l == nil || !l.arrived || l.answered || k.stream():
		case k.answered:
			waiting += k.answer.size + maxHead
		case !k.called: // its session may have refused it
			waiting += maxHead
		}
	}
	limit := x.twin.limits[session.Server].ResultBytes
	return limit > 0 && waiting >= limit
}
