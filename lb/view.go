package lb

import (
	"strconv"

	"github.com/cespare/xxhash/v2"
)

// View is one state of a service's member set, as its source told it.
type View struct {
	// Epoch orders the views of a source. Zero means that the source has no order.
	Epoch uint64
	// Members are the instances, in any order.
	Members []Member
}

// Digest is a number that two callers have in common exactly if they route resources alike (but
// for a chance of 2⁻⁶⁴). It is XXH64 of one line for each member, by ascending id:
//
//	id 00 weight 00 incarnation 0A
//
// with weight and incarnation as decimal text.
func (v View) Digest() uint64 {
	var h xxhash.Digest
	h.Reset()
	line := make([]byte, 0, 64)
	for _, m := range normalize(v.Members) {
		line = append(line[:0], m.ID...)
		line = append(line, 0)
		line = strconv.AppendInt(line, int64(m.Weight), 10)
		line = append(line, 0)
		line = strconv.AppendUint(line, m.Incarnation, 10)
		line = append(line, '\n')
		_, _ = h.Write(line) // it never fails
	}
	return h.Sum64()
}
