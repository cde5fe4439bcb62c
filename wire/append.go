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
	if uint64(v) < tagText {
		return append(dst, byte(v))
	}
	var buf [16]byte
	return append(dst, buf[:putInt(buf[:], 0, v)]...)
}

// AppendUint appends an integer that is not negative.
func AppendUint(dst []byte, v uint64) []byte {
	if v < tagText {
		return append(dst, byte(v))
	}
	var buf [16]byte
	return append(dst, buf[:putUint(buf[:], 0, v)]...)
}

// AppendFloat64 appends a number as a float, in four bytes if they hold it exactly. v must be
// finite: readers refuse NaN and the infinities.
func AppendFloat64(dst []byte, v float64) []byte {
	var buf [16]byte
	return append(dst, buf[:putFloat(buf[:], 0, v)]...)
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

// numberRoom is what putInt, putUint and putFloat may touch from the offset they are given.
const numberRoom = 9

func putInt(b []byte, n int, v int64) int {
	if uint64(v) < tagText {
		b[n] = byte(v)
		return n + 1
	}
	if v >= 0 {
		return putWide(b, n, tagUint, uint64(v))
	}
	if v >= -16 {
		b[n] = tagSmallNeg | byte(^v)
		return n + 1
	}
	return putWide(b, n, tagNegative, uint64(^v))
}

func putUint(b []byte, n int, v uint64) int {
	if v < tagText {
		b[n] = byte(v)
		return n + 1
	}
	return putWide(b, n, tagUint, v)
}

func putWide(b []byte, n int, tag byte, v uint64) int {
	width := (bits.Len64(v) + 7) >> 3
	b[n] = tag + byte(width-1)
	binary.LittleEndian.PutUint64(b[n+1:n+9], v)
	return n + 1 + width
}

func putFloat(b []byte, n int, v float64) int {
	if short := float32(v); float64(short) == v {
		b[n] = tagFloat32
		binary.LittleEndian.PutUint32(b[n+1:n+5], math.Float32bits(short))
		return n + 5
	}
	b[n] = tagFloat64
	binary.LittleEndian.PutUint64(b[n+1:n+9], math.Float64bits(v))
	return n + 9
}

func load64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }
