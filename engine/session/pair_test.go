package session

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leverrpc/lever/frame"
)

// pair is a client and a server on one virtual clock, joined by two byte pipes.
type pair struct {
	t    *testing.T
	now  time.Duration
	c, s *side
}

// side is one session of a pair with everything that it has told and sent.
type side struct {
	*Session
	name   string
	events []Event // cloned; not yet asserted
	sent   []byte  // every byte that it ever sent
	calls  []*Call // by order of Called
	auto   func(*side, *Event)
}

func newPair(t *testing.T, client, server Config) *pair {
	t.Helper()
	p := &pair{t: t, now: time.Hour}
	p.c = &side{name: "client", Session: New(client, Client, p.now)}
	p.s = &side{name: "server", Session: New(server, Server, p.now)}
	return p
}

// openPair is a pair past its HELLOs.
func openPair(t *testing.T, client, server Config) *pair {
	t.Helper()
	p := newPair(t, client, server)
	p.drive()
	p.c.want(t, "Hello")
	p.s.want(t, "Hello")
	return p
}

// pump takes the events that wait.
func (d *side) pump() {
	for ev := d.Next(); ev != nil; ev = d.Next() {
		e := *ev
		e.Payload, e.More = slices.Clone(e.Whole()), nil
		e.Name = slices.Clone(e.Name)
		e.Ext = slices.Clone(e.Ext)
		d.events = append(d.events, e)
		if e.Kind == Called {
			d.calls = append(d.calls, e.Call)
		}
		if d.auto != nil {
			d.auto(d, &e)
		}
	}
}

// step moves what from has to say to its peer, in pieces of at most chunk bytes.
func (p *pair) step(from, to *side, chunk int) (moved bool) {
	for out := from.TakeOutput(nil); out != nil; out = from.TakeOutput(nil) {
		moved = true
		from.sent = append(from.sent, out...)
		for piece := range slices.Chunk(out, chunk) {
			to.HandleInput(p.now, piece)
			to.pump()
		}
	}
	return moved
}

// drive runs both sides until neither has anything to do.
func (p *pair) drive() { p.driveIn(1 << 20) }

func (p *pair) driveIn(chunk int) {
	for moved := true; moved; {
		p.c.pump()
		p.s.pump()
		a, b := p.step(p.c, p.s, chunk), p.step(p.s, p.c, chunk)
		moved = a || b || p.c.HasEvents() || p.s.HasEvents()
	}
}

// advance lets d pass in the steps that the sessions ask for.
func (p *pair) advance(d time.Duration) {
	end := p.now + d
	for {
		when := end
		for _, x := range []*side{p.c, p.s} {
			if t, ok := x.Deadline(); ok {
				when = min(when, t)
			}
		}
		p.now = max(p.now, when)
		p.c.HandleTime(p.now)
		p.s.HandleTime(p.now)
		p.drive()
		if p.now == end {
			return
		}
	}
}

// open starts a call that must be taken.
func (p *pair) open(o Open, payload string) *Call {
	p.t.Helper()
	c, err := p.c.Open(p.now, &o, []byte(payload))
	if err != nil {
		p.t.Fatalf("Open: %v", err)
	}
	return c
}

func (p *pair) result(c *Call, payload string) {
	p.s.Result(p.now, c, Result{Flags: frame.Bytes}, []byte(payload))
}

// want takes the oldest events and compares their short forms.
func (d *side) want(t *testing.T, forms ...string) {
	t.Helper()
	d.pump()
	got := make([]string, len(d.events))
	for i := range d.events {
		got[i] = short(&d.events[i])
	}
	d.events = nil
	if !slices.Equal(got, forms) {
		t.Fatalf("%s events\n got %s\nwant %s", d.name, strings.Join(got, " · "),
			strings.Join(forms, " · "))
	}
}

// short writes an event in a few words: kind, name, status, effect, payload.
func short(e *Event) string {
	words := []string{e.Kind.String()}
	if e.Method != nil {
		words = append(words, e.Method.Name+"#")
	}
	if e.Name != nil {
		words = append(words, string(e.Name))
	}
	if e.Kind == Resulted || e.Kind == Cancelled {
		words = append(words, e.Status.String())
	}
	if e.Kind == Resulted {
		words = append(words, e.Effect.String())
	}
	if n := len(e.Payload); n > 40 {
		words = append(words, fmt.Sprintf("%d bytes", n))
	} else if n > 0 {
		words = append(words, fmt.Sprintf("%q", e.Payload))
	}
	return strings.Join(words, " ")
}

// types lists the types of the frames in b.
func types(t *testing.T, b []byte) (list []string) {
	t.Helper()
	for len(b) > 0 {
		h, n := frame.ConsumeHeader(b)
		if n == 0 || len(b) < n+int(h.Length) {
			t.Fatalf("cut frame at the end: % x", b)
		}
		list = append(list, h.Type.String())
		b = b[n+int(h.Length):]
	}
	return list
}

// quiet checks what must hold when nothing is in flight: no call, no timer of a call, all
// credit accounted for, nothing kept. Invariant I7.
func (p *pair) quiet() {
	p.t.Helper()
	for _, d := range []*side{p.c, p.s} {
		if d.live != 0 || d.table.count != 0 || len(d.heap) != 0 || len(d.table.over) != 0 {
			p.t.Errorf("%s: live %d, table %d, heap %d", d.name, d.live, d.table.count, len(d.heap))
		}
		if d.unread != 0 || d.assembled != 0 || d.withheld != 0 {
			p.t.Errorf("%s: unread %d, assembled %d, withheld %d",
				d.name, d.unread, d.assembled, d.withheld)
		}
		if d.backlog.bytes != 0 || d.backlog.calls != nil {
			p.t.Errorf("%s: %d bytes of results and %d calls wait",
				d.name, d.backlog.bytes, len(d.backlog.calls))
		}
		if got, want := d.bytes.open+d.bytes.owed, d.bytes.size; got != want {
			p.t.Errorf("%s: connection window %d, want %d", d.name, got, want)
		}
		if got, want := d.slots.open+d.slots.owed, int64(d.local.Calls); got != want {
			p.t.Errorf("%s: call window %d, want %d", d.name, got, want)
		}
	}
	for _, x := range [][2]*side{{p.c, p.s}, {p.s, p.c}} {
		if got, want := x[0].sendBytes, x[1].bytes.open; got != want {
			p.t.Errorf("%s may send %d bytes, the peer thinks %d", x[0].name, got, want)
		}
	}
	if got, want := p.c.sendSlots, p.s.slots.open; got != want {
		p.t.Errorf("client may open %d calls, the server thinks %d", got, want)
	}
}
