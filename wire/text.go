package wire

import (
	"math"
	"strconv"
)

// exponentFrom is where floats are written with an exponent: an integer of JSON text from here on
// would be read back as an integer and lose its value's last digits.
const exponentFrom = 1 << 53

// AppendFloatText appends the shortest JSON text that is read back as the same number: digits for
// integers below 2^53, an exponent for what is larger or below 1e-6. v must be finite.
func AppendFloatText(dst []byte, v float64) []byte {
	size := math.Abs(v)
	if v == 0 {
		if math.Signbit(v) {
			return append(dst, '-', '0')
		}
		return append(dst, '0')
	}
	if size < exponentFrom {
		if n := int64(v); float64(n) == v {
			return strconv.AppendInt(dst, n, 10)
		}
	}
	return appendShortest(dst, v)
}

// appendNumberText appends the text of the number at b[i], of any form, and returns the offset
// after it; -1 if it is malformed.
func appendNumberText(dst, b []byte, i int) (text []byte, next int) {
	switch kindOf(b[i]) {
	case Integer:
		n, negative, next := integerAt(b, i)
		if next < 0 {
			return dst, -1
		}
		if negative {
			return strconv.AppendInt(dst, ^int64(n), 10), next
		}
		return strconv.AppendUint(dst, n, 10), next
	case Float:
		f, next := floatAt(b, i)
		if next < 0 {
			return dst, -1
		}
		return AppendFloatText(dst, f), next
	case Literal:
		start, end := blockAt(b, i)
		if end < 0 {
			return dst, -1
		}
		if f, _, _ := classify(b[start:end]); f != formLiteral {
			return dst, -1
		}
		return append(dst, b[start:end]...), end
	}
	return dst, -1
}
