//go:build !invariants && !race

package pool

const invariants = false

// Live gives the number of buffers that were given and not yet released. Only builds with the
// tag invariants, or with -race, count: ok is false in others.
func Live() (n int, ok bool) { return 0, false }

// take gives a released handle of the class, or nil.
func take(class int) *Buf {
	if class == unpooled {
		return nil
	}
	b, _ := classes[class].Get().(*Buf)
	return b
}

// put keeps a handle that has no references for the next take.
func put(b *Buf) {
	if b.class != unpooled {
		classes[b.class].Put(b)
	}
}

func noteGet()     {}
func noteRelease() {}

func poison([]byte) {}
