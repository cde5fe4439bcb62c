//go:build invariants || race

package pool

import (
	"bytes"
	"sync/atomic"
)

const invariants = true

// poisonByte fills released memory. As a length, an id or a tag it is equally absurd.
const poisonByte = 0xDB

var live atomic.Int64

// Live gives the number of buffers that were given and not yet released. Only builds with the
// tag invariants, or with -race, count: ok is false in others.
func Live() (n int, ok bool) { return int(live.Load()), true }

// take gives a fresh handle with a released slab of the class, or nil. Handles themselves are
// never reused here, so that a late Release cannot hit an innocent new owner.
func take(class int) *Buf {
	if class == unpooled {
		return nil
	}
	slab, _ := classes[class].Get().([]byte)
	if slab == nil {
		return nil
	}
	if bytes.Count(slab[:cap(slab)], poisoned[:]) != cap(slab) {
		panic("pool: a buffer was written to after its release")
	}
	return &Buf{class: class, slab: slab}
}

// put keeps the slab of a handle that has no references for the next take.
func put(b *Buf) {
	poison(b.slab)
	if b.class != unpooled {
		classes[b.class].Put(b.slab)
	}
	b.slab = nil
}

func noteGet()     { live.Add(1) }
func noteRelease() { live.Add(-1) }

// poisoned is one byte of released memory.
var poisoned = [1]byte{poisonByte}

// poison overwrites all of b's array from its start. It copies, as checks byte by byte would be most
// of the time that these builds take.
func poison(b []byte) {
	b = b[:cap(b)]
	for n := copy(b, poisoned[:]); n < len(b); n *= 2 {
		copy(b[n:], b[:n])
	}
}
