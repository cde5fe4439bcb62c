package engine

import "sync"

// workers runs jobs on goroutines that are kept for the next job, because a goroutine that has
// already grown its stack serves a call sooner than a new one.
//
// A batch of calls that was read at once must not cost a wake-up each: start wakes one worker,
// and a worker that takes a job while others wait wakes the next before it runs its own. So the
// batch is served by as many workers as find a processor, and yet no job ever waits for a handler
// that runs: whoever runs one has seen to the rest.
//
// Safe for concurrent use. All goroutines end after close, once their jobs are done.
type workers struct {
	keep int // most idle goroutines
	run  func(*job)
	wake chan struct{} // capacity keep: as many as workers can be idle

	mu      sync.Mutex // guards what follows
	queue   []*job     // queue[next:] wait for a worker
	next    int
	idle    int  // workers that wait, or are about to wait, and that nobody has woken
	rousing bool // a worker was woken or made, and has not looked at the queue yet
	closed  bool
}

func newWorkers(keep int, run func(*job)) *workers {
	return &workers{keep: keep, run: run, wake: make(chan struct{}, keep)}
}

// start runs j soon, on a goroutine of the pool's.
func (w *workers) start(j *job) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queue = append(w.queue, j)
	w.rouse()
}

// rouse makes sure that a worker is on its way to the queue. mu is held.
func (w *workers) rouse() {
	switch {
	case w.rousing:
		return
	case w.idle > 0 && !w.closed:
		w.idle--
		w.wake <- struct{}{} // cannot block: it holds no more than workers were idle
	default:
		go w.work()
	}
	w.rousing = true
}

// work runs jobs until the worker is not wanted any more. It begins as the one that was roused.
func (w *workers) work() {
	roused := true
	for {
		j, stay := w.take(roused)
		switch {
		case j != nil:
			w.run(j)
			roused = false
		case !stay:
			return
		default:
			_, roused = <-w.wake
			if !roused {
				return
			}
		}
	}
}

// take gives the next job, and rouses a worker for the one behind it. Without a job it tells
// whether the worker may stay, and counts it as idle then.
func (w *workers) take(roused bool) (j *job, stay bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if roused {
		w.rousing = false
	}
	if w.next == len(w.queue) {
		w.queue, w.next = w.queue[:0], 0
		if w.closed || w.idle == w.keep {
			return nil, false
		}
		w.idle++
		return nil, true
	}
	j = w.queue[w.next]
	w.queue[w.next] = nil
	w.next++
	if w.next >= 64 && 2*w.next >= len(w.queue) { // a queue that never runs dry must not grow
		n := copy(w.queue, w.queue[w.next:])
		clear(w.queue[n:])
		w.queue, w.next = w.queue[:n], 0
	}
	if w.next < len(w.queue) {
		w.rouse()
	}
	return j, true
}

// close lets the idle workers go. Jobs that run end as they like; later ones get goroutines.
func (w *workers) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return
	}
	w.closed = true
	close(w.wake)
}
