//go:build !race

package session

import (
	"runtime"
	"testing"
)

// TestAnIdleSessionIsSmall measures what connections cost that do nothing now, by the heap.
func TestAnIdleSessionIsSmall(t *testing.T) {
	shared := Config{Limits: Limits{Replies: 100}}.Shared()
	for _, c := range []struct {
		name  string
		calls int // at once, and then one after the other
		most  uint64
	}{
		{"after its HELLO", 0, 1280},
		{"after a call", 1, 2048},
		{"after many calls at once", 600, 4096}, // eight records of calls are kept for the next
	} {
		t.Run(c.name, func(t *testing.T) {
			const n = 300
			all := make([]*server, n)
			before := heap()
			for i := range all {
				all[i] = busied(shared, c.calls)
			}
			each := (heap() - before) / n
			t.Logf("%d bytes", each)
			if each > c.most {
				t.Errorf("%d bytes each, want at most %d", each, c.most)
			}
			runtime.KeepAlive(all)
		})
	}
}

// heap is what is in use after a collection.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// busied makes a server that has answered so many calls at once and so many one by one, with a
// driver that takes the output buffer back when it can.
func busied(cfg Config, calls int) *server {
	s := &server{Session: New(cfg, Server, 0)}
	turn := func(frames []byte) {
		s.LendBuffer(make([]byte, 0, 4096))
		s.HandleInput(0, frames)
		for ev := s.Next(); ev != nil; ev = s.Next() {
			if ev.Kind == Called {
				s.calls = append(s.calls, ev.Call)
			}
		}
		for _, c := range s.calls {
			s.Result(0, c, Result{}, []byte("ok"))
		}
		s.calls = nil
		s.take()
		s.HandleInput(0, nil)
		s.Next()
		s.ReclaimBuffer()
	}
	turn(sinkHello)
	id := uint32(1)
	var burst []byte
	for range calls {
		burst = append(burst, call(id, 0, "")...)
		id += 2
	}
	turn(burst)
	for range calls {
		turn(call(id, 0, ""))
		id += 2
	}
	return s
}
