package engine

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// batchOf makes a batch of jobs that are expected to take so long each.
func batchOf(costs ...time.Duration) *batch {
	b, conn := new(batch), new(serverConn)
	for _, c := range costs {
		rt := new(route)
		if c < workSlice {
			for range costKnown {
				rt.cost.add(c)
			}
		}
		b.add(&job{conn: conn, ctx: &callCtx{route: rt}, cost: c})
	}
	return b
}

// repeated is n times the same cost.
func repeated(n int, c time.Duration) []time.Duration {
	return slices.Repeat([]time.Duration{c}, n)
}

func TestWorkersRunEveryJob(t *testing.T) {
	for _, keep := range []int{0, 1, 4} {
		synctest.Test(t, func(t *testing.T) {
			var ran atomic.Int64
			w := newWorkers(keep, func(*worker, *job) { runtime.Gosched(); ran.Add(1) })
			var all sync.WaitGroup
			for range 4 {
				all.Go(func() {
					for range 250 {
						w.start(batchOf(workSlice))
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
			w.start(batchOf(workSlice))
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
		w := newWorkers(2, func(*worker, *job) { running.Add(1); <-gate })
		for range 10 {
			w.start(batchOf(workSlice))
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
		w := newWorkers(1, func(*worker, *job) {})
		w.start(batchOf(workSlice))
		synctest.Wait()
		before := runtime.NumGoroutine()
		for range 100 {
			w.start(batchOf(workSlice))
			synctest.Wait()
		}
		if n := runtime.NumGoroutine(); n > before {
			t.Errorf("%d goroutines, %d before", n, before)
		}
		w.close()
	})
}

func TestWorkersShareABatchByTheWorkThatItIs(t *testing.T) {
	for _, c := range []struct {
		name  string
		costs []time.Duration
		want  int // workers
	}{
		{"brief jobs are one worker's", repeated(50, workSlice/100), 1},
		{"twice as much work takes two", repeated(30, workSlice/15), 2},
		{"there are no more than processors", repeated(50, workSlice/2), 4},
		{"what may take long has a worker each", repeated(20, workSlice), 20},
		{"a job waits for brief ones, and not for others",
			[]time.Duration{workSlice, 1, workSlice, 1}, 3},
	} {
		synctest.Test(t, func(t *testing.T) {
			gate := make(chan None)
			var running, ran atomic.Int64
			w := newWorkers(2, func(*worker, *job) { running.Add(1); <-gate; ran.Add(1) })
			w.procs = 4
			w.start(batchOf(c.costs...))
			synctest.Wait()
			if got := int(running.Load()); got != c.want {
				t.Errorf("%s: %d workers, want %d", c.name, got, c.want)
			}
			close(gate)
			synctest.Wait()
			if int(ran.Load()) != len(c.costs) {
				t.Errorf("%s: %d jobs ran of %d", c.name, ran.Load(), len(c.costs))
			}
			w.close()
		})
	}
}

func TestWhatTakesLongUnexpectedlyHoldsUpNobodyForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan None)
		var running, pushed atomic.Int64
		w := newWorkers(2, func(*worker, *job) { running.Add(1); <-gate })
		w.push = func(*serverConn) { pushed.Add(1) }
		w.procs = 1
		b := batchOf(repeated(1000, 1)...)
		for j := b.first; j != nil; j = j.next {
			j.ctx.route = b.first.ctx.route // so that one tells of the others
		}
		w.start(b)
		synctest.Wait()
		if running.Load() != 1 {
			t.Errorf("%d workers have begun, want 1", running.Load())
		}
		time.Sleep(2 * watchEvery)
		synctest.Wait()
		if running.Load() != 1000 {
			t.Errorf("%d of 1000 jobs have begun after the watch came by", running.Load())
		}
		if pushed.Load() != 1 {
			t.Errorf("answers were sent for the one that was stuck %d times", pushed.Load())
		}
		close(gate)
		synctest.Wait()
		time.Sleep(watchEvery)
		if w.watch.on || len(w.brisk) != 0 {
			t.Error("the watch stays although nobody works")
		}
		w.close()
	})
}

func TestJobsSurviveAWorkerThatAHandlerHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ran atomic.Int64
		w := newWorkers(1, func(*worker, *job) {
			if ran.Add(1)%2 == 1 {
				runtime.Goexit()
			}
		})
		w.start(batchOf(repeated(10, 1)...))
		synctest.Wait()
		if ran.Load() != 10 || len(w.brisk) != 0 {
			t.Errorf("%d of 10 jobs ran, %d workers are at work", ran.Load(), len(w.brisk))
		}
		w.close()
	})
}

func TestCostIsTheMeanOfWhatCallsTook(t *testing.T) {
	var c cost
	for i := range costKnown {
		if got := c.mean(); got != workSlice {
			t.Errorf("mean of %d calls = %v, want %v", i, got, workSlice)
		}
		c.add(time.Duration(1+i%2) * 10 * time.Microsecond)
	}
	if got := c.mean(); got < 14*time.Microsecond || got > 16*time.Microsecond {
		t.Errorf("mean = %v, want about 15µs", got)
	}
	for range 1000 {
		c.add(time.Microsecond)
	}
	if got := c.mean(); got > 2*time.Microsecond {
		t.Errorf("mean = %v, want about 1µs", got)
	}
	c.add(time.Second)
	if got := c.mean(); got < time.Second/costRuns {
		t.Errorf("mean = %v after a call of 1s, want at least %v", got, time.Second/costRuns)
	}
	c.doubt()
	for n := 1; ; n++ {
		if c.add(0); c.mean() < workSlice {
			if n < costKnown || n > 2*costKnown {
				t.Errorf("trusted again after %d calls, want about %d", n, costKnown)
			}
			break
		}
	}
}

func TestSpareJobsGoRoundInLists(t *testing.T) {
	var s spares
	for n := range spareMost {
		if s.n != n {
			t.Fatalf("%d jobs on the list after %d", s.n, n)
		}
		s.put(new(job))
	}
	if s.first != nil || s.n != 0 {
		t.Error("a long list was not given away")
	}
	one, two := new(job), new(job)
	s.put(one)
	s.put(two)
	if s.take() != two || s.take() != one || one.next != nil || two.next != nil {
		t.Error("the list does not give what was put")
	}
	if s.take() == nil {
		t.Error("no job from an empty list")
	}
}

func TestNoContextIsGivenTwice(t *testing.T) {
	seen := map[*callCtx]bool{}
	c := new(serverConn)
	for n := range 100 {
		if ctx := c.newCtx(); seen[ctx] || ctx.conn != nil || ctx.Err() != nil {
			t.Fatalf("context %d has belonged to another call", n)
		} else {
			ctx.conn = c
			seen[ctx] = true
		}
		if n%7 == 0 {
			c.giveContexts()
		}
	}
}
