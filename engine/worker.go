package engine

import (
	"runtime"
	"sync"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/pool"
)

// workers runs jobs on goroutines that are kept for the next job, because a goroutine that has
// already grown its stack serves a call sooner than a new one.
//
// Calls that were read at once come as one batch, and must not cost a wake-up and a write each. If
// they are expected to take no time worth mentioning, one worker serves them one after another and
// then sends the answers: that is cheaper than to share them, and soon done. Another one comes for
// each further workSlice of work that waits, up to one for each processor. So a call waits for
// such brief ones before it, and for no others: the next worker is on its way before one begins
// with a call that may take longer, and if a call that should have been brief is not, the watch
// gives what it holds up to another (watch.go).
//
// Safe for concurrent use. All goroutines end after close, once their jobs are done.
type workers struct {
	keep  int // most idle goroutines
	procs int // most workers for brief jobs
	run   func(*worker, *job)
	push  func(*serverConn) // sends the answers that workers have gathered
	wake  chan struct{}     // capacity keep: as many as workers can be idle

	mu      sync.Mutex // guards what follows
	queue   batch      // of jobs that wait for a worker
	idle    int        // workers that wait, or are about to wait, and that nobody has woken
	rousing bool       // a worker was woken or made, and has not looked at the queue yet
	closed  bool
	brisk   []*worker // those that have a brief job in hand, and will soon be back for another
	watch   watch
}

// workSlice is how much work is worth another worker, and the most that a job may be expected to
// take for another one to wait behind it. It is ten times what it takes to wake a worker.
const workSlice = 100 * time.Microsecond

// worker is one goroutine of a pool. Owned by that but for what workers.mu guards.
type worker struct {
	pool *workers
	now  time.Duration // as read when the last job ended or the worker woke
	owes *serverConn   // nil, or which has answers that were not sent

	gathers bool // the answer to the job in hand is not to be sent at once

	result pool.Bytes // memory for the result of the job in hand
	spares spares     // jobs that it has served

	// Guarded by workers.mu.
	conn  *serverConn // of the job in hand
	route *route      // likewise
	turn  uint64      // jobs taken
	seen  uint64      // what turn was when the watch came by
	brisk bool        // it is among workers.brisk
}

func newWorkers(keep int, run func(*worker, *job)) *workers {
	return &workers{
		keep: keep, run: run, push: func(c *serverConn) { c.conn.Push() },
		wake: make(chan struct{}, keep), procs: runtime.GOMAXPROCS(0),
	}
}

// start runs the jobs of b soon, on goroutines of the pool's, and leaves b empty.
func (w *workers) start(b *batch) {
	b.last.ends = true
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queue.join(*b)
	*b = batch{}
	w.rouse()
}

// rouse makes sure that enough workers are on their way to the queue, where jobs wait. mu is held.
func (w *workers) rouse() {
	n := len(w.brisk)
	switch {
	case w.rousing: // it will look again
		return
	case n > 0 && !w.closed && (n >= w.procs || w.queue.load <= time.Duration(n)*workSlice):
		w.heed()
		return
	case w.idle > 0 && !w.closed:
		w.idle--
		w.wake <- struct{}{} // cannot block: it holds no more than workers were idle
	default:
		go w.work()
	}
	w.rousing = true
}

// work is a worker: it runs jobs until it is not wanted any more. It begins as the one that was
// roused.
func (w *workers) work() {
	k := &worker{pool: w, now: transport.Now()}
	defer k.lost()
	for roused := true; ; {
		j, stay := w.take(k, roused)
		switch {
		case j != nil:
			k.serve(j)
			roused = false
		case !stay:
			return
		default:
			if _, roused = <-w.wake; !roused {
				return
			}
			k.now = transport.Now()
		}
	}
}

// serve runs a job. The answers of brief ones are kept until one comes that is not of the same
// batch, or not brief.
func (k *worker) serve(j *job) {
	route, ends, began := j.ctx.route, j.ends, k.now // j is another one's when it has run
	if k.owes != nil && (k.owes != j.conn || !j.brief()) {
		k.send()
	}
	k.gathers = j.brief()
	k.pool.run(k, j)
	if k.now != began {
		route.cost.add(k.now - began)
	}
	if ends {
		k.send()
	}
}

// answer answers the call of the job in hand, and notes when it ended.
func (k *worker) answer(c *serverConn, call *session.Call, r session.Result, payload []byte) {
	k.now = transport.Now()
	if !k.gathers {
		c.conn.Result(call, r, payload)
		return
	}
	c.conn.ResultSoon(k.now, call, r, payload)
	k.owes = c
}

// send sends the answers that are due.
func (k *worker) send() {
	if k.owes != nil {
		k.pool.push(k.owes)
		k.owes = nil
	}
}

// lost is how the goroutine ends: also if a handler has ended it.
func (k *worker) lost() {
	k.send()
	k.rest()
	k.pool.mu.Lock()
	defer k.pool.mu.Unlock()
	k.pool.mark(k, false)
	if k.pool.queue.first != nil {
		k.pool.rouse()
	}
}

// take gives the next job, and rouses workers for those behind it. Without a job it sends what the
// worker owes and tells whether it may stay, and counts it as idle then.
func (w *workers) take(k *worker, roused bool) (j *job, stay bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if roused {
		w.rousing = false
	}
	j = w.queue.take()
	if j == nil && k.owes != nil { // it has to come back for what was added meanwhile
		w.mu.Unlock()
		k.send()
		w.mu.Lock()
		j = w.queue.take()
	}
	if j == nil {
		w.mark(k, false)
		k.rest()
		if w.closed || w.idle == w.keep {
			return nil, false
		}
		w.idle++
		return nil, true
	}
	k.conn, k.route = j.conn, j.ctx.route
	k.turn++
	j.cost = max(j.cost, k.route.cost.mean()) // it may be known better by now
	w.mark(k, j.brief())
	switch {
	case w.queue.first != nil:
		w.rouse()
	case k.owes != nil:
		w.heed()
	}
	return j, true
}

// rest keeps little for as long as nothing is to do.
func (k *worker) rest() {
	k.spares.give()
	if cap(k.result.B) > smallResult {
		k.result.B = nil
	}
}

// mark counts a worker among those that have a brief job in hand, or not. mu is held.
func (w *workers) mark(k *worker, brisk bool) {
	if k.brisk == brisk {
		return
	}
	k.brisk = brisk
	if brisk {
		w.brisk = append(w.brisk, k)
		return
	}
	for i := range w.brisk {
		if w.brisk[i] == k {
			last := len(w.brisk) - 1
			w.brisk[i], w.brisk[last] = w.brisk[last], nil
			w.brisk = w.brisk[:last]
			return
		}
	}
}

// close lets the idle workers go. Jobs that run end as they like; later ones get goroutines.
func (w *workers) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return
	}
	w.closed = true
	w.watch.stop()
	close(w.wake)
}
