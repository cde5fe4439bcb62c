package session

import (
	"encoding/binary"
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/leverrpc/lever/frame"
)

var seeds = flag.Int("seeds", 60, "how many seeds the random sessions try")

// TestRandomSessionsKeepTheirPromises plays random operations on both sides over a link that
// cuts the bytes anywhere and delays them, and checks: every call ends exactly once; every
// message arrives whole, in order and once; when all is done, nothing is left and all credit is
// back. A failing seed is printed and replays byte for byte.
func TestRandomSessionsKeepTheirPromises(t *testing.T) {
	n := uint64(*seeds)
	if testing.Short() {
		n = min(n, 20)
	}
	for seed := range n {
		g := newGame(t, seed)
		for range 400 {
			g.move()
		}
		g.settle()
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// game is a random run. Every payload begins with its call's key and a counter.
type game struct {
	*pair
	r       *rand.Rand
	wires   [2][]byte // bytes under way: to the server, to the client
	budget  *allowance
	key     uint32
	clients map[*Call]*talk
	servers map[*Call]*talk
	ended   int
	opened  int
}

// talk is what one side remembers of a call.
type talk struct {
	key        uint32
	stream     bool
	sent, got  uint32
	unreleased int
	finished   bool
	over       bool
}

func newGame(t *testing.T, seed uint64) *game {
	r := rand.New(rand.NewPCG(seed, 1))
	small := frame.Params{Calls: 64, StreamBytes: 65536, ConnBytes: 65536 + r.Uint32N(200_000)}
	limits := Limits{
		UnreadBytes: 1 + r.IntN(400_000), Glitches: 1 << 30, OutputBytes: 1 + r.IntN(65536),
		ResultBytes: 1 + r.IntN(1<<r.IntN(24)), PieceBytes: 1 << (10 + r.IntN(10)),
	}
	b := &allowance{limit: r.Int64N(1 << 20)}
	cfg := Config{Params: small, Limits: limits, Seed: seed, Budget: b}
	g := &game{
		pair:    newPair(t, cfg, cfg),
		budget:  b,
		r:       r,
		clients: map[*Call]*talk{}, servers: map[*Call]*talk{},
	}
	g.c.auto, g.s.auto = g.onClient, g.onServer
	return g
}

// body makes a payload of a random size, often small and sometimes larger than a window.
func (g *game) body(key, n uint32) []byte {
	size := []int{8, 8, 50, 1500, 20_000, 150_000}[g.r.IntN(6)]
	b := make([]byte, size)
	binary.LittleEndian.PutUint32(b, key)
	binary.LittleEndian.PutUint32(b[4:], n)
	return b
}

func (g *game) check(ev *Event, tk *talk, n uint32) {
	key, seq := binary.LittleEndian.Uint32(ev.Payload), binary.LittleEndian.Uint32(ev.Payload[4:])
	if key != tk.key || seq != n {
		g.t.Errorf("call %d got payload %d of call %d, want %d", tk.key, seq, key, n)
	}
}

func (g *game) onClient(_ *side, ev *Event) {
	tk := g.clients[ev.Call]
	switch ev.Kind {
	case Message:
		g.check(ev, tk, tk.got+1)
		tk.got++
		tk.unreleased += len(ev.Payload)
	case Resulted:
		if tk.over {
			g.t.Errorf("call %d ended twice", tk.key)
		}
		if ev.Effect == Executed && ev.Status == frame.OK && ev.Flags&frame.Bytes != 0 {
			g.check(ev, tk, 0)
		}
		g.ended++
		g.c.Forget(ev.Call)
		delete(g.clients, ev.Call)
	}
}

func (g *game) onServer(_ *side, ev *Event) {
	switch tk := g.servers[ev.Call]; ev.Kind {
	case Called:
		tk = &talk{key: binary.LittleEndian.Uint32(ev.Payload), stream: ev.Flags&frame.Stream != 0}
		g.servers[ev.Call] = tk
	case Message:
		g.check(ev, tk, tk.got+1)
		tk.got++
		tk.unreleased += len(ev.Payload)
	}
}

// move does one random thing.
func (g *game) move() {
	switch g.r.IntN(12) {
	case 0, 1:
		g.openOne()
	case 2, 3:
		g.sendOne(g.c, g.clients)
	case 4, 5:
		g.sendOne(g.s, g.servers)
	case 6:
		g.releaseOne(g.c, g.clients)
		g.releaseOne(g.s, g.servers)
	case 7:
		g.answerOne()
	case 8:
		g.cancelOne()
	case 9:
		g.now += time.Duration(g.r.IntN(50)) * time.Millisecond
		g.c.HandleTime(g.now)
		g.s.HandleTime(g.now)
	default:
		g.deliver(0, g.c, g.s)
		g.deliver(1, g.s, g.c)
	}
	g.c.pump()
	g.s.pump()
	g.conserved(g.c)
	g.conserved(g.s)
	taken := g.c.bytes.size + g.s.bytes.size - int64(g.c.local.ConnBytes) - int64(g.s.local.ConnBytes)
	if taken != g.budget.used || g.budget.most > g.budget.limit {
		g.t.Errorf("windows grew by %d, %d of %d were taken", taken, g.budget.used, g.budget.limit)
	}
}

// conserved checks invariant I4 for every call: what the peer may send, what is to be granted
// and what is still held make up the window.
func (g *game) conserved(d *side) {
	for _, c := range d.table.all() {
		r := &c.recv
		sum := r.window.open + r.window.owed + int64(r.unread-r.prepaid) + int64(r.held.size-r.paid)
		if sum != r.window.size {
			g.t.Errorf("%s: call %d accounts for %d bytes of %d", d.name, c.id, sum, r.window.size)
		}
	}
}

func (g *game) openOne() {
	g.key++
	g.opened++
	o := Open{Name: []string{"bank/a", "bank/b"}[g.r.IntN(2)], Flags: frame.Bytes}
	if g.r.IntN(2) == 0 {
		o.Flags |= frame.Stream
	}
	o.Flags |= []frame.Flags{0, frame.Urgent, frame.Bulk}[g.r.IntN(3)]
	if g.r.IntN(4) == 0 {
		o.Deadline = g.now + time.Duration(1+g.r.IntN(200))*time.Millisecond
	}
	c, err := g.c.Open(g.now, &o, g.body(g.key, 0))
	if err != nil {
		g.t.Errorf("Open: %v", err)
		return
	}
	g.clients[c] = &talk{key: g.key, stream: c.Streaming()}
}

// one picks a live call; the order of the keys makes it repeatable.
func (g *game) one(calls map[*Call]*talk, ok func(*talk) bool) (pick *Call) {
	best := uint32(1 << 31)
	salt := g.r.Uint32()
	for c, tk := range calls {
		if v := (tk.key*2654435761 ^ salt) >> 1; ok(tk) && v < best {
			best, pick = v, c
		}
	}
	return pick
}

func (g *game) sendOne(d *side, calls map[*Call]*talk) {
	c := g.one(calls, func(tk *talk) bool { return tk.stream && !tk.finished && !tk.over })
	if c == nil {
		return
	}
	tk := calls[c]
	if g.r.IntN(8) == 0 {
		tk.finished = true
		d.Finish(c)
	} else if d.Message(g.now, c, true, g.body(tk.key, tk.sent+1)) {
		tk.sent++
	}
}

func (g *game) releaseOne(d *side, calls map[*Call]*talk) {
	if c := g.one(calls, func(tk *talk) bool { return tk.unreleased > 0 }); c != nil {
		d.Release(g.now, c, calls[c].unreleased)
		calls[c].unreleased = 0
	}
}

func (g *game) answerOne() {
	c := g.one(g.servers, func(*talk) bool { return true })
	if c == nil {
		return
	}
	g.s.Result(g.now, c, Result{Flags: frame.Bytes}, g.body(g.servers[c].key, 0))
	delete(g.servers, c)
}

func (g *game) cancelOne() {
	if c := g.one(g.clients, func(*talk) bool { return true }); c != nil && g.r.IntN(3) == 0 {
		g.c.Cancel(g.now, c, frame.Caller)
		delete(g.clients, c)
		g.ended++
	}
}

// deliver moves a random part of what is under way.
func (g *game) deliver(i int, from, to *side) {
	for g.r.IntN(3) > 0 {
		g.wires[i] = append(g.wires[i], from.TakeOutput(nil)...)
	}
	n := g.r.IntN(len(g.wires[i]) + 1)
	to.HandleInput(g.now, g.wires[i][:n])
	to.pump()
	g.wires[i] = g.wires[i][n:]
}

// settle lets everything finish: all is delivered, read and answered.
func (g *game) settle() {
	for range 10_000 {
		g.answerOne()
		g.releaseOne(g.c, g.clients)
		g.releaseOne(g.s, g.servers)
		for i, d := range [][2]*side{{g.c, g.s}, {g.s, g.c}} {
			for out := d[0].TakeOutput(nil); out != nil; out = d[0].TakeOutput(nil) {
				g.wires[i] = append(g.wires[i], out...)
			}
			d[1].HandleInput(g.now, g.wires[i])
			d[1].pump()
			g.wires[i] = g.wires[i][:0]
		}
		if len(g.clients) == 0 && len(g.servers) == 0 && g.c.Live() == 0 && g.s.Live() == 0 {
			break
		}
	}
	if g.c.Err() != nil || g.s.Err() != nil {
		g.t.Errorf("the connection ended: %v, %v", g.c.Err(), g.s.Err())
	}
	if g.ended != g.opened {
		g.t.Errorf("%d calls were opened, %d ended", g.opened, g.ended)
	}
	g.drive()
	g.quiet()
}
