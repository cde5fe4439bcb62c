//go:build invariants || race

package pool

import "testing"

func TestMisuseIsFound(t *testing.T) {
	tests := []struct {
		name, want string
		misuse     func()
	}{
		{"a second release", "pool: Release of a released buffer", func() {
			b := Get(1)
			b.Release()
			b.Release()
		}},
		{"a retain after the release", "pool: Retain of a released buffer", func() {
			b := Get(1)
			b.Release()
			b.Retain()
		}},
		{"growth of a shared buffer", "pool: Grow of a shared or released buffer", func() {
			b := Get(1)
			b.Retain()
			defer b.Release()
			defer b.Release()
			b.Grow(257)
		}},
		{"a write after the release", "pool: a buffer was written to after its release", func() {
			for range 100 { // sync.Pool may drop a slab, under -race it often does
				writeAfterRelease()
			}
		}},
	}
	for _, tt := range tests {
		if got := caught(tt.misuse); got != tt.want {
			t.Errorf("%s: panic %v, want %q", tt.name, got, tt.want)
		}
	}
}

func writeAfterRelease() {
	b := Get(1)
	bytes := b.B[:1]
	b.Release()
	bytes[0] = 1
	defer func() { bytes[0] = poisonByte }() // the slab may still be in the pool
	Get(1).Release()
}

func caught(f func()) (reason any) {
	defer func() { reason = recover() }()
	f()
	return nil
}

func TestReleasedMemoryIsPoisoned(t *testing.T) {
	b := Copy([]byte("secret"))
	bytes := b.B
	b.Release()
	for i, c := range bytes {
		if c != poisonByte {
			t.Fatalf("byte %d is %#x after the release, want %#x", i, c, poisonByte)
		}
	}
}

func TestLiveCountsWhatIsNotReleased(t *testing.T) {
	before, _ := Live()
	a, b := Get(10), Get(2*MaxPooled)
	a.Retain()
	b.Append(make([]byte, 5*MaxPooled))
	if n, ok := Live(); n-before != 2 || !ok {
		t.Errorf("%d live buffers, %v, want 2, true", n-before, ok)
	}
	a.Release()
	a.Release()
	b.Release()
	if n, _ := Live(); n != before {
		t.Errorf("%d live buffers after all releases, want 0", n-before)
	}
}
