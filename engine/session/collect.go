package session

import "github.com/leverrpc/lever/pool"

// collected is what has come of a payload of several frames: first its body, which grows up to
// Limits.PieceBytes and moves each time, and then pieces behind it, which never move. So a part that
// comes late in a large payload costs no more than an early one; who needs all of it in one place
// puts it there, and not the one who reads the connection. Of a result for which the caller has
// memory, that takes the place of the body.
//
//	size ≤ bytes in into, body and more: what has come of a frame that is not whole does not count (ahead.go)
type collected struct {
	into []byte    // nil: the caller has no memory
	body *pool.Buf // nil: nothing, or into is there
	more pool.Pieces
	size int
}

// add puts p behind what is there.
func (k *collected) add(p []byte, piece int) {
	switch {
	case len(k.more) > 0:
	case k.into != nil:
		n := min(len(p), cap(k.into)-len(k.into))
		k.into, p = append(k.into, p[:n]...), p[n:]
	default:
		if k.body == nil {
			k.body = pool.Get(len(p))
		}
		p = k.grow(p, piece)
	}
	k.more.Append(p, piece)
}

// grow puts p into the body, as far as that may be as large, and gives the rest.
func (k *collected) grow(p []byte, piece int) []byte {
	if len(k.body.B)+len(p) <= piece {
		makeRoom(k.body, len(p), piece)
	}
	n := min(len(p), cap(k.body.B)-len(k.body.B))
	k.body.B = append(k.body.B, p[:n]...)
	return p[n:]
}

// makeRoom makes room for the next n bytes of a body. Each time, what is here moves. So the room
// grows fourfold: never by a length that the peer claims, and not beyond most.
func makeRoom(body *pool.Buf, n, most int) {
	if size := len(body.B); cap(body.B)-size < n {
		n = max(n, min(3*size, most-size))
	}
	body.Grow(n)
}

// take gives what is there, p and more behind it, to who asks. p lies in body, or in into.
func (k *collected) take() (p []byte, body *pool.Buf, more pool.Pieces) {
	p, body, more = k.into, k.body, k.more
	if body != nil {
		p = body.B
	}
	*k = collected{}
	return p, body, more
}

// drop forgets what is there.
func (k *collected) drop() {
	k.body.Release()
	k.more.Release()
	*k = collected{}
}
