package wire

import (
	"math"

	"github.com/leverrpc/lever/wire/internal/utf8scan"
)

// The Consume functions read the value that b begins with and return the bytes it takes. n is 0
// if b ends too soon, and -1 if b begins with a value of another kind or with a malformed one.
// What they return is lent: it is part of b.

// ConsumeNull reads null.
func ConsumeNull(b []byte) (n int) {
	switch {
	case len(b) == 0:
		return 0
	case b[0] == tagNull:
		return 1
	}
	return -1
}

// ConsumeBool reads a bool.
func ConsumeBool(b []byte) (v bool, n int) {
	switch {
	case len(b) == 0:
		return false, 0
	case b[0] == tagTrue, b[0] == tagFalse:
		return b[0] == tagTrue, 1
	}
	return false, -1
}

// ConsumeInt reads an integer within int64.
func ConsumeInt(b []byte) (v int64, n int) {
	if n := lacking(b, Integer); n <= 0 {
		return 0, n
	}
	u, negative, n := integerAt(b, 0)
	if n < 0 || u > math.MaxInt64 {
		return 0, -1
	}
	if negative {
		return ^int64(u), n
	}
	return int64(u), n
}

// ConsumeUint reads an integer that is not negative.
func ConsumeUint(b []byte) (v uint64, n int) {
	if n := lacking(b, Integer); n <= 0 {
		return 0, n
	}
	u, negative, n := integerAt(b, 0)
	if n < 0 || negative {
		return 0, -1
	}
	return u, n
}

// ConsumeFloat64 reads a float. Integers are not floats here, see [ConsumeInt].
func ConsumeFloat64(b []byte) (v float64, n int) {
	if n := lacking(b, Float); n <= 0 {
		return 0, n
	}
	return floatAt(b, 0)
}

// ConsumeString reads a string.
func ConsumeString(b []byte) (v []byte, n int) {
	if n := lacking(b, String); n <= 0 {
		return nil, n
	}
	start, end := textAt(b, 0)
	if end < 0 || !utf8scan.Valid(b[start:end]) {
		return nil, -1
	}
	return b[start:end:end], end
}

// ConsumeBytes reads raw bytes.
func ConsumeBytes(b []byte) (v []byte, n int) {
	if n := lacking(b, Bytes); n <= 0 {
		return nil, n
	}
	start, end := blockAt(b, 0)
	if end < 0 {
		return nil, -1
	}
	return b[start:end:end], end
}

// ConsumeNumber reads a number of any form as text, see [Number].
func ConsumeNumber(b []byte) (v Number, n int) {
	if len(b) == 0 {
		return "", 0
	}
	k := kindOf(b[0])
	if k != Integer && k != Float && k != Literal {
		return "", -1
	}
	if n := lacking(b, k); n <= 0 {
		return "", n
	}
	text, n := appendNumberText(nil, b, 0)
	if n < 0 {
		return "", -1
	}
	return Number(text), n
}

// ConsumeVector reads a vector: an array of numbers of one width.
func ConsumeVector(b []byte) (v Vector, n int) {
	switch {
	case len(b) == 0:
		return v, 0
	case b[0] != tagVector:
		return v, -1
	case len(b) < 3, b[2] >= 0xF0 && len(b) < 4, b[2] == 0xF8 && len(b) < 5,
		b[2] == 0xF9 && len(b) < 7:
		return v, 0
	}
	if int(b[1]) >= len(vectorWidths) {
		return v, -1
	}
	count, start := varint(b, 2)
	if start > 0 && count > (len(b)-start)/int(vectorWidths[b[1]]) {
		return v, 0
	}
	v, _, n = vectorAt(b, 0)
	return v, n
}

// lacking returns 0 if b is too short to say, -1 if it is not a value of the kind, and else 1. It
// answers for scalars only.
func lacking(b []byte, k Kind) int {
	if len(b) == 0 {
		return 0
	}
	t := b[0]
	if kindOf(t) != k {
		return -1
	}
	need := 1
	switch {
	case t >= tagText && t < tagArray:
		need += int(t - tagText)
	case t >= tagUint && t < tagSmallNeg:
		need += int(t&7) + 1
	case t == tagFloat32:
		need += 4
	case t == tagFloat64:
		need += 8
	case t >= tagNumber && t <= tagBytes:
		if len(b) < 2 || b[1] == 0xF8 && len(b) < 4 || b[1] == 0xF9 && len(b) < 6 ||
			b[1] >= 0xF0 && len(b) < 3 {
			return 0
		}
		size, start := varint(b, 1)
		if start < 0 {
			return -1
		}
		if size > len(b)-start {
			return 0
		}
		return 1
	}
	if len(b) < need {
		return 0
	}
	return 1
}

// integerAt reads an integer of any tag: n, or -1-n if negative.
func integerAt(b []byte, i int) (n uint64, negative bool, next int) {
	switch t := b[i]; {
	case t < tagText:
		return uint64(t), false, i + 1
	case t >= tagSmallNeg:
		return uint64(t & 15), true, i + 1
	default:
		n, next = wideAt(b, i)
		return n, t >= tagNegative, next
	}
}

// arrayLen is the number of items of the well-formed array or vector at b[i].
func arrayLen(b []byte, i int) int {
	if b[i] == tagVector {
		v, _, _ := vectorAt(b, i)
		return v.count
	}
	count, _, _ := containerAt(b, i, 1)
	return count
}
