package spectest

import (
	"math/rand/v2"
	"testing"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// traffic is a client and a server that do what comes to their minds, with an auditor between them
// who knows only SPEC.md.
type traffic struct {
	t        *testing.T
	rnd      *rand.Rand
	c, s     *session.Session
	audit    *audit
	opened   []*session.Call // at the client, not ended
	served   []*session.Call // at the server, not answered
	frames   int
	answered int
}

// flow carries frames one way; true: there were some.
func (tr *traffic) flow(who string, from, to *session.Session) bool {
	moved := false
	for out := from.TakeOutput(nil); out != nil; out = from.TakeOutput(nil) {
		moved = true
		to.HandleInput(0, out)
		for len(out) > 0 {
			h, n := frame.ConsumeHeader(out)
			if err := h.Check(); err != nil {
				tr.t.Errorf("%v: %v", h, err)
			}
			n += int(h.Length)
			tr.frames++
			tr.audit.take(told{who: who, line: tr.frames, says: h.String(), h: h, raw: out[:n]})
			out = out[n:]
		}
		for ev := to.Next(); ev != nil; ev = to.Next() {
			tr.event(to, ev)
		}
	}
	return moved
}

func (tr *traffic) event(s *session.Session, ev *session.Event) {
	switch ev.Kind {
	case session.Called:
		tr.served = append(tr.served, ev.Call)
	case session.Message:
		s.Release(0, ev.Call, len(ev.Payload))
	case session.Resulted:
		tr.drop(&tr.opened, ev.Call)
		s.Forget(ev.Call)
		tr.answered++
	}
}

func (tr *traffic) drop(list *[]*session.Call, c *session.Call) {
	for i, x := range *list {
		if x == c {
			*list = append((*list)[:i], (*list)[i+1:]...)
			return
		}
	}
}

// settle lets frames flow until there are no more.
func (tr *traffic) settle() {
	for moved := true; moved; {
		moved = tr.flow("C", tr.c, tr.s)
		moved = tr.flow("S", tr.s, tr.c) || moved
	}
}

func (tr *traffic) payload() []byte {
	return make([]byte, tr.rnd.IntN(1<<tr.rnd.IntN(19)))
}

func pick(rnd *rand.Rand, calls []*session.Call) *session.Call {
	if len(calls) == 0 {
		return nil
	}
	return calls[rnd.IntN(len(calls))]
}

// step is one thing that one side's application does.
func (tr *traffic) step() {
	mine, theirs := pick(tr.rnd, tr.opened), pick(tr.rnd, tr.served)
	switch n := tr.rnd.IntN(10); {
	case n < 3:
		flags := []frame.Flags{0, frame.Stream, frame.Stream, frame.Oneway, frame.Bulk}[tr.rnd.IntN(5)]
		c, err := tr.c.Open(0, &session.Open{Name: "abc/d", Flags: flags | frame.Bytes}, tr.payload())
		if err != nil {
			tr.t.Errorf("Open: %v", err)
			return
		}
		tr.opened = append(tr.opened, c)
	case n < 5 && mine != nil && mine.Streaming() && mine.ID() != 0:
		tr.c.Message(0, mine, true, tr.payload())
	case n < 6 && mine != nil && mine.Streaming() && mine.ID() != 0:
		tr.c.Finish(mine)
	case n == 6 && mine != nil && tr.rnd.IntN(4) == 0:
		tr.drop(&tr.opened, mine)
		tr.c.Cancel(0, mine, frame.Caller)
	case n < 8 && theirs != nil && theirs.Streaming():
		tr.s.Message(0, theirs, true, tr.payload())
	case n == 8 && theirs != nil && theirs.Streaming():
		tr.s.Finish(theirs)
	case theirs != nil:
		tr.drop(&tr.served, theirs)
		tr.s.Result(0, theirs, session.Result{Flags: frame.Bytes}, tr.payload())
	}
}

// TestReferenceTrafficObeysTheRules: whatever two sessions do, the auditor finds nothing, no window
// gets stuck, and every call ends.
func TestReferenceTrafficObeysTheRules(t *testing.T) {
	tables := readStates(t)
	for seed := range uint64(40) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		cfg := session.Config{Params: frame.MinParams, Seed: seed}
		cfg.Params.StreamBytes += uint32(rnd.IntN(1 << 18))
		cfg.Params.ConnBytes += uint32(rnd.IntN(1 << 18))
		tr := &traffic{t: t, rnd: rnd, audit: newAudit(t, tables),
			c: session.New(cfg, session.Client, 0), s: session.New(cfg, session.Server, 0)}
		for range 300 {
			tr.step()
			if rnd.IntN(3) > 0 {
				tr.settle()
			}
		}
		for tr.settle(); len(tr.served) > 0; tr.settle() {
			c := tr.served[0]
			tr.drop(&tr.served, c)
			tr.s.Result(0, c, session.Result{}, nil)
		}
		if tr.c.Err() != nil || tr.s.Err() != nil || tr.c.Live()+tr.s.Live()+len(tr.opened) > 0 {
			t.Errorf("seed %d: ended with %v and %v; %d and %d calls are left, %d without an event", seed,
				tr.c.Err(), tr.s.Err(), tr.c.Live(), tr.s.Live(), len(tr.opened))
		}
		if tr.answered < 20 {
			t.Errorf("seed %d: %d calls were answered, want at least 20", seed, tr.answered)
		}
		if t.Failed() {
			return
		}
	}
}
