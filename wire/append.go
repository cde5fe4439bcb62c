package wire

import (
	"encoding/binary"
	"unsafe"
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
	var buf [backRoom]byte
	return append(dst, buf[backInt(unsafe.Pointer(&buf), backRoom, v):]...)
}

// AppendUint appends an integer that is not negative.
func AppendUint(dst []byte, v uint64) []byte {
	if v < tagText {
		return append(dst, byte(v))
	}
	var buf [backRoom]byte
	return append(dst, buf[backUint(unsafe.Pointer(&buf), backRoom, v):]...)
}

// AppendFloat64 appends a number as a float, in four bytes if they hold it exactly. v must be
// finite: readers refuse NaN and the infinities.
func AppendFloat64(dst []byte, v float64) []byte {
	var buf [backRoom]byte
	return append(dst, buf[backFloat(unsafe.Pointer(&buf), backRoom, v):]...)
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
