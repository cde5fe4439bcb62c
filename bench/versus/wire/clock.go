package main

import (
	"slices"
	"syscall"
	"time"
)

// cpu is the processor time that the process has used, collector included.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// sampling says how long a measurement takes and which of its turns counts.
type sampling struct {
	rounds int
	slice  time.Duration // processor time of one turn
	least  bool          // and not the median
}

// measure runs each function in turn, many times over, and returns the median processor time of
// one call of each, or the least. The turns are interleaved, so that a noisy neighbour disturbs all
// alike.
func measure(s sampling, fs ...func()) []time.Duration {
	batch := make([]int, len(fs))
	for i, f := range fs {
		f()
		start, n := cpu(), 0
		for cpu()-start < s.slice/2 {
			for range 1 + n {
				f()
			}
			n += 1 + n
		}
		batch[i] = max(1, int(float64(n)*float64(s.slice)/float64(cpu()-start)))
	}
	times := make([][]time.Duration, len(fs))
	for range s.rounds {
		for i, f := range fs {
			start := cpu()
			for range batch[i] {
				f()
			}
			times[i] = append(times[i], (cpu()-start)*1000/time.Duration(batch[i])) // in ps
		}
	}
	out := make([]time.Duration, len(fs))
	for i := range times {
		slices.Sort(times[i])
		if out[i] = times[i][s.rounds/2]; s.least {
			out[i] = times[i][0]
		}
	}
	return out
}
