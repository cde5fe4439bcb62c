package bench

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/leverrpc/lever/lb"
)

// warmPicker gives a picker of n members that all have answered.
func warmPicker(n int) *lb.Picker {
	p := lb.NewPicker(lb.Config{})
	ms := make([]lb.Member, n)
	for i := range ms {
		ms[i].ID = fmt.Sprint("instance-", i)
	}
	p.Update(0, ms)
	for range 20 * n {
		if e, err := p.Pick(0, rand.Uint64(), nil); err == nil {
			e.Done(lb.Succeeded, 0, time.Millisecond)
		}
	}
	return p
}

// BenchmarkPick picks and ends a call, with two others in flight everywhere.
func BenchmarkPick(b *testing.B) {
	for _, n := range []int{1, 3, 8, 10, 100, 1000} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			p := warmPicker(n)
			for range 2 * n {
				_, _ = p.Pick(time.Millisecond, rand.Uint64(), nil)
			}
			now, rnd := 2*time.Millisecond, uint64(1)
			b.ReportAllocs()
			for b.Loop() {
				now += 100
				rnd += 0x9E3779B97F4A7C15
				e, _ := p.Pick(now, rnd, nil)
				e.Done(lb.Ignored, now, now)
			}
		})
	}
}

// BenchmarkPickParallel is what a client does for each call, clock and randomness included.
func BenchmarkPickParallel(b *testing.B) {
	for _, n := range []int{8, 100} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			p := warmPicker(n)
			began := time.Now()
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					start := time.Since(began)
					e, _ := p.Pick(start, rand.Uint64(), nil)
					e.Done(lb.Succeeded, start, time.Since(began))
				}
			})
		})
	}
}

// fleet gives n members, and the same with one more.
func fleet(n int) (members, more []lb.Member) {
	for i := range n + 1 {
		more = append(more, lb.Member{ID: fmt.Sprint("instance-", i)})
	}
	return more[:n:n], more
}

func BenchmarkTableOwner(b *testing.B) {
	for _, n := range []int{10, 100} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			members, _ := fleet(n)
			t := lb.NewTable(members, lb.SlotBits)
			names := make([]string, 1024)
			for i := range names {
				names[i] = fmt.Sprint("account-", i)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				t.Owner(names[i%len(names)])
			}
		})
	}
}

func BenchmarkTableBuild(b *testing.B) {
	for _, n := range []int{3, 10, 100} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			members, _ := fleet(n)
			for b.Loop() {
				lb.NewTable(members, lb.SlotBits)
			}
		})
	}
}

func BenchmarkTableUpdate(b *testing.B) {
	for _, n := range []int{10, 100} {
		members, more := fleet(n)
		small, large := lb.NewTable(members, lb.SlotBits), lb.NewTable(more, lb.SlotBits)
		b.Run(fmt.Sprintf("n=%d/one=comes", n), func(b *testing.B) {
			for b.Loop() {
				small.Update(more)
			}
		})
		b.Run(fmt.Sprintf("n=%d/one=goes", n), func(b *testing.B) {
			for b.Loop() {
				large.Update(members)
			}
		})
	}
}
