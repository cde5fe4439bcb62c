package pool

// Pieces holds bytes that come bit by bit and may be many, in Bufs one behind the other: what is
// there never moves, so adding to it takes no longer the more there is. The zero value is empty. It
// holds a reference to each Buf, and is owned by one goroutine at a time.
type Pieces []*Buf

// Append adds a copy of b. A new piece has room for size bytes at least: there is never more than that
// beyond what was added.
func (p *Pieces) Append(b []byte, size int) {
	for len(b) > 0 {
		last := len(*p) - 1
		if last < 0 || len((*p)[last].B) == cap((*p)[last].B) {
			*p = append(*p, Get(size))
			last++
		}
		piece := (*p)[last]
		n := min(len(b), cap(piece.B)-len(piece.B))
		piece.B = append(piece.B, b[:n]...)
		b = b[n:]
	}
}

// Len is how many bytes there are.
func (p Pieces) Len() (n int) {
	for _, piece := range p {
		n += len(piece.B)
	}
	return n
}

// MoveTo appends the bytes to dst and releases the pieces, each as soon as it is copied, so that it
// can be used again before all are. p is empty then.
func (p *Pieces) MoveTo(dst []byte) []byte {
	for i, piece := range *p {
		dst = append(dst, piece.B...)
		piece.Release()
		(*p)[i] = nil
	}
	*p = nil
	return dst
}

// Release gives the pieces back. p is empty then.
func (p *Pieces) Release() {
	if *p == nil {
		return
	}
	for _, piece := range *p {
		piece.Release()
	}
	*p = nil
}

// Retain adds a reference to each piece, and gives another Pieces of the same bytes to hold them.
func (p Pieces) Retain() Pieces {
	for _, piece := range p {
		piece.Retain()
	}
	return append(Pieces(nil), p...)
}
