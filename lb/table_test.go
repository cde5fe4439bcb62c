package lb

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// counts gives the number of slots that each member owns.
func counts(t *Table) map[string]int {
	got := make(map[string]int)
	for i := range t.slots {
		got[t.OwnerOf(i).ID]++
	}
	return got
}

// same fails the test if two tables differ in any rank.
func same(t *testing.T, name string, got, want *Table) {
	t.Helper()
	if !slices.Equal(got.members, want.members) {
		t.Fatalf("%s: members %v, want %v", name, got.members, want.members)
	}
	for i := range want.slots {
		if got.slots[i] != want.slots[i] {
			t.Fatalf("%s: slot %d is %+v, want %+v", name, i, got.slots[i], want.slots[i])
		}
	}
}

func TestUpdatedTablesEqualFreshOnes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const bits = 8
	table := NewTable(nil, bits)
	for i := range 500 {
		var ms []Member
		for _, m := range members(rng.IntN(12)) {
			if rng.IntN(4) > 0 {
				m.Weight = 1 + rng.IntN(4)
				m.Incarnation = rng.Uint64N(3)
				ms = append(ms, m)
			}
		}
		table = table.Update(ms)
		same(t, fmt.Sprint("update ", i), table, NewTable(ms, bits))
	}
}

func TestTablesAreTheArgmaxOfTickets(t *testing.T) {
	ms := []Member{{ID: "a"}, {ID: "b", Weight: 3}, {ID: "c", Weight: 2}, {ID: ""}, {ID: "é"}}
	table := NewTable(ms, 10)
	for i := range table.slots {
		var ranks []rank
		for m, member := range table.members {
			ranks = append(ranks, rank{newHat(member.ID).draw(i, 0, member.Weight), int32(m)})
		}
		slices.SortFunc(ranks, func(a, b rank) int {
			if a.before(b) {
				return -1
			}
			return 1
		})
		if got := table.slots[i]; got != (slot{ranks[0], ranks[1]}) {
			t.Fatalf("slot %d is %+v, want %+v", i, got, ranks[:2])
		}
	}
}

func TestOfEqualTicketsTheSmallerIdWins(t *testing.T) {
	for _, order := range [][]int32{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}} {
		s := vacant
		for _, m := range order {
			s.offer(rank{7, m})
		}
		if s.owner.member != 0 || s.deputy.member != 1 {
			t.Errorf("offered in order %v: owner %d, deputy %d, want 0, 1",
				order, s.owner.member, s.deputy.member)
		}
	}
}

func TestAChangeMovesNothingElse(t *testing.T) {
	ten := members(10)
	before := NewTable(ten, SlotBits)
	heavier := slices.Clone(ten)
	heavier[4].Weight = 3
	tests := []struct {
		name    string
		members []Member
		who     string // the only member that may gain or lose
		gains   bool
	}{
		{"one comes", append(slices.Clone(ten), Member{ID: "new"}), "new", true},
		{"one goes", slices.Delete(slices.Clone(ten), 3, 4), "m03", false},
		{"one gets heavier", heavier, "m04", true},
	}
	for _, tt := range tests {
		after := before.Update(tt.members)
		moved := 0
		for i := range before.slots {
			was, is := before.OwnerOf(i).ID, after.OwnerOf(i).ID
			if was == is {
				continue
			}
			moved++
			if tt.gains && is != tt.who || !tt.gains && was != tt.who {
				t.Fatalf("%s: slot %d moved from %s to %s", tt.name, i, was, is)
			}
			if !tt.gains && is != before.member(before.slots[i].deputy).ID {
				t.Fatalf("%s: slot %d went to %s, not to its deputy", tt.name, i, is)
			}
		}
		if moved == 0 {
			t.Errorf("%s: nothing moved", tt.name)
		}
	}
}

func TestSharesFollowWeights(t *testing.T) {
	tests := []struct {
		name  string
		ms    []Member
		slack float64 // how far above its due the fullest may be
	}{
		{"10 equal", members(10), 1.06},
		{"100 equal", members(100), 1.35},
		{"1:2:4:1", []Member{{ID: "a"}, {ID: "b", Weight: 2}, {ID: "c", Weight: 4}, {ID: "d"}}, 1.06},
	}
	for _, tt := range tests {
		table := NewTable(tt.ms, SlotBits)
		var sum int
		for _, m := range table.members {
			sum += m.Weight
		}
		got := counts(table)
		for _, m := range table.members {
			due := float64(len(table.slots)*m.Weight) / float64(sum)
			if float64(got[m.ID]) > tt.slack*due {
				t.Errorf("%s: %s owns %d slots, its due is %.0f", tt.name, m.ID, got[m.ID], due)
			}
		}
	}
}

func TestTablesOfFewMembers(t *testing.T) {
	none := NewTable(nil, SlotBits)
	if none.Owner("r") != nil || none.Deputy("r") != nil || none.OwnerOf(0) != nil {
		t.Error("a table without members has an owner")
	}
	one := none.Update(members(1))
	if one.Owner("r").ID != "m00" || one.Deputy("r") != nil {
		t.Error("a single member has to own everything, without a deputy")
	}
	if one.OwnerOf(-1) != nil || one.OwnerOf(1<<SlotBits) != nil {
		t.Error("slots out of range have an owner")
	}
	for bits, want := range map[int]int{-1: 1, 0: 1, 1: 1, 14: 14, 16: 16, 17: 16} {
		if got := NewTable(nil, bits).Bits(); got != want {
			t.Errorf("NewTable with %d bits has %d, want %d", bits, got, want)
		}
	}
}

func TestLookupsDoNotAllocate(t *testing.T) {
	table := NewTable(members(10), SlotBits)
	if got := testing.AllocsPerRun(1000, func() {
		table.Owner("acct-42")
		table.Deputy("acct-42")
	}); got != 0 {
		t.Errorf("%v allocations, want 0", got)
	}
}

func ExampleTable() {
	table := NewTable([]Member{{ID: "a"}, {ID: "b", Weight: 2}, {ID: "c"}}, SlotBits)
	fmt.Println(table.Owner("acct-42").ID, table.Deputy("acct-42").ID)
	fmt.Println(table.Update([]Member{{ID: "a"}, {ID: "b", Weight: 2}}).Owner("acct-42").ID)
	// Output:
	// c a
	// a
}
