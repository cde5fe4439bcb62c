package engine

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

func TestWorkersRunEveryJob(t *testing.T) {
	for _, keep := range []int{0, 1, 4} {
		synctest.Test(t, func(t *testing.T) {
			var ran atomic.Int64
			w := newWorkers(keep, func(*job) { runtime.Gosched(); ran.Add(1) })
			var all sync.WaitGroup
			for range 4 {
				all.Go(func() {
					for range 250 {
						w.start(new(job))
					}
				})
			}
			all.Wait()
			synctest.Wait()
			if ran.Load() != 1000 || w.idle > keep {
				t.Errorf("keep %d: %d jobs ran, %d workers idle", keep, ran.Load(), w.idle)
			}
			w.close() // the bubble waits for the goroutines to end
			w.close()
			w.start(new(job))
			synctest.Wait()
			if ran.Load() != 1001 {
				t.Error("a job after close did not run")
			}
		})
	}
}

func TestWorkersDoNotLetJobsWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan None)
		var running atomic.Int64
		w := newWorkers(2, func(*job) { running.Add(1); <-gate })
		for range 10 {
			w.start(new(job))
		}
		synctest.Wait()
		if running.Load() != 10 {
			t.Errorf("%d of 10 blocking jobs run", running.Load())
		}
		close(gate)
		synctest.Wait()
		w.close()
	})
}

func TestWorkersAreUsedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorkers(1, func(*job) {})
		w.start(new(job))
		synctest.Wait()
		before := runtime.NumGoroutine()
		for range 100 {
			w.start(new(job))
			synctest.Wait()
		}
		if n := runtime.NumGoroutine(); n > before {
			t.Errorf("%d goroutines, %d before", n, before)
		}
		w.close()
	})
}

func TestQueueOfWorkersThatNeverRunsDryDoesNotGrow(t *testing.T) {
	w := newWorkers(1, func(*job) {})
	// The queue is filled by hand, so that nobody takes from it but this test.
	w.rousing = true
	for range 100 {
		w.queue = append(w.queue, new(job))
	}
	for range 100_000 {
		w.queue = append(w.queue, new(job))
		if j, _ := w.take(false); j == nil {
			t.Fatal("no job although a hundred wait")
		}
	}
	if waiting := len(w.queue) - w.next; waiting != 100 || cap(w.queue) > 1000 {
		t.Errorf("%d jobs wait in room for %d", waiting, cap(w.queue))
	}
}
