package engine

import (
	"encoding/binary"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/leverrpc/lever/pool"
)

// inbox holds the messages of one stream that arrived and were not yet received. The connection
// appends to one buffer while the receiver reads another, and when that is used up the two change
// places: so a message is copied once, and the lock is taken once for many.
//
// What it holds is bounded by the credit that the stream gave its peer, plus four bytes a message.
// push and close may be called by one goroutine while another one receives.
type inbox struct {
	arrived chan struct{} // capacity 1: there is something new

	mu  sync.Mutex // guards what follows
	in  []byte     // messages: four bytes of size and kind, then the content
	err error      // what Recv gives once in is empty; nil while more may come

	discard atomic.Bool // err goes before what was not read; set under mu

	out  []byte // what the receiver reads: owned by it
	rest []byte // the part of out that it has not read
}

// messageHead is the size of what stands before each message in an inbox.
const messageHead = 4

// push takes a message, p and more behind it; they are copied.
func (b *inbox) push(p []byte, isBytes bool, more ...*pool.Buf) {
	size := len(p) + pool.Pieces(more).Len()
	head := uint32(size) << 1
	if isBytes {
		head |= 1
	}
	b.mu.Lock()
	if b.err == nil {
		if len(more) > 0 {
			b.in = slices.Grow(b.in, messageHead+size) // and not in steps
		}
		b.in = append(binary.LittleEndian.AppendUint32(b.in, head), p...)
		for _, piece := range more {
			b.in = append(b.in, piece.B...)
		}
	}
	b.mu.Unlock()
	b.wake()
}

// close ends the inbox with err, unless it has ended. With discard what it holds is lost.
func (b *inbox) close(err error, discard bool) {
	b.mu.Lock()
	if b.err == nil || discard && !b.discard.Load() {
		b.err = err
		b.discard.Store(discard)
	}
	b.mu.Unlock()
	b.wake()
}

func (b *inbox) wake() {
	select {
	case b.arrived <- struct{}{}:
	default:
	}
}

// pop gives the next message, lent until the next pop, or the error at the end; ok is false while
// there is neither. Only the receiver may call it.
func (b *inbox) pop() (p []byte, isBytes, ok bool, err error) {
	if len(b.rest) == 0 || b.discard.Load() {
		if err := b.swap(); err != nil {
			return nil, false, true, err
		}
		if len(b.rest) == 0 {
			return nil, false, false, nil
		}
	}
	head := binary.LittleEndian.Uint32(b.rest)
	n := messageHead + int(head>>1)
	p, b.rest = b.rest[messageHead:n], b.rest[n:]
	return p, head&1 != 0, true, nil
}

// swap lets the receiver, who has read all, read what has arrived since. If that is nothing, or not
// wanted, it gives the error at the end, if it has come.
func (b *inbox) swap() error {
	const keep = 64 << 10 // a larger buffer is left to the collector, for the sake of idle streams
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.discard.Load() {
		b.in, b.out, b.rest = nil, nil, nil
	}
	if len(b.in) == 0 {
		return b.err
	}
	if cap(b.out) > keep {
		b.out = nil
	}
	b.in, b.out = b.out[:0], b.in
	b.rest = b.out
	return nil
}

// drained reports whether the receiver has read all that it took.
func (b *inbox) drained() bool { return len(b.rest) == 0 }
