package sim

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
)

// A body tells by itself which call, direction and place it belongs to, so that no account of the
// session's own is needed to see that it has come to the wrong place:
//
//	key u32 | direction u8 | place u24 | size u32 | noise
//
// A body of fewer than 12 bytes is noise alone.
const bodyHead = 12

// maxBody is the largest body that anybody makes: a little more than the smallest MAX_MESSAGE.
const maxBody = 4<<20 + 64<<10

var noise = func() []byte {
	r, b := rand.New(rand.NewPCG(1, 2)), make([]byte, 0, maxBody+noiseStep)
	for len(b) < cap(b)-8 {
		b = binary.LittleEndian.AppendUint64(b, r.Uint64())
	}
	return b[:cap(b)]
}()

// noiseStep is how far the noise of two bodies may lie apart.
const noiseStep = 4096

// stamp identifies a body: the call's key, the direction, and the place in it, 0 for arguments and
// results.
type stamp struct {
	key   uint32
	dir   int
	place int
}

// body builds a payload in buf, which it returns.
func (s stamp) body(buf []byte, size int) []byte {
	buf = append(buf[:0], s.noise(size)...)
	if size >= bodyHead {
		s.putHead(buf, size)
	}
	return buf
}

// is reports whether p is the body with this stamp and size.
func (s stamp) is(p []byte, size int) bool {
	if len(p) != size {
		return false
	}
	n := 0
	if size >= bodyHead {
		var head [bodyHead]byte
		s.putHead(head[:], size)
		if !bytes.Equal(p[:bodyHead], head[:]) {
			return false
		}
		n = bodyHead
	}
	return bytes.Equal(p[n:], s.noise(size)[n:])
}

func (s stamp) putHead(b []byte, size int) {
	binary.LittleEndian.PutUint32(b, s.key)
	binary.LittleEndian.PutUint32(b[4:], uint32(s.place)<<8|uint32(s.dir))
	binary.LittleEndian.PutUint32(b[8:], uint32(size))
}

func (s stamp) noise(size int) []byte {
	from := int(s.key*61+uint32(s.place)*17+uint32(s.dir)*7) % noiseStep
	return noise[from : from+size]
}
