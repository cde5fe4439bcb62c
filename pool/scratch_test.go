package pool

import "testing"

func TestScratchGivesEmptyBuffers(t *testing.T) {
	var s Scratch
	for range 100 {
		b := s.Get()
		if len(b.B) != 0 {
			t.Fatalf("length %d, want 0", len(b.B))
		}
		b.B = append(b.B, "some text"...)
		s.Put(b)
	}
}

// It must work wherever it stands in a struct, on 32-bit machines too.
func TestScratchMayBePartOfAStruct(t *testing.T) {
	parts := new([3]struct {
		before int32
		Scratch
		after int32
	})
	for i := range parts {
		parts[i].Put(parts[i].Get())
	}
}

// The pool learns sizes after 42,000 buffers. Without the guard in Put it would learn from
// emptied buffers that 64 bytes are plenty.
func TestScratchLearnsTheRightSizeFromEmptiedBuffers(t *testing.T) {
	var s Scratch
	text := make([]byte, 3000)
	for range 50_000 {
		b := s.Get()
		b.B = append(b.B, text...)
		b.Reset()
		s.Put(b)
	}
	held := make([]*Bytes, 100) // more than the pool keeps, so that some are made now
	for i := range held {
		held[i] = s.Get()
	}
	if got := cap(held[len(held)-1].B); got < len(text) {
		t.Errorf("a new buffer has room for %d bytes, want %d", got, len(text))
	}
}

func TestScratchDropsLargeBuffers(t *testing.T) {
	tests := []struct {
		name      string
		max, size int
		kept      bool
	}{
		{"the default keeps 64 KiB", 0, 64 << 10, true},
		{"the default drops more", 0, 64<<10 + 1, false},
		{"an own limit drops more", 100, 101, false},
		{"no limit keeps a megabyte", -1, 1 << 20, true},
	}
	for _, tt := range tests {
		s := Scratch{Max: tt.max}
		kept := false
		for range 50 { // sync.Pool may drop any one, under -race often
			s.Put(&Bytes{B: make([]byte, tt.size)})
			kept = kept || cap(s.Get().B) >= tt.size
		}
		if kept != tt.kept {
			t.Errorf("%s: kept %v, want %v", tt.name, kept, tt.kept)
		}
	}
}

// An encoder grows its array to more than the text needs. The pool must go on keeping such arrays
// when it has learned the size of the texts.
func TestScratchKeepsArraysThatAreLargerThanTheirTexts(t *testing.T) {
	if _, checked := Live(); checked {
		t.Skip("sync.Pool drops buffers at random under -race")
	}
	var s Scratch
	use := func() {
		b := s.Get()
		if cap(b.B) < 400 {
			b.B = make([]byte, 0, 400)
		}
		b.B = append(b.B, "a text of some length"...)
		s.Put(b)
	}
	for range 50_000 {
		use()
	}
	if n := testing.AllocsPerRun(1000, use); n != 0 {
		t.Errorf("a use allocates %v times, want 0", n)
	}
}
