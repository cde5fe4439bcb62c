package engine

import (
	"context"
	"hash/maphash"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/wire"
)

// once remembers the calls that carry a key, so that each runs once however often it is sent. The
// idea is the reply cache of NFS 4.1 (RFC 8881, 2.10.6), with keys in the place of slots.
//
//	unknown ──begin──▶ running ──end──▶ ended ──Keep──▶ unknown
//	                   others wait      others are answered
//
// Safe for concurrent use. No command is given to a connection while mu is held.
type once struct {
	limits OnceLimits
	seed   maphash.Seed

	mu     sync.Mutex // guards what follows, and all runs
	runs   map[runID]*run
	tally  tally
	timer  *time.Timer // forgets; nil: nothing has ended yet
	closed bool
}

// runID is a key with the caller that it belongs to.
type runID struct {
	caller string
	key    Key
}

// run is one call with a key. id, share and digest are immutable, the rest is guarded by once.mu.
type run struct {
	id     runID
	share  *share // nil: the server remembers nothing
	digest uint64 // of method, resource and arguments

	ctx     *callCtx // of the handler; nil: it is inline, or not there
	waiting []*waiter
	callers int         // calls that wait for the end, the first one included
	left    bool        // the first one does not wait any more
	alarm   *time.Timer // the deadline of a call whose connection was lost; nil: none

	ended    bool
	result   session.Result
	payload  []byte // of the result; nil if lost
	lost     bool
	forgetAt time.Duration
	next     *run // of any caller, ended later
}

// waiter is a call that waits for another one with the same key, and what the session keeps for it.
type waiter struct {
	conn *serverConn
	call *session.Call
	run  *run // nil: it does not wait; guarded by once.mu
}

func newOnce(limits OnceLimits) *once {
	limits = limits.withDefaults()
	return &once{
		limits: limits, seed: maphash.MakeSeed(), runs: map[runID]*run{},
		tally: newTally(limits),
	}
}

// announce tells callers in HELLO what they may rely on.
func (o *once) announce(p *frame.Params) {
	for p.Incarnation == 0 {
		p.Incarnation = rand.Uint64()
	}
	p.KeepMS = uint32(max(o.limits.Keep/time.Millisecond, 0))
}

// begin gives the record of a call with a key that is to run. Any other call it answers for one
// that has run, or lets it wait for one that runs, or refuses; it gives nil then.
func (o *once) begin(c *serverConn, ev *session.Event, rt *route, resource string, key Key) *run {
	if o.limits.Keep < 0 {
		return &run{id: runID{key: key}}
	}
	who := c.caller()
	id := runID{who.name, key}
	digest := o.digest(ev, rt, resource)
	w := &waiter{conn: c, call: ev.Call}
	c.conn.Attach(ev.Call, w) // before anybody can answer it

	o.mu.Lock()
	now := transport.Now()
	o.forget(now)
	old := o.runs[id]
	if old == nil {
		rn, pause := o.note(id, who.account, digest, now)
		o.mu.Unlock()
		if rn == nil {
			c.turnAway(ev.Call, nil, "too many calls with a key are remembered", pause)
		}
		return rn
	}
	same, ended := old.digest == digest, old.ended
	r, payload, lost := old.result, old.payload, old.lost
	if same && !ended {
		w.run = old
		old.waiting = append(old.waiting, w)
		old.callers++
	}
	o.mu.Unlock()
	switch {
	case !same:
		c.refuse(ev.Call, nil, InvalidArgument, "the key was used for another call")
	case lost:
		c.conn.Result(ev.Call, session.Result{Status: frame.Forgotten, Flags: frame.NoRetry},
			wire.AppendString(nil, "it has run, and its result is not kept any more"))
	case ended:
		c.conn.Result(ev.Call, r, payload)
	}
	return nil
}

// digest tells calls apart that use one key. Arguments count in their canonical form, because equal
// ones may be encoded anew, in another order.
func (o *once) digest(ev *session.Event, rt *route, resource string) uint64 {
	var h maphash.Hash
	h.SetSeed(o.seed)
	for _, name := range []string{rt.service, rt.method, resource} {
		h.WriteString(name)
		h.WriteByte(0)
	}
	args := ev.Whole()
	if ev.Flags&frame.Bytes == 0 {
		h.WriteByte(1)
		scratch := encodings.Get()
		defer encodings.Put(scratch)
		if b, err := wire.AppendCanonical(scratch.B[:0], args); err == nil {
			scratch.B, args = b, b
		}
	}
	h.Write(args)
	return h.Sum64()
}

// note makes the record of a call that begins. Without room for it, it gives nil, and the time
// after which there may be some. mu is held.
func (o *once) note(id runID, who string, digest uint64, now time.Duration) (rn *run,
	pause time.Duration) {
	a, pause := o.tally.open(who, now)
	if a == nil {
		return nil, pause
	}
	rn = &run{id: id, share: a, digest: digest, callers: 1}
	o.runs[id] = rn
	return rn, 0
}

// starts tells of the handler's context.
func (o *once) starts(rn *run, ctx *callCtx) {
	o.mu.Lock()
	defer o.mu.Unlock()
	rn.ctx = ctx
}

// end takes the result of a run, and answers those that wait for it. payload is lent. A call whose
// handler did not begin is forgotten.
func (o *once) end(rn *run, r session.Result, payload []byte) {
	if rn.share == nil {
		return
	}
	o.mu.Lock()
	waiting := rn.waiting
	rn.waiting, rn.ctx, rn.ended = nil, nil, true
	if rn.alarm != nil {
		rn.alarm.Stop()
	}
	for _, w := range waiting {
		w.run = nil
	}
	if r.Flags&frame.Unprocessed != 0 {
		delete(o.runs, rn.id)
		o.tally.cancel(rn.share)
	} else {
		rn.result = r
		rn.forgetAt = transport.Now() + o.limits.Keep
		o.tally.close(rn, payload)
		o.wind()
	}
	o.mu.Unlock()
	for _, w := range waiting {
		w.conn.conn.Result(w.call, r, payload)
	}
}

// leave tells that the call which began a run waits no longer, for a reason that is a status. It
// reports whether the handler is to stop. One whose connection was lost goes on, since its caller
// may come back for the result (SPEC F-809); so does one for which others wait.
func (o *once) leave(rn *run, why frame.Status) (stop bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !rn.left {
		rn.left = true
		rn.callers--
	}
	ctx := rn.ctx
	switch {
	case ctx == nil || o.closed || rn.share == nil:
		return true
	case why == frame.DeadlineExceeded:
		return true
	case why != frame.Unavailable:
		return rn.callers == 0
	}
	if ctx.deadline != 0 && rn.alarm == nil {
		left := ctx.deadline - transport.Now()
		rn.alarm = time.AfterFunc(left, func() { ctx.end(context.DeadlineExceeded) })
	}
	return false
}

// quit takes a call out that waits for another one. It is not ok if that has answered it.
func (o *once) quit(w *waiter, why frame.Status) (ok bool) {
	o.mu.Lock()
	rn := w.run
	if rn == nil {
		o.mu.Unlock()
		return false
	}
	w.run = nil
	for i := range rn.waiting {
		if rn.waiting[i] == w {
			rn.waiting = append(rn.waiting[:i], rn.waiting[i+1:]...)
			break
		}
	}
	rn.callers--
	ctx := rn.ctx
	stop := ctx != nil && rn.callers == 0 && why != frame.Unavailable
	o.mu.Unlock()
	if stop {
		ctx.end(causeOf(why))
	}
	return true
}

// wind sees to it that the next run is forgotten though no call comes any more. mu is held.
func (o *once) wind() {
	if o.timer == nil && !o.closed {
		o.timer = time.AfterFunc(o.limits.Keep, o.tick)
	}
}

// tick forgets what is due, and sets the timer anew as long as anything is left.
func (o *once) tick() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.timer = nil
	o.forget(transport.Now())
	if o.tally.oldest != nil {
		o.wind()
	}
}

// forget forgets the runs whose time is up. mu is held.
func (o *once) forget(now time.Duration) {
	for rn := o.tally.expired(now); rn != nil; rn = o.tally.expired(now) {
		delete(o.runs, rn.id)
	}
}

// close stops the handlers that only a lost caller could ask for, and the timer.
func (o *once) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	if o.timer != nil {
		o.timer.Stop()
	}
	for _, rn := range o.runs {
		if rn.left && rn.callers == 0 && rn.ctx != nil {
			rn.ctx.end(context.Canceled)
		}
	}
}
