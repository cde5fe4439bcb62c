package sim

import (
	"errors"

	"github.com/leverrpc/lever/engine/session"
)

// conn is one connection: two sessions, and a pipe each way.
type conn struct {
	w      *world
	n      int
	caller *caller
	host   *host
	ends   [2]*end // by session.Role
	twin   *twin

	calls      []*call // asked on it, in order
	byID       map[uint32]*call
	unnumbered []*call // perhaps not on the wire yet

	troubled bool // the line was not always fair
	holed    bool // something vanishes without a trace
}

var errReset = errors.New("connection reset")

// connect makes a new connection between a caller and a host that is up.
func (w *world) connect(c *caller, h *host) *conn {
	x := &conn{w: w, n: len(w.conns), caller: c, host: h, byID: make(map[uint32]*call)}
	client, server := w.plan.client, w.plan.server
	client.Seed, server.Seed = w.rand.Uint64(), w.rand.Uint64()
	client.Budget, server.Budget = c.purse, h.purse
	client.FirstID = w.rand.Uint32() >> w.rand.IntN(32)
	if w.plan.lastIDs {
		client.FirstID = maxID - 2*w.rand.Uint32N(60)
	}
	client.FirstID = min(client.FirstID|1, maxID)
	x.twin = newTwin(x, client, server)
	x.ends[session.Client] = newEnd(x, client, session.Client)
	x.ends[session.Server] = newEnd(x, server, session.Server)
	for _, e := range x.ends {
		e.out.to = e.far()
	}
	w.conns = append(w.conns, x)
	w.saw("connection")
	w.say("%v: caller %d connects to host %d, ids from %d", x, c.n, h.n, client.FirstID)
	for _, e := range x.ends {
		e.turn()
	}
	return x
}

// String names the connection in the trace.
func (x *conn) String() string { return "conn " + itoa(x.n) }

// open reports whether both sides still have it.
func (x *conn) open() bool {
	for _, e := range x.ends {
		if e.gone || e.s.Closed() {
			return false
		}
	}
	return true
}

// reset cuts the connection. What is under way is lost; the sides learn it at moments of their
// own.
func (x *conn) reset() {
	x.w.say("%v: reset", x)
	x.troubled = true
	for _, e := range x.ends {
		e.out.cut = true
		x.w.after(x.w.upTo(x.w.plan.delay+x.w.plan.jitter), func() { e.ended(errReset) })
	}
}

// number finds the calls that have been given their ids.
func (x *conn) number() {
	rest := x.unnumbered[:0]
	for _, k := range x.unnumbered {
		h := &k.halves[session.Client]
		if h.c == nil {
			continue
		}
		id := h.c.ID()
		if id == 0 {
			rest = append(rest, k)
			continue
		}
		k.takeID(id)
	}
	clear(x.unnumbered[len(rest):])
	x.unnumbered = rest
}
