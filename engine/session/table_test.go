package session

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestTableAgreesWithAMap(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var tab table
	model := map[uint32]*Call{}
	var ids []uint32
	for next := uint32(1); next < 60_000; next += 2 {
		c := &Call{id: next}
		tab.put(c)
		model[next] = c
		ids = append(ids, next)
		for len(ids) > 0 && r.IntN(100) < 45 { // some live very long
			i := r.IntN(min(len(ids), 20))
			tab.remove(ids[i])
			tab.remove(ids[i])
			delete(model, ids[i])
			ids = slices.Delete(ids, i, i+1)
		}
		probe := uint32(r.IntN(int(next)+10)) | 1
		if got, want := tab.get(probe), model[probe]; got != want {
			t.Fatalf("get(%d) = %p, want %p", probe, got, want)
		}
	}
	all := tab.all()
	if len(all) != len(model) || tab.count != len(model) {
		t.Errorf("%d calls, count %d, want %d", len(all), tab.count, len(model))
	}
	if !slices.IsSortedFunc(all, func(a, b *Call) int { return int(a.id) - int(b.id) }) {
		t.Error("all is not in the order of the ids")
	}
}

func TestDeadlinesComeInOrderWhateverLeaves(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	s := New(Config{}, Client, 0)
	var calls []*Call
	for range 2000 {
		c := &Call{deadline: time.Duration(1 + r.IntN(500))}
		s.time(c)
		s.time(c) // twice is once
		calls = append(calls, c)
	}
	for _, c := range calls[:700] {
		s.untime(c)
		s.untime(c)
	}
	left := calls[700:]
	for len(s.heap) > 0 {
		first := s.heap[0]
		want := slices.MinFunc(left, func(a, b *Call) int { return int(a.deadline - b.deadline) })
		if first.deadline != want.deadline {
			t.Fatalf("first deadline %v, want %v", first.deadline, want.deadline)
		}
		s.untime(first)
		left = slices.Delete(left, slices.Index(left, first), slices.Index(left, first)+1)
	}
	if len(left) != 0 {
		t.Errorf("%d calls were lost", len(left))
	}
}

func TestTimeLeftIsRoundedUp(t *testing.T) {
	tests := []struct {
		left time.Duration
		want uint32
	}{
		{time.Nanosecond, 1}, {time.Microsecond, 1}, {time.Microsecond + 1, 2},
		{-time.Second, 1}, {4294967295 * time.Microsecond, 4294967295},
		{4294967296 * time.Microsecond, 0},
		{4294967299 * time.Microsecond, 0},
	}
	for _, tt := range tests {
		if got := timeLeft(time.Hour, time.Hour+tt.left); got != tt.want {
			t.Errorf("%v left is sent as %d, want %d", tt.left, got, tt.want)
		}
	}
	if got := timeLeft(time.Hour, 0); got != 0 {
		t.Errorf("no deadline is sent as %d", got)
	}
}
