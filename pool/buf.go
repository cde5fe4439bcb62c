package pool

import "sync/atomic"

// Buf is a handle of pooled memory.
//
// B starts empty and may be appended to and resliced at will; the handle remembers its slab
// apart from it. If the built-in append outgrows the slab, B becomes ordinary memory: correct,
// but it costs an allocation, which Append and Grow avoid.
type Buf struct {
	// B is the content: what the holder of the only reference makes of it.
	B []byte

	slab  []byte // cap(slab) == classSize(class), or any if class == unpooled
	class int
	refs  atomic.Int32 // 0: in the pool
}

// Get gives an empty buffer with room for at least n bytes and one reference. A negative n
// counts as zero.
func Get(n int) *Buf {
	class := classOf(n)
	b := take(class)
	if b == nil {
		b = &Buf{class: class}
		if class == unpooled {
			b.slab = make([]byte, 0, n)
		} else {
			b.slab = make([]byte, 0, classSize(class))
		}
	}
	b.B = b.slab
	b.refs.Store(1)
	noteGet()
	return b
}

// Copy gives a buffer that holds a copy of p, and one reference.
func Copy(p []byte) *Buf {
	b := Get(len(p))
	b.B = append(b.B, p...)
	return b
}

// Retain adds a reference, so that the bytes live until one more Release. It returns b.
func (b *Buf) Retain() *Buf {
	if n := b.refs.Add(1); invariants && n <= 1 {
		panic("pool: Retain of a released buffer")
	}
	return b
}

// Release gives one reference back. After the last one the memory belongs to someone else: the
// caller must not touch b or its bytes again. Releasing a nil Buf does nothing.
func (b *Buf) Release() {
	if b != nil { // this much is compiled into the caller: most have nothing to release
		b.release()
	}
}

func (b *Buf) release() {
	n := b.refs.Add(-1)
	if n == 0 {
		b.B = nil
		noteRelease()
		put(b)
		return
	}
	if invariants && n < 0 {
		panic("pool: Release of a released buffer")
	}
}

// Append adds p to the content. If the slab is full the content moves to one of a larger class.
// The caller must hold the only reference.
func (b *Buf) Append(p []byte) {
	b.Grow(len(p))
	b.B = append(b.B, p...)
}

// Grow makes room for n more bytes behind the content, so that the built-in append of up to n
// bytes does not allocate. The caller must hold the only reference.
func (b *Buf) Grow(n int) {
	if cap(b.B)-len(b.B) >= n {
		return
	}
	if invariants && b.refs.Load() != 1 {
		panic("pool: Grow of a shared or released buffer")
	}
	// Twice the old capacity keeps the cost of many small appends linear beyond the classes too.
	bigger := Get(max(len(b.B)+n, 2*cap(b.slab)))
	bigger.B = append(bigger.B, b.B...)
	b.B, bigger.B = bigger.B, nil
	b.slab, bigger.slab = bigger.slab, b.slab
	b.class, bigger.class = bigger.class, b.class
	bigger.Release() // it carries the old slab home
}
