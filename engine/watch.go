package engine

import "time"

// watch looks after jobs that were expected to be brief and are not: what waits behind one goes to
// another worker, and the answers that its worker has not sent are sent. It is only there while
// somebody relies on a worker to be back soon. Guarded by workers.mu.
type watch struct {
	timer *time.Timer // nil until it is wanted
	on    bool
}

// watchEvery is how often it comes by. A job is found out after one to two of these.
const watchEvery = time.Millisecond

// heed makes sure that the watch comes by. mu is held.
func (w *workers) heed() {
	switch {
	case w.watch.on:
		return
	case w.watch.timer == nil:
		w.watch.timer = time.AfterFunc(watchEvery, w.inspect)
	default:
		w.watch.timer.Reset(watchEvery)
	}
	w.watch.on = true
}

func (h *watch) stop() {
	if h.timer != nil {
		h.timer.Stop()
	}
}

// inspect is the watch: a worker that has the same job in hand as the last time is not relied upon
// any more.
func (w *workers) inspect() {
	w.mu.Lock()
	w.watch.on = false
	var stuck []*serverConn
	for i := len(w.brisk) - 1; i >= 0; i-- { // mark moves only what has been looked at
		k := w.brisk[i]
		if k.turn == k.seen {
			stuck = append(stuck, k.conn)
			k.route.cost.doubt()
			w.mark(k, false)
		}
		k.seen = k.turn
	}
	if w.queue.first != nil {
		w.rouse()
	}
	if len(w.brisk) > 0 {
		w.heed()
	}
	w.mu.Unlock()
	for _, c := range stuck {
		w.push(c)
	}
}
