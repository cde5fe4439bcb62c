package sim

import "time"

// pipe is one direction of a connection: an ordered stream of bytes that takes time. Nothing is
// lost or changes places in it, as TCP promises; but it may stop for a while, swallow everything
// from some moment on without telling anybody, or be cut.
type pipe struct {
	w        *world
	to       *end
	segments []segment     // under way, in order
	queued   int           // their bytes
	free     time.Duration // when the line has sent what it was given
	last     time.Duration // when the last segment arrives
	stop     time.Duration // nothing arrives before
	hole     bool          // nothing arrives any more
	cut      bool          // the connection was reset
}

// segment is bytes that arrive together, or the end of the stream.
type segment struct {
	b      []byte
	buffer []byte // what can be used again when b has arrived; nil: b is a part
	end    bool
}

// full reports whether the transport takes nothing now.
func (p *pipe) full() bool { return p.queued >= p.w.plan.room }

// push sends b, which is given.
func (p *pipe) push(b []byte) {
	p.queued += len(b)
	p.free = max(p.free, p.w.now)
	if rate := p.w.plan.bandwidth; rate > 0 {
		p.free += time.Duration(len(b)) * time.Second / time.Duration(rate)
	}
	if n := p.w.rand.IntN(len(b) + 1); n > 0 && p.w.chance(p.w.plan.cut) {
		p.plan(segment{b: b[:n]})
		p.plan(segment{b: b[n:], buffer: b})
		return
	}
	p.plan(segment{b: b, buffer: b})
}

// end says behind everything that was sent that nothing follows.
func (p *pipe) end() {
	p.free = max(p.free, p.w.now)
	p.plan(segment{end: true})
}

// plan decides when a segment arrives, behind all before it.
func (p *pipe) plan(s segment) {
	p.segments = append(p.segments, s)
	p.last = max(p.last, p.stop, p.free+p.w.plan.delay+p.w.upTo(p.w.plan.jitter))
	p.w.at(p.last, p.arrive)
}

// arrive hands the first segment over, unless something has become of the line in the meantime.
func (p *pipe) arrive() {
	if p.stop > p.w.now {
		p.last = max(p.last, p.stop)
		p.w.at(p.stop, p.arrive)
		return
	}
	s := p.segments[0]
	p.segments = p.segments[1:]
	p.queued -= len(s.b)
	switch {
	case p.cut || p.hole:
	case s.end:
		p.to.ended(nil)
	default:
		p.to.input(s.b)
	}
	if s.buffer != nil {
		p.w.recycle(s.buffer)
	}
	p.to.far().turn() // there is room again
}

// recycle overwrites a buffer that nobody may hold any more, and keeps it.
func (w *world) recycle(b []byte) {
	for i := range b {
		b[i] = 0xDB
	}
	if len(w.spare) < 16 && cap(b) <= 1<<20 {
		w.spare = append(w.spare, b[:0])
	}
}
