package sim

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// Play lets a fuzzer decide: b is a head that says how the line is, and operations of the two
// applications and on the line, three bytes each, with what may happen in between. At the end
// everybody reads and answers, and all promises are held as in Run.
//
//	head       seed u8 | link u8 | faults may be u8
//	operation  what u8 | which call u8 | how much u8
func Play(b []byte) error {
	f := playOps(b, nil)
	if f == nil {
		return nil
	}
	last := &tail{}
	playOps(b, last)
	return fmt.Errorf("step %d: %s\n%s", f.Step, f.What, last)
}

func playOps(b []byte, last *tail) *Failure {
	head := [3]byte{}
	b = b[copy(head[:], b):]
	o := Options{Seed: uint64(head[0])}
	if last != nil {
		o.Trace = last
	}
	w := newWorld(o)
	w.guarded(func() {
		w.manual = true
		w.plan = w.handPlan(head[1])
		w.populate()
		for ; len(b) >= 3 && w.failure == nil; b = b[3:] {
			w.operate(b[0], b[1], b[2], head[2]&1 == 1)
		}
		w.manual = false
		w.settle()
		w.live()
		w.judge()
	})
	return w.failure
}

// handPlan is a plan in which nothing happens by itself.
func (w *world) handPlan(link byte) plan {
	p := plan{
		callers: 1, hosts: 1, client: w.drawConfig(), server: w.drawConfig(),
		room: pick(w, 1, 3000, 1<<20),
	}
	p.delay = []time.Duration{0, 100 * time.Microsecond, 5 * time.Millisecond}[int(link)%3]
	p.cut, p.lazy = int(link>>2&7)*14, int(link>>5&7)*14
	return p
}

// operate does one thing.
func (w *world) operate(what, which, much byte, faults bool) {
	side := session.Role(what >> 7)
	w.step++
	switch what % 16 {
	case 0, 1, 2:
		w.askByHand(which, much)
	case 3, 4:
		w.byHand(side, which, func(k *call) { k.sayByHand(side, much) })
	case 5:
		w.byHand(side, which, func(k *call) {
			if k.stream() {
				k.finish(side)
			}
		})
	case 6, 7:
		w.byHand(side, which, func(k *call) { k.release(side, k.flows[1-side].unread) })
	case 8, 9:
		w.byHand(session.Server, which, func(k *call) { w.hosts[0].answerByHand(k, much) })
	case 10:
		w.byHand(session.Client, which, func(k *call) { k.cancel(frame.CancelReason(much % 3)) })
	case 11, 12, 13:
		w.pass(time.Duration(much) * time.Duration(which) * 20 * time.Microsecond)
	case 14:
		if x := w.callers[0].conns[0]; x != nil && much%4 == 0 {
			x.ends[side].s.Drain()
			x.ends[side].turn()
		}
	case 15:
		if faults {
			[]func(){w.resetOne, w.stallOne, w.holeOne}[int(much)%3]()
		}
	}
}

// pass lets time go by, and what happens in it.
func (w *world) pass(d time.Duration) {
	until := w.now + d
	passed := false
	w.at(until, func() { passed = true })
	for !passed && w.failure == nil {
		it, _ := w.agenda.take()
		w.now = it.at
		w.step++
		it.do()
	}
}

// sizeByHand makes a size of one byte: small ones exactly, and a few that are large.
func sizeByHand(much byte) int {
	if much < 0xC0 {
		return int(much)
	}
	return int(much-0xBF) * 2111
}

// askByHand opens a call whose bits say what it is.
func (w *world) askByHand(bits, much byte) {
	k := &call{name: "bank/tailChan", flags: frame.Bytes & frame.Flags(bits), size: sizeByHand(much)}
	k.flags |= []frame.Flags{0, frame.Stream, frame.Stream, frame.Oneway}[bits>>2&3]
	k.flags |= []frame.Flags{0, frame.Urgent, frame.Bulk, 0}[bits>>4&3]
	if bits>>6 != 0 {
		k.deadline = w.now + time.Duration(bits>>6)*time.Duration(much+1)*50*time.Microsecond
	}
	c, h := w.callers[0], w.hosts[0]
	if c.conns[0] == nil {
		c.conns[0] = w.connect(c, h)
	}
	if x := c.conns[0]; x.ask(k) {
		x.ends[session.Client].turn()
	} else {
		c.leave(x)
	}
}

// byHand does something with a call that a side has in hand.
func (w *world) byHand(side session.Role, which byte, do func(*call)) {
	if len(w.calls) == 0 {
		return
	}
	k := w.calls[len(w.calls)-1-int(which)%len(w.calls)]
	if h := &k.halves[side]; h.c != nil && !h.end.gone {
		do(k)
		h.end.turn()
	}
}

func (k *call) sayByHand(side session.Role, much byte) {
	if k.stream() && !k.flows[side].blocked {
		k.say(side, sizeByHand(much), much&1 == 1)
	}
}

// answerByHand ends a handler.
func (h *host) answerByHand(k *call, much byte) {
	a := answer{size: sizeByHand(much)}
	a.Status = []frame.Status{0, 0, frame.Application, frame.Unavailable}[much&3]
	k.reply(a)
}

// ExampleOps are operations that a fuzzer may begin with: n calls of all kinds with what belongs to
// them, over one of several lines.
func ExampleOps(n, line int) []byte {
	ops := []byte{byte(n), byte(line), byte(line)}
	for i := range n {
		var op [12]byte
		binary.LittleEndian.PutUint32(op[:], uint32(i)*0x01000400)
		op[1], op[2] = byte(i*37), byte(i*91)
		copy(op[3:], []byte{3, 0, byte(i * 53), 11, 200, 200})
		copy(op[9:], []byte{8 + byte(i&2), byte(i % 3), byte(i * 29)})
		ops = append(ops, op[:]...)
	}
	return ops
}
