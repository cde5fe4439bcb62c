package discovery

import (
	"context"
	"fmt"
	"testing"

	"github.com/leverrpc/lever/engine"
)

// told is a resolver of a source that has told all there is of n services.
func told(tb testing.TB, n int) (*Resolver, []engine.URL) {
	tb.Helper()
	r := New(teller{}, Config{})
	tb.Cleanup(func() { r.Close() })
	targets := make([]engine.URL, n)
	for i := range targets {
		targets[i] = engine.URL{Env: "prod.example.com", Port: 7400, Service: fmt.Sprint("service", i)}
		if _, err := r.Resolve(context.Background(), targets[i]); err != nil {
			tb.Fatal(err)
		}
	}
	return r, targets
}

// teller is a source that tells one view of each service.
type teller struct{}

func (teller) Watch(ctx context.Context, _ engine.URL, emit func(engine.View)) error {
	emit(fleet(1, "a", "b"))
	<-ctx.Done()
	return nil
}

func BenchmarkResolve(b *testing.B) {
	for _, n := range []int{1, 10, 1000} {
		b.Run(fmt.Sprintf("services=%d", n), func(b *testing.B) {
			r, targets := told(b, n)
			ctx, i := context.Background(), 0
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.Resolve(ctx, targets[i%n]); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}

func BenchmarkResolveParallel(b *testing.B) {
	r, targets := told(b, 1)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		ctx := context.Background()
		for pb.Next() {
			if _, err := r.Resolve(ctx, targets[0]); err != nil {
				b.Error(err)
			}
		}
	})
}

func TestResolveAllocatesNothing(t *testing.T) {
	r, targets := told(t, 3)
	ctx := context.Background()
	allocs := testing.AllocsPerRun(1000, func() {
		if _, err := r.Resolve(ctx, targets[1]); err != nil {
			t.Error(err)
		}
	})
	if allocs != 0 {
		t.Errorf("Resolve allocates %v times", allocs)
	}
}
