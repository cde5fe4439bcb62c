package session

import (
	"testing"

	"github.com/leverrpc/lever/frame"
)

// TestUnaryCallAllocatesNothing runs whole calls through two sessions that have warmed up.
func TestUnaryCallAllocatesNothing(t *testing.T) {
	call := unaryLoop(t)
	call()
	if n := testing.AllocsPerRun(1000, call); n != 0 {
		t.Errorf("a unary call allocates %v times, want 0", n)
	}
}

// unaryLoop returns a function that makes one call and answers it.
func unaryLoop(tb testing.TB) func() {
	c, s := New(Config{}, Client, 0), New(Config{}, Server, 0)
	args, result := make([]byte, 150), make([]byte, 150)
	var fromC, fromS []byte
	move := func() (called *Call, resulted *Call) {
		fromC = c.TakeOutput(fromC)
		s.HandleInput(0, fromC)
		for ev := s.Next(); ev != nil; ev = s.Next() {
			if ev.Kind == Called {
				s.Result(0, ev.Call, Result{}, result)
			}
		}
		fromS = s.TakeOutput(fromS)
		c.HandleInput(0, fromS)
		for ev := c.Next(); ev != nil; ev = c.Next() {
			if ev.Kind == Resulted {
				resulted = ev.Call
				c.Forget(resulted)
			}
		}
		return called, resulted
	}
	move()
	return func() {
		if _, err := c.Open(0, &Open{Name: "bank/transfer", Flags: frame.Idempotent}, args); err != nil {
			tb.Fatal(err)
		}
		if _, done := move(); done == nil {
			tb.Fatal("no result")
		}
	}
}

func BenchmarkUnaryCallBothSides(b *testing.B) {
	call := unaryLoop(b)
	b.ReportAllocs()
	for b.Loop() {
		call()
	}
}

// TestManyCallsAtATimeAllocateNothing keeps a call in flight, so that the records of the others stay,
// however many there are.
func TestManyCallsAtATimeAllocateNothing(t *testing.T) {
	p := openPair(t, Config{}, Config{})
	p.c.auto = func(_ *side, ev *Event) {
		if ev.Kind == Resulted {
			p.c.Forget(ev.Call)
		}
	}
	p.open(Open{Name: "bank/wait"}, "")
	most := 0
	for _, calls := range []int{2 * maxFree, 1, 2 * maxFree} {
		for range calls {
			p.open(Open{Name: "bank/get"}, "")
		}
		if most > 0 && calls > 1 && p.c.freed != 0 {
			t.Errorf("%d of %d records are left when all are needed", p.c.freed, most)
		}
		p.drive()
		for _, c := range p.s.calls[1:] {
			p.s.Result(p.now, c, Result{}, nil)
		}
		p.s.calls = p.s.calls[:1]
		p.drive()
		if most = max(most, calls); int(p.c.freed) != most || int(p.s.freed) != most {
			t.Errorf("%d and %d records are kept of %d calls", p.c.freed, p.s.freed, most)
		}
	}
}

// TestBatchesOfCallsAllocateNothing answers 64 calls at a time, so that none is in flight between
// two batches.
func TestBatchesOfCallsAllocateNothing(t *testing.T) {
	c, s := New(Config{}, Client, 0), New(Config{}, Server, 0)
	var fromC, fromS []byte
	batch := func(calls int) {
		for range calls {
			if _, err := c.Open(0, &Open{Name: "bank/transfer"}, nil); err != nil {
				t.Fatal(err)
			}
		}
		fromC = c.TakeOutput(fromC)
		s.HandleInput(0, fromC)
		for ev := s.Next(); ev != nil; ev = s.Next() {
			if ev.Kind == Called {
				s.Result(0, ev.Call, Result{}, nil)
			}
		}
		fromS = s.TakeOutput(fromS)
		c.HandleInput(0, fromS)
		for ev := c.Next(); ev != nil; ev = c.Next() {
			ev.Forget = ev.Kind == Resulted
		}
	}
	for range 100 {
		batch(64)
	}
	if n := testing.AllocsPerRun(100, func() { batch(64) }); n != 0 {
		t.Errorf("a batch of 64 calls allocates %v times, want 0", n)
	}
	for range 1000 {
		batch(1)
	}
	if s.freed > keepFree || c.freed > keepFree {
		t.Errorf("%d and %d records are kept long after the burst", s.freed, c.freed)
	}
}
