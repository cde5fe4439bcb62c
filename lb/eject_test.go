package lb

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestFailuresEject(t *testing.T) {
	tests := []struct {
		name  string
		setUp func(e *Endpoint)
		want  bool
	}{
		{"four failures in a row do not", func(e *Endpoint) { fail(e, sec, 4) }, false},
		{"five do", func(e *Endpoint) { fail(e, sec, 5) }, true},
		{"an answer in between begins a new row",
			func(e *Endpoint) { fail(e, sec, 4); answer(e, sec, ms, 1); fail(e, sec, 4) }, false},
		{"half of ten calls do not", func(e *Endpoint) {
			for range 5 {
				fail(e, sec, 1)
				answer(e, sec, ms, 1)
			}
		}, false},
		{"most of ten calls do", func(e *Endpoint) {
			for range 4 {
				answer(e, sec, ms, 1)
			}
			for range 2 {
				fail(e, sec, 3)
				e.failuresInRow.Store(0)
			}
		}, true},
		{"calls of ten seconds ago do not count", func(e *Endpoint) {
			for i := range 12 {
				fail(e, time.Duration(i)*11*sec, 1)
				e.failuresInRow.Store(0)
			}
		}, false},
		{"ignored outcomes do not", func(e *Endpoint) {
			for range 20 {
				e.begin(sec, 0, false)
				e.Done(Ignored, sec, sec)
			}
		}, false},
	}
	for _, tt := range tests {
		e := fleet(4, Config{}).Endpoints()[0]
		tt.setUp(e)
		if got := e.Stats().Ejected; got != tt.want {
			t.Errorf("%s: ejected %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestAnEjectedEndpointIsTriedOnceWhenItsTimeIsOver(t *testing.T) {
	p := fleet(2, Config{SlowStart: -1})
	teach(p, ms, ms)
	bad, good := p.Endpoints()[0], p.Endpoints()[1]
	fail(bad, sec, 5)
	for i := range 10 {
		if e := mustPick(t, p, sec, mix(uint64(i))); e != good {
			t.Fatal("picked an ejected endpoint")
		}
	}
	over := time.Duration(bad.ejectedUntil.Load())
	if over < 1500*ms || over > 2500*ms {
		t.Errorf("ejected until %v, want half a second to one and a half from 1s on", over)
	}
	if e := mustPick(t, p, over, 0); e != bad {
		t.Error("not tried when its time was over")
	}
	if e := mustPick(t, p, over, 0); e != good {
		t.Error("tried again before the first try has ended")
	}
	bad.Done(Succeeded, over, over+ms)
	if bad.Stats().Ejected {
		t.Error("still ejected after it has answered")
	}
	if got := p.ejected.Load(); got != 0 {
		t.Errorf("%d counted as ejected, want 0", got)
	}
}

func TestEachEjectionInARowIsLonger(t *testing.T) {
	p := fleet(2, Config{Seed: 7})
	e := p.Endpoints()[0]
	now := 100 * sec
	fail(e, now, 5)
	for k := range 10 {
		until := time.Duration(e.ejectedUntil.Load())
		length, want := until-now, min(sec<<k, 60*sec)
		if length < want/2 || length > want*3/2 {
			t.Errorf("ejection %d took %v, want %v ± 50 %%", k, length, want)
		}
		now = until
		fail(e, now, 1)
	}
	now = time.Duration(e.ejectedUntil.Load())
	answer(e, now, ms, 1)
	now += 61 * sec
	fail(e, now, 5)
	if length := time.Duration(e.ejectedUntil.Load()) - now; length > 3*sec/2 {
		t.Errorf("after a good minute an ejection took %v, want about 1s", length)
	}
}

func TestLateEndsDoNotChangeAnEjection(t *testing.T) {
	p := fleet(2, Config{})
	e := p.Endpoints()[0]
	fail(e, sec, 5)
	until := e.ejectedUntil.Load()
	fail(e, sec+ms, 3)
	answer(e, sec+2*ms, ms, 3)
	if got := e.ejectedUntil.Load(); got != until {
		t.Errorf("ejected until %d, want still %d", got, until)
	}
}

func TestHalfOfTheMembersStay(t *testing.T) {
	for _, n := range []int{1, 2, 3, 10, 11} {
		p := fleet(n, Config{})
		for i, e := range p.Endpoints() {
			fail(e, sec+time.Duration(i), 50)
		}
		if got := int(p.ejected.Load()); got != n/2 {
			t.Errorf("n=%d: %d ejected, want %d", n, got, n/2)
		}
		mustPick(t, p, sec, 1) // and there is always somebody to ask
	}
}

func TestRemovalEndsAnEjection(t *testing.T) {
	p := fleet(4, Config{})
	e := p.Endpoints()[0]
	fail(e, sec, 5)
	p.Update(sec, members(4)[1:])
	fail(e, sec, 5)
	answer(e, 9*sec, ms, 1)
	if got := p.ejected.Load(); got != 0 {
		t.Errorf("%d counted as ejected, want 0", got)
	}
}

func TestAnEjectedTierIsHelped(t *testing.T) {
	p := NewPicker(Config{})
	p.Update(0, []Member{{ID: "a"}, {ID: "b", Tier: 1}})
	fail(p.Endpoints()[0], sec, 5)
	if e := mustPick(t, p, sec, 0); e.ID() != "b" {
		t.Errorf("picked %s, want b of the next tier", e.ID())
	}
}

// A long random life must keep the counts that everything rests on.
func TestCountsHoldThroughARandomLife(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	p := fleet(6, Config{Seed: 3})
	var open []*Endpoint
	member := map[*Endpoint]bool{}
	for _, e := range p.Endpoints() {
		member[e] = true
	}
	steps := 200_000
	if testing.Short() {
		steps = 20_000
	}
	for i := range steps {
		now := time.Duration(i) * ms
		switch r := rng.IntN(100); {
		case r < 49:
			e := mustPick(t, p, now, rng.Uint64())
			if !member[e] {
				t.Fatalf("step %d: picked a removed endpoint", i)
			}
			open = append(open, e)
		case r < 98 && len(open) > 0:
			at := rng.IntN(len(open))
			open[at].Done(Outcome(rng.IntN(2)), now-ms, now)
			open = append(open[:at], open[at+1:]...)
		case r == 99:
			added, removed := p.Update(now, members(1+rng.IntN(12)))
			for _, e := range removed {
				delete(member, e)
			}
			for _, e := range added {
				member[e] = true
			}
		}
		ejected := 0
		for e := range member {
			if e.Stats().Ejected {
				ejected++
			}
		}
		if got := int(p.ejected.Load()); got != ejected || 2*got > len(member) {
			t.Fatalf("step %d: %d of %d counted as ejected, %d are", i, got, len(member), ejected)
		}
	}
	for _, e := range open {
		e.Done(Ignored, 0, time.Duration(steps)*ms)
	}
	for _, e := range p.Endpoints() {
		if got := e.Stats().Calls; got != 0 {
			t.Errorf("%s: %d calls in flight at the end", e.ID(), got)
		}
	}
}
