package bench

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/leverrpc/lever/pool"
)

func BenchmarkPoolGet(b *testing.B) {
	for _, size := range []int{64, 4 << 10, 64 << 10, 1 << 20} {
		b.Run(fmt.Sprintf("size=%d", size), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				pool.Get(size).Release()
			}
		})
	}
}

// BenchmarkPoolMixed takes buffers for a mix of frames, small ones mostly and now and then a
// large one, in the three ways there are.
func BenchmarkPoolMixed(b *testing.B) {
	sizes := make([]int, 1024)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range sizes {
		sizes[i] = 64 << int(2*rng.ExpFloat64())
		sizes[i] = min(sizes[i], 1<<20)
	}
	page := make([]byte, 1<<20)
	b.Run("way=classes", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			buf := pool.Get(sizes[i%len(sizes)])
			buf.B = append(buf.B, page[:sizes[i%len(sizes)]]...)
			buf.Release()
		}
	})
	b.Run("way=scratch", func(b *testing.B) {
		var s pool.Scratch
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			buf := s.Get()
			buf.B = append(buf.B, page[:sizes[i%len(sizes)]]...)
			s.Put(buf)
		}
	})
	b.Run("way=make", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			buf := make([]byte, 0, sizes[i%len(sizes)])
			sink = append(buf, page[:sizes[i%len(sizes)]]...)
		}
	})
}

var sink []byte
