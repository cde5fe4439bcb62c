package lb

import (
	"sync/atomic"
	"time"
)

const (
	ejectRow     = 5  // failures in a row that eject
	ejectSamples = 10 // calls in the window from which on its rate counts

	ejectFirst = time.Second
	ejectMax   = time.Minute
)

// eject takes a failing endpoint out of the picking for a while, and longer each time it fails
// again; then one call tries it. At least half of the members always stay in: where most fail,
// the fault is likely elsewhere, and the cost function still prefers the better ones.
func (p *Picker) eject(e *Endpoint, now time.Duration) {
	until := e.ejectedUntil.Load()
	if until != 0 && int64(now) < until {
		return // the call began before the ejection
	}
	if until == 0 && !p.maySpare(1) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	r := e.record
	if r.gone || e.ejectedUntil.Load() != until {
		return
	}
	if until == 0 {
		if !p.maySpare(1) {
			return
		}
		p.ejected.Add(1)
		if now-r.revivedAt > ejectMax {
			r.ejections = 0
		}
	}
	length := min(ejectFirst<<min(r.ejections, 10), ejectMax)
	r.ejections++
	p.seed = mix(p.seed)
	length += time.Duration(int64(p.seed>>1)%int64(length)) - length/2 // callers must not return as one
	e.ejectedUntil.Store(int64(now + length))
	if until == 0 {
		p.publish(now)
	}
}

// maySpare says whether n more of the members can be ejected.
func (p *Picker) maySpare(n int) bool {
	return 2*(int(p.ejected.Load())+n) <= p.current.Load().members
}

// revive ends an ejection after its time, when a call went well.
func (p *Picker) revive(e *Endpoint, now time.Duration) {
	if until := e.ejectedUntil.Load(); until == 0 || int64(now) < until {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if e.record.gone || e.ejectedUntil.Load() == 0 {
		return
	}
	p.admitAgain(e, now)
	p.publish(now)
}

// readmit ends ejections if members have gone and too few are left. The caller holds mu.
func (p *Picker) readmit(now time.Duration) {
	for _, e := range p.sorted() {
		if 2*int(p.ejected.Load()) <= len(p.endpoints) {
			return
		}
		if e.ejectedUntil.Load() != 0 {
			p.admitAgain(e, now)
		}
	}
}

// admitAgain ends an ejection. The caller holds mu.
func (p *Picker) admitAgain(e *Endpoint, now time.Duration) {
	e.ejectedUntil.Store(0)
	p.ejected.Add(-1)
	e.record.revivedAt = now
	e.window.reset()
	storeFloat(&e.success, max(loadFloat(&e.success), degradedHealth))
}

// window counts the outcomes of the last ten seconds, one bucket a second. A bucket packs its
// second, its successes and its failures, so that one swap updates all three.
type window [10]atomic.Uint64

const (
	bucketWidth = time.Second
	countBits   = 16
	countMax    = 1<<countBits - 1
)

func (w *window) add(now time.Duration, failed bool) {
	second := uint64(uint32(now / bucketWidth))
	bucket := &w[second%uint64(len(w))]
	for {
		old := bucket.Load()
		packed := old
		if old>>(2*countBits) != second {
			packed = second << (2 * countBits)
		}
		shift := 0
		if failed {
			shift = countBits
		}
		if packed>>shift&countMax == countMax {
			return
		}
		if bucket.CompareAndSwap(old, packed+1<<shift) {
			return
		}
	}
}

// failing says whether there were enough calls, and more than half of them failed.
func (w *window) failing(now time.Duration) bool {
	second := uint64(uint32(now / bucketWidth))
	var ok, failed uint64
	for i := range w {
		packed := w[i].Load()
		if second-packed>>(2*countBits) < uint64(len(w)) {
			ok += packed & countMax
			failed += packed >> countBits & countMax
		}
	}
	return ok+failed >= ejectSamples && failed > ok
}

func (w *window) reset() {
	for i := range w {
		w[i].Store(0)
	}
}
