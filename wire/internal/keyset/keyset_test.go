package keyset

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// encode appends a key as it stands in an object and returns where it begins.
func encode(b []byte, key string) (out []byte, start int) {
	start = len(b)
	switch n := len(key); {
	case n < 240:
		b = append(b, byte(n))
	case n < 2288:
		b = append(b, 0xF0|byte((n-240)>>8), byte(n-240))
	case n < 1<<16:
		b = append(b, 0xF8, byte(n), byte(n>>8))
	default:
		b = append(b, 0xF9, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
	}
	return append(b, key...), start
}

func TestASetAgreesWithAMap(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, count := range []int{0, 1, 2, 31, 32, 33, 64, 65, 1000, 20_000} {
		var s Stack
		set := s.Open()
		seen := map[string]bool{}
		b := []byte{0}
		for range count {
			key := fmt.Sprint(rng.IntN(2*count)) + "key"
			if rng.IntN(50) == 0 {
				key += string(make([]byte, rng.IntN(3000)))
			}
			var start int
			b, start = encode(b, key)
			if got, want := s.Add(&set, b, start, len(b)), !seen[key]; got != want {
				t.Fatalf("%d keys: Add(%q) = %v, want %v", count, key, got, want)
			}
			seen[key] = true
		}
		s.Close(&set)
		if s.len != 0 {
			t.Errorf("%d keys: %d are left on the stack", count, s.len)
		}
	}
}

func TestSetsInEachOtherDoNotMix(t *testing.T) {
	var s Stack
	b := []byte{0}
	b, start := encode(b, "k")
	sets := make([]Set, 0, 128)
	for range 128 {
		sets = append(sets, s.Open())
		top := &sets[len(sets)-1]
		if !s.Add(top, b, start, len(b)) {
			t.Fatalf("set %d has the key of another", len(sets))
		}
		if s.Add(top, b, start, len(b)) {
			t.Fatalf("set %d takes its key twice", len(sets))
		}
	}
	for i := len(sets) - 1; i >= 0; i-- {
		if s.Add(&sets[i], b, start, len(b)) {
			t.Fatalf("set %d has lost its key", i)
		}
		s.Close(&sets[i])
	}
}

func TestAKeyThatBeginsAnotherIsDifferent(t *testing.T) {
	for _, sizes := range [][2]int{{0, 1}, {239, 240}, {240, 241}, {2287, 2288}, {65535, 65536}} {
		var s Stack
		set := s.Open()
		b := []byte{0}
		for _, n := range sizes {
			var start int
			if b, start = encode(b, string(make([]byte, n))); !s.Add(&set, b, start, len(b)) {
				t.Errorf("keys of %v zeros are taken for one", sizes)
			}
			if extent(b, start) != len(b) {
				t.Errorf("extent of %d bytes = %d, want %d", n, extent(b, start), len(b))
			}
		}
	}
}

func TestSmallSetsAllocateNothing(t *testing.T) {
	b := []byte{0}
	b, one := encode(b, "one")
	end := len(b)
	b, two := encode(b, "two")
	got := testing.AllocsPerRun(100, func() {
		var s Stack
		set := s.Open()
		s.Add(&set, b, one, end)
		s.Add(&set, b, two, len(b))
		s.Close(&set)
	})
	if got != 0 {
		t.Errorf("%v allocations, want 0", got)
	}
}
