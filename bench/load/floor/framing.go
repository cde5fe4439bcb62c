package floor

import (
	"encoding/binary"
	"errors"
)

const (
	headSize   = 4
	maxMessage = 16 << 20
)

var errTooLong = errors.New("floor: a message claims to be longer than 16 MiB")

// appendHead begins a message of n bytes.
func appendHead(dst []byte, n int) []byte { return binary.LittleEndian.AppendUint32(dst, uint32(n)) }

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

// holder keeps the part of a message that has arrived. The zero value holds nothing.
type holder struct{ held []byte }

// take gives the whole messages of what is held and p, lent until the next take. It keeps the
// rest.
func (h *holder) take(p []byte) (whole []byte, err error) {
	if len(h.held) > 0 {
		h.held = append(h.held, p...)
		p = h.held
	}
	n, next, err := wholeMessages(p)
	if err != nil || n == len(p) {
		h.held = h.held[:0]
		return p[:n], err
	}
	if n == 0 && len(h.held) > 0 && cap(h.held) >= next {
		return nil, nil // it is held already
	}
	rest := make([]byte, len(p)-n, max(next, len(p)-n)) // a new one: the whole ones are lent
	copy(rest, p[n:])
	h.held = rest
	return p[:n], nil
}
