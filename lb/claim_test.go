package lb

import "testing"

func TestClaim(t *testing.T) {
	a, b := Member{ID: "a", Weight: 1}, Member{ID: "b", Weight: 1, Incarnation: 7}
	empty := new(Ledger).Update(10, nil, NewTable(nil, 4), nil)
	held, ok := empty.Claim(b, 5, []int{1, 2})
	if !ok {
		t.Fatal("slots of nobody cannot be claimed")
	}
	if held, ok = held.Claim(b, 6, []int{3}); !ok {
		t.Fatal("a member cannot claim twice")
	}
	if held, ok = held.Claim(a, 9, []int{0, 15}); !ok {
		t.Fatal("another member cannot claim other slots")
	}
	want := map[int]string{0: "a9", 1: "b5", 2: "b5", 3: "b6", 15: "a9"}
	for slot := range 16 {
		got := ""
		if owner, since := held.OwnerOf(slot); owner != nil {
			got = owner.ID + string(rune('0'+since))
		}
		if got != want[slot] {
			t.Errorf("slot %d is %q, want %q", slot, got, want[slot])
		}
	}
	later := held.Update(11, []Member{a}, NewTable(nil, 4), nil) // b is gone
	tests := []struct {
		name  string
		from  *Ledger
		m     Member
		since uint64
		slot  int
		ok    bool
	}{
		{"a slot that the member has", held, b, 5, 1, true},
		{"the same since another epoch", held, b, 4, 1, false},
		{"a slot of another", held, a, 9, 1, false},
		{"a slot of an earlier life", held, Member{ID: "b", Incarnation: 8}, 5, 1, false},
		{"a free slot for a later life", held, Member{ID: "b", Incarnation: 8}, 5, 7, false},
		{"a free slot for an earlier life", held, Member{ID: "b"}, 5, 7, false},
		{"a slot beyond the last", held, b, 5, 16, false},
		{"a slot before the first", held, b, 5, -1, false},
		{"a slot of a ledger without any", new(Ledger), b, 5, 0, false},
		{"a slot that somebody had later", later, b, 4, 1, false},
		{"a slot that was freed before", later, b, 12, 1, true},
	}
	for _, tt := range tests {
		if next, ok := tt.from.Claim(tt.m, tt.since, []int{tt.slot}); ok != tt.ok || !ok && next != tt.from {
			t.Errorf("%s: ok is %v, want %v", tt.name, ok, tt.ok)
		}
	}
}
