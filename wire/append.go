package wire

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// AppendNull appends null.
func AppendNull(dst []byte) []byte { return append(dst, tagNull) }

// AppendBool appends a bool.
func AppendBool(dst []byte, v bool) []byte {
	if v {
		return append(dst, tagTrue)
	}
	return append(dst, tagFalse)
}

// AppendInt appends an integer.
func AppendInt(dst []byte, v int64) []byte {
	switch {
	case v >= 0:
		return AppendUint(dst, uint64(v))
	case v >= -16:
		return append(dst, tagSmallNeg|byte(^v))
	}
	return appendWide(dst, tagNegative, uint64(^v))
}

// AppendUint appends an integer that is not negative.
func AppendUint(dst []byte, v uint64) []byte {
	if v < tagText {
		return append(dst, byte(v))
	}
	return appendWide(dst, tagUint, v)
}

// appendWide appends an integer with a tag and the fewest bytes.
func appendWide(dst []byte, tag byte, v uint64) []byte {
	width := (bits.Len64(v) + 7) >> 3
	dst = binary.LittleEndian.AppendUint64(append(dst, tag-1+byte(width)), v)
	return dst[:len(dst)-8+width]
}

// AppendFloat64 appends a number as a float, in four bytes if they hold it exactly. v must be
// finite: readers refuse NaN and the infinities.
func AppendFloat64(dst []byte, v float64) []byte {
	if short := float32(v); float64(short) == v {
		return binary.LittleEndian.AppendUint32(append(dst, tagFloat32), math.Float32bits(short))
	}
	return binary.LittleEndian.AppendUint64(append(dst, tagFloat64), math.Float64bits(v))
}

// AppendString appends a string. It must be UTF-8: readers refuse other bytes.
func AppendString(dst []byte, v string) []byte {
	if len(v) <= shortTextMax {
		dst = append(dst, tagText+byte(len(v)))
	} else {
		dst = appendVarint(append(dst, tagLongText), len(v))
	}
	return append(dst, v...)
}

// AppendBytes appends raw bytes.
func AppendBytes(dst, v []byte) []byte {
	return append(appendVarint(append(dst, tagBytes), len(v)), v...)
}

// AppendNumber appends a number in the form that its text asks for, see [Number]. The error says
// that v is not a JSON number; dst is then returned as it was.
func AppendNumber(dst []byte, v Number) ([]byte, error) {
	out, ok := appendNumber(dst, []byte(v))
	if !ok {
		return dst, &Error{Offset: -1, Text: literalFault([]byte(v))}
	}
	return out, nil
}

func appendNumber(dst, text []byte) ([]byte, bool) {
	switch f, n, x := classify(text); f {
	case formUint:
		return AppendUint(dst, n), true
	case formNeg:
		return AppendInt(dst, -1-int64(n)), true
	case formFloat:
		return AppendFloat64(dst, x), true
	case formLiteral:
		return append(appendVarint(append(dst, tagNumber), len(text)), text...), true
	}
	return dst, false
}

func load64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }
