package floor

import (
	"encoding/binary"
	"errors"
	"slices"
)

const (
	headSize   = 4
	maxMessage = 16 << 20
)

var errTooLong = errors.New("floor: a message claims to be longer than 16 MiB")

// appendHead begins a message of n bytes.
func appendHead(dst []byte, n int) []byte {
	return binary.LittleEndian.AppendUint32(dst, uint32(n))
}

// wholeMessages gives how many bytes of p are whole messages, and how many the one behind them
// will have, as far as that is known: at least its head.
func wholeMessages(p []byte) (n, next int, err error) {
	for len(p)-n >= headSize {
		size := int(binary.LittleEndian.Uint32(p[n:]))
		if size > maxMessage {
			return n, 0, errTooLong
		}
		if len(p)-n < headSize+size {
			return n, headSize + size, nil
		}
		n += headSize + size
	}
	return n, headSize, nil
}

// holder keeps the part of a message that has arrived, with room for the rest of it. The zero
// value holds nothing.
type holder struct {
	held  []byte
	spare []byte // the memory of what was held before
}

// room is where to read to: behind what is held, which saves a copy, or else p.
func (h *holder) room(p []byte) []byte {
	if n := len(h.held); n > 0 && n < cap(h.held) {
		return h.held[n:cap(h.held)]
	}
	return p
}

// take gives the whole messages of what is held and p, which may lie in the room behind it. They
// are lent until the next take. It keeps the rest.
func (h *holder) take(p []byte) (whole []byte, err error) {
	if len(h.held) > 0 {
		h.held = append(h.held, p...) // onto itself, if it lies there
		p = h.held
	}
	n, next, err := wholeMessages(p)
	switch {
	case err != nil || n == len(p):
		h.held = h.held[:0]
	case n > 0 || len(h.held) == 0 || cap(h.held) < next:
		rest := append(slices.Grow(h.spare[:0], max(next, len(p)-n)), p[n:]...)
		h.held, h.spare = rest, h.held
	}
	return p[:n], err
}
