package engine

import "sync"

// workers runs jobs on goroutines that are kept for the next job, because a goroutine that has
// already grown its stack serves a call sooner than a new one. A job never waits for a worker: if
// none is free it gets a goroutine of its own, which stays as a worker if fewer than keep are idle.
//
// Safe for concurrent use. All goroutines end after close, once their jobs are done.
type workers struct {
	keep int // most idle goroutines
	run  func(*job)
	jobs chan *job // capacity keep: as many as workers can be idle

	mu     sync.Mutex // guards what follows
	idle   int        // workers that wait, or are about to wait, for a job nobody has reserved
	closed bool
}

func newWorkers(keep int, run func(*job)) *workers {
	return &workers{keep: keep, run: run, jobs: make(chan *job, keep)}
}

// start runs j soon, on a goroutine of the pool's.
func (w *workers) start(j *job) {
	if !w.hand(j) {
		go w.work(j)
	}
}

// hand gives j to an idle worker, if there is one.
func (w *workers) hand(j *job) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.idle == 0 || w.closed {
		return false
	}
	w.idle--
	w.jobs <- j // cannot block: it holds no more jobs than workers were idle
	return true
}

// work runs j and then the jobs that come, until the worker is not wanted any more.
func (w *workers) work(j *job) {
	for ok := true; ok; {
		w.run(j)
		if !w.rest() {
			return
		}
		j, ok = <-w.jobs
	}
}

// rest declares the worker idle, or reports that there are enough.
func (w *workers) rest() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || w.idle >= w.keep {
		return false
	}
	w.idle++
	return true
}

// close lets the idle workers go. Jobs that run end as they like; later ones get goroutines.
func (w *workers) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return
	}
	w.closed = true
	close(w.jobs)
}
