package lb

import (
	"slices"
	"sync"
	"testing"
	"time"
)

func ids(es []*Endpoint) (ids []string) {
	for _, e := range es {
		ids = append(ids, e.ID())
	}
	return ids
}

func TestUpdateKeepsTheRecordsOfThoseThatStay(t *testing.T) {
	p := NewPicker(Config{})
	added, removed := p.Update(0, []Member{{ID: "b", Data: 1}, {ID: "a"}})
	if got := ids(added); !slices.Equal(got, []string{"a", "b"}) || removed != nil {
		t.Fatalf("added %v, removed %v, want [a b], none", got, ids(removed))
	}
	b := added[1]
	answer(b, sec, 7*ms, 1)
	b.begin(sec, 0, false)
	added, removed = p.Update(2*sec, []Member{{ID: "c"}, {ID: "b", Weight: 9, Data: 2}})
	if !slices.Equal(ids(added), []string{"c"}) || !slices.Equal(ids(removed), []string{"a"}) {
		t.Errorf("added %v, removed %v, want [c], [a]", ids(added), ids(removed))
	}
	all := p.Endpoints()
	if all[0] != b || b.Data() != 1 || b.Stats().Calls != 1 || b.Stats().Latency != 7*ms {
		t.Errorf("b lost its record: %+v", all[0].Stats())
	}
	if got := b.record.member.Weight; got != 9 {
		t.Errorf("b has weight %d, want the new one, 9", got)
	}
}

func TestARestartedMemberIsANewOne(t *testing.T) {
	p := NewPicker(Config{})
	p.Update(0, []Member{{ID: "a", Incarnation: 1}})
	added, removed := p.Update(0, []Member{{ID: "a", Incarnation: 2}})
	if len(added) != 1 || len(removed) != 1 || added[0] == removed[0] {
		t.Errorf("added %v, removed %v, want the new and the old life", added, removed)
	}
}

func TestOfTwoLivesTheLaterCounts(t *testing.T) {
	got := normalize([]Member{
		{ID: "b", Weight: 70}, {ID: "a", Incarnation: 3}, {ID: "a", Incarnation: 5, Tier: -1},
		{ID: "a", Incarnation: 4},
	})
	want := []Member{{ID: "a", Incarnation: 5, Weight: 1}, {ID: "b", Weight: 64}}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestTheNextTierHelpsWhenHalfOfOneIsGone(t *testing.T) {
	p := NewPicker(Config{})
	p.Update(0, []Member{{ID: "a"}, {ID: "b"}, {ID: "c"}, {ID: "x", Tier: 1}, {ID: "z", Tier: 7}})
	all := p.Endpoints()
	tests := []struct {
		name string
		down int
		want []string
	}{
		{"all are ready", 0, []string{"a", "b", "c"}},
		{"most are ready", 1, []string{"b", "c"}},
		{"less than half are ready", 2, []string{"c", "x"}},
		{"the first tier is gone", 3, []string{"x"}},
		{"the second is gone too", 4, []string{"z"}},
		{"all are gone", 5, nil},
	}
	for _, tt := range tests {
		for i, e := range all {
			state := Ready
			if i < tt.down {
				state = Draining
			}
			e.SetState(0, state)
		}
		var got []string
		for _, c := range p.current.Load().candidates {
			got = append(got, c.ID())
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: candidates %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestChangedTellsOfUpdatesAndStates(t *testing.T) {
	p := NewPicker(Config{})
	happened := func(name string, ch <-chan struct{}, want bool) {
		t.Helper()
		select {
		case <-ch:
			if !want {
				t.Errorf("%s: told of a change", name)
			}
		default:
			if want {
				t.Errorf("%s: told nothing", name)
			}
		}
	}
	ch := p.Changed()
	happened("at first", ch, false)
	added, _ := p.Update(0, members(1))
	happened("after an update", ch, true)
	ch = p.Changed()
	added[0].SetState(0, Ready)
	happened("after setting the same state", ch, false)
	added[0].SetState(0, Draining)
	happened("after setting another state", ch, true)
}

func TestSubsetsMoveByOneMember(t *testing.T) {
	all := normalize(members(100))
	c := Config{Subset: 25, Caller: "caller-1"}
	before := subset(all, c.Subset, c.Caller)
	if len(before) != 25 {
		t.Fatalf("subset of %d, want 25", len(before))
	}
	for i := range all {
		after := subset(slices.Delete(slices.Clone(all), i, i+1), c.Subset, c.Caller)
		lost := 0
		for _, m := range before {
			if !slices.Contains(after, m) {
				lost++
			}
		}
		if want := 0; slices.Contains(before, all[i]) {
			want = 1
			if lost != want {
				t.Errorf("without %s: lost %d, want 1", all[i].ID, lost)
			}
		} else if lost != want {
			t.Errorf("without %s, which was not chosen: lost %d", all[i].ID, lost)
		}
	}
	if other := subset(all, 25, "caller-2"); slices.Equal(other, before) {
		t.Error("two callers chose the same subset")
	}
	if got := len(subset(all[:20], 1, "c")); got != 20 {
		t.Errorf("subset of 20 members: %d, want all", got)
	}
	if got := len(subset(all, 1, "c")); got != subsetMin {
		t.Errorf("subset of size 1: %d, want %d", got, subsetMin)
	}
}

// Run under -race, this looks for what may be touched together and may not.
func TestEverythingAtOnce(t *testing.T) {
	p := fleet(12, Config{Subset: 0, Seed: 1})
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 3000 {
				now := time.Duration(i) * ms
				e, err := p.Pick(now, mix(uint64(g*100_000+i)), nil)
				if err != nil {
					continue
				}
				e.Done(Outcome(i%7%3), now, now+ms)
			}
		})
	}
	wg.Go(func() {
		for i := range 300 {
			now := time.Duration(i) * 10 * ms
			p.Update(now, members(1+i%12))
			for _, e := range p.Endpoints() {
				e.SetState(now, State(i%5/3))
				_, _ = e.ID(), e.Stats()
			}
		}
	})
	wg.Wait()
	for _, e := range p.Endpoints() {
		if got := e.Stats().Calls; got != 0 {
			t.Errorf("%s: %d calls in flight at the end", e.ID(), got)
		}
	}
}

func TestBusyPickerHasCallsOrStreams(t *testing.T) {
	p := NewPicker(Config{})
	p.Update(0, []Member{{ID: "a"}, {ID: "b"}})
	busy := func(want bool, when string) {
		t.Helper()
		if p.Busy() != want {
			t.Errorf("%s: Busy is %v", when, !want)
		}
	}
	busy(false, "at first")
	e, err := p.Pick(1, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	busy(true, "with a call")
	e.Opened(Succeeded, 1, 2)
	busy(true, "with a stream")
	e.Closed(Succeeded, 3)
	busy(false, "at the end")
}
