package pool

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
)

func TestGetGivesEmptyBuffersOfTheSmallestFittingClass(t *testing.T) {
	tests := []struct{ n, wantCap int }{
		{-1, 256}, {0, 256}, {1, 256}, {256, 256}, {257, 512}, {512, 512}, {513, 1024},
		{MaxPooled - 1, MaxPooled}, {MaxPooled, MaxPooled}, {MaxPooled + 1, MaxPooled + 1},
		{3 * MaxPooled, 3 * MaxPooled},
	}
	for _, tt := range tests {
		b := Get(tt.n)
		if len(b.B) != 0 || cap(b.B) != tt.wantCap {
			t.Errorf("Get(%d): len %d, cap %d, want 0, %d", tt.n, len(b.B), cap(b.B), tt.wantCap)
		}
		b.Release()
	}
}

func TestEveryClassHoldsExactlyItsSizes(t *testing.T) {
	for class := range numClasses {
		size := classSize(class)
		if got := classOf(size); got != class {
			t.Errorf("classOf(%d) = %d, want %d", size, got, class)
		}
		want := class + 1
		if class == numClasses-1 {
			want = unpooled
		}
		if got := classOf(size + 1); got != want {
			t.Errorf("classOf(%d) = %d, want %d", size+1, got, want)
		}
	}
}

func TestAppendKeepsContentThroughEveryClass(t *testing.T) {
	b := Get(0)
	defer b.Release()
	var want []byte
	for i := 0; len(want) <= MaxPooled; i++ {
		piece := bytes.Repeat([]byte{byte(i)}, 1+i*37+len(want)/8)
		b.Append(piece)
		want = append(want, piece...)
	}
	if !bytes.Equal(b.B, want) {
		t.Fatal("content changed while the buffer grew")
	}
}

func TestGrowMakesRoomForTheBuiltInAppend(t *testing.T) {
	for _, n := range []int{0, 1, 256, 1000, MaxPooled, MaxPooled + 1} {
		b := Copy([]byte("head"))
		b.Grow(n)
		room := cap(b.B) - len(b.B)
		if room < n || string(b.B) != "head" {
			t.Errorf("Grow(%d): room %d, content %q", n, room, b.B)
		}
		b.Release()
	}
}

func TestReslicingDoesNotLoseTheSlab(t *testing.T) {
	b := Get(1000)
	b.B = append(b.B, "0123456789"...)[5:8:8]
	b.Append([]byte("abc"))
	if got := string(b.B); got != "567abc" {
		t.Errorf("content %q, want 567abc", got)
	}
	if cap(b.slab) < 1024 {
		t.Errorf("slab has %d bytes, want at least 1024", cap(b.slab))
	}
	b.Release()
}

func TestOnlyTheLastReleaseEndsABuffer(t *testing.T) {
	b := Copy([]byte("shared"))
	if got := b.Retain(); got != b {
		t.Errorf("Retain gave another buffer")
	}
	b.Release()
	if string(b.B) != "shared" {
		t.Errorf("content %q after the first of two releases", b.B)
	}
	b.Release()
	if b.B != nil {
		t.Errorf("content %q after the last release, want nil", b.B)
	}
	(*Buf)(nil).Release()
}

func TestReadersOnOtherGoroutinesHoldTheirOwnReference(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 200 {
		b := Get(64)
		b.B = fmt.Appendf(b.B, "message %d", i)
		want := string(b.B)
		for range 3 {
			b.Retain()
			wg.Go(func() {
				defer b.Release()
				if string(b.B) != want {
					t.Errorf("got %q, want %q", b.B, want)
				}
			})
		}
		b.Release()
	}
	wg.Wait()
}

func TestSteadyStateDoesNotAllocate(t *testing.T) {
	if invariants {
		t.Skip("checked builds allocate a handle for each Get")
	}
	page := make([]byte, 5000)
	tests := []struct {
		name string
		run  func()
	}{
		{"get and release", func() { Get(100).Release() }},
		{"the largest class", func() { Get(MaxPooled).Release() }},
		{"retain", func() { b := Get(100); b.Retain().Release(); b.Release() }},
		{"growth through classes", func() { b := Get(0); b.Append(page); b.Release() }},
	}
	for _, tt := range tests {
		if got := testing.AllocsPerRun(1000, tt.run); got != 0 {
			t.Errorf("%s: %v allocations, want 0", tt.name, got)
		}
	}
}

func ExampleGet() {
	b := Get(5)
	b.Append([]byte("hello"))
	fmt.Println(string(b.B), len(b.B), cap(b.B))
	b.Release()
	// Output: hello 5 256
}
