package meter

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestEveryDurationIsInItsBucket(t *testing.T) {
	last := -1
	for d := time.Duration(0); d < 1<<20; d++ {
		i := bucketOf(d)
		if i != last && i != last+1 {
			t.Fatalf("bucketOf(%d) = %d after %d: a bucket was left out", d, i, last)
		}
		last = i
		if end := upperEnd(i); end < d || float64(end-d) > float64(d)/subCount {
			t.Fatalf("upperEnd(bucketOf(%d)) = %d: more than one part in %d away", d, end, subCount)
		}
	}
	if got := bucketOf(1 << 62); got != buckets-1 {
		t.Errorf("bucketOf(a century) = %d, want the last bucket", got)
	}
}

func TestQuantilesAgreeWithSorting(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var h Histogram
	var all []time.Duration
	for range 10_000 {
		d := time.Duration(r.ExpFloat64() * float64(time.Millisecond))
		h.Record(d)
		all = append(all, d)
	}
	slices.Sort(all)
	for _, q := range []float64{0.001, 0.5, 0.9, 0.99, 0.999, 1} {
		want := all[int(q*float64(len(all)))-1]
		got := h.Quantile(q)
		if got < want || float64(got-want) > float64(want)/subCount {
			t.Errorf("Quantile(%v) = %v, sorting gives %v", q, got, want)
		}
	}
	if got, want := h.Max(), all[len(all)-1]; got != want {
		t.Errorf("Max() = %v, want %v", got, want)
	}
}

func TestQuantilesAtTheEdges(t *testing.T) {
	var h Histogram
	if got := h.Quantile(0.5); got != 0 {
		t.Errorf("Quantile of nothing = %v, want 0", got)
	}
	h.Record(-time.Second)
	h.Record(1000)
	tests := []struct {
		q    float64
		want time.Duration
	}{{-1, 0}, {0, 0}, {0.5, 0}, {0.51, 1000}, {1, 1000}, {2, 1000}}
	for _, tt := range tests {
		if got := h.Quantile(tt.q); got != tt.want {
			t.Errorf("Quantile(%v) = %d, want %d", tt.q, got, tt.want)
		}
	}
	if got := h.Mean(); got != 500 {
		t.Errorf("Mean() = %v, want 500ns: a negative duration counts as zero", got)
	}
}

func TestAddingIsRecording(t *testing.T) {
	var a, b, both Histogram
	for i := range 1000 {
		d := time.Duration(i * i)
		both.Record(d)
		if i%3 == 0 {
			a.Record(d)
		} else {
			b.Record(d)
		}
	}
	a.Add(&b)
	if a != both {
		t.Error("a histogram that was added up differs from one that recorded everything")
	}
}

func TestRecordingDoesNotAllocate(t *testing.T) {
	var h Histogram
	if n := testing.AllocsPerRun(100, func() { h.Record(12345) }); n != 0 {
		t.Errorf("Record allocates %v times", n)
	}
}
