package lb

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestLedgersKeepLiveSlots(t *testing.T) {
	const bits = 8
	three := NewTable(members(3), bits)
	four := three.Update(members(4))
	l := new(Ledger).Update(1, members(3), three, nil)
	for slot := range 1 << bits {
		if owner, since := l.OwnerOf(slot); owner.ID != three.OwnerOf(slot).ID || since != 1 {
			t.Fatalf("slot %d begins at %s since %d, want its owner in the table since 1",
				slot, owner.ID, since)
		}
	}

	joined := l.Update(2, members(4), four, nil)
	for slot := range 1 << bits {
		was, _ := l.OwnerOf(slot)
		if owner, since := joined.OwnerOf(slot); owner.ID != was.ID || since != 1 {
			t.Fatalf("slot %d moved from %s to %s when another joined", slot, was.ID, owner.ID)
		}
	}
	strays := joined.Strays(four)
	if len(strays) == 0 {
		t.Fatal("nothing is left to move to the newcomer")
	}

	level := joined.Update(3, members(4), four, func(slot int) bool { return slices.Contains(strays, slot) })
	if got := level.Strays(four); got != nil {
		t.Errorf("released slots %v did not go to the newcomer", got)
	}
	for _, slot := range strays {
		if owner, since := level.OwnerOf(slot); owner.ID != "m03" || since != 3 {
			t.Errorf("released slot %d is at %s since %d, want m03 since 3", slot, owner.ID, since)
		}
	}
}

func TestRestartedMembersLoseTheirSlots(t *testing.T) {
	ms := members(2)
	first := new(Ledger).Update(1, ms, NewTable(ms, 8), nil)
	ms[0].Incarnation++
	second := first.Update(2, ms, NewTable(ms, 8), nil)
	for slot := range 1 << 8 {
		was, _ := first.OwnerOf(slot)
		is, since := second.OwnerOf(slot)
		want := uint64(1)
		if was.ID == "m00" {
			want = 2
		}
		if is.ID != was.ID || since != want {
			t.Fatalf("slot %d: %s since %d, want %s since %d", slot, is.ID, since, was.ID, want)
		}
	}
}

func TestLedgersWithoutMembers(t *testing.T) {
	var none Ledger
	if owner, since := none.Owner("r"); owner != nil || since != 0 {
		t.Errorf("the zero ledger has the owner %v since %d", owner, since)
	}
	l := new(Ledger).Update(1, members(1), NewTable(members(1), 4), nil)
	l = l.Update(2, nil, NewTable(nil, 4), nil)
	if owner, since := l.OwnerOf(3); owner != nil || since != 1 {
		t.Errorf("after all have left: owner %v since %d, want nobody, and 1", owner, since)
	}
	l = l.Update(3, members(1), NewTable(members(1), 4), nil)
	if owner, since := l.OwnerOf(3); owner == nil || since != 3 {
		t.Errorf("after one has come: owner %v since %d, want m00 since 3", owner, since)
	}
	if owner, since := l.Update(4, members(1), NewTable(members(1), 5), nil).OwnerOf(20); owner == nil || since != 4 {
		t.Errorf("with more slots: owner %v since %d, want m00 since 4", owner, since)
	}
}

// A random life: a slot moves only if its owner has gone or has given it up, and then to its
// owner in the table; the epochs of a slot never decrease.
func TestLedgersMoveAsLittleAsTheyCan(t *testing.T) {
	const bits = 6
	rng := rand.New(rand.NewPCG(11, 12))
	l := new(Ledger)
	for epoch := uint64(1); epoch < 500; epoch++ {
		var ms []Member
		for _, m := range members(8) {
			if rng.IntN(5) > 0 {
				m.Incarnation = rng.Uint64N(20) / 19
				ms = append(ms, m)
			}
		}
		takers := slices.DeleteFunc(slices.Clone(ms), func(Member) bool { return rng.IntN(6) == 0 })
		table := NewTable(takers, bits)
		released := make([]bool, 1<<bits)
		for i := range released {
			released[i] = rng.IntN(4) == 0
		}
		before := l
		l = l.Update(epoch, ms, table, func(slot int) bool { return released[slot] })
		for slot := range released {
			was, wasSince := before.OwnerOf(slot)
			is, since := l.OwnerOf(slot)
			alive := was != nil && slices.ContainsFunc(ms, func(m Member) bool { return m.life() == was.life() })
			want, wantSince := table.OwnerOf(slot), epoch
			switch {
			case alive && !released[slot]:
				want, wantSince = was, wasSince
			case !alive && want == nil:
				wantSince = wasSince // it stays with nobody
			}
			if (is == nil) != (want == nil) || is != nil && is.life() != want.life() || since != wantSince {
				t.Fatalf("epoch %d, slot %d: %v since %d after %v since %d, want %v since %d",
					epoch, slot, is, since, was, wasSince, want, wantSince)
			}
		}
	}
}

func ExampleLedger() {
	a, ab := []Member{{ID: "a"}}, []Member{{ID: "a"}, {ID: "b"}}
	table := NewTable(a, SlotBits)
	ledger := new(Ledger).Update(1, a, table, nil)
	table = table.Update(ab)
	ledger = ledger.Update(2, ab, table, nil)
	owner, since := ledger.Owner("acct-1") // b's, had it been there first
	fmt.Println(table.Owner("acct-1").ID, owner.ID, since)
	// Output: b a 1
}

func TestLedgersTakeData(t *testing.T) {
	ms := members(3)
	l := new(Ledger).Update(1, ms, NewTable(ms, 4), nil)
	with := l.With(func(m Member) any { return "data of " + m.ID })
	for slot := range 1 << 4 {
		was, _ := l.OwnerOf(slot)
		if is, since := with.OwnerOf(slot); is.ID != was.ID || since != 1 || is.Data != "data of "+is.ID || was.Data != nil {
			t.Errorf("slot %d: %v since %d, was %v", slot, is, since, was)
		}
	}
	if got := testing.AllocsPerRun(100, func() { l.Owner("acct-42") }); got != 0 {
		t.Errorf("%v allocations for a lookup, want 0", got)
	}
}

// BenchmarkLedgerOwner is what finding the owner of a resource takes, hashing included.
func BenchmarkLedgerOwner(b *testing.B) {
	ms := members(10)
	l := new(Ledger).Update(1, ms, NewTable(ms, SlotBits), nil)
	b.ReportAllocs()
	for b.Loop() {
		l.Owner("acct-42")
	}
}
