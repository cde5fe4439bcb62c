package wirejson

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
	"unsafe"

	"github.com/leverrpc/lever/wire"
)

// exactPowers are the powers of ten that a float64 holds exactly.
var exactPowers = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

const (
	exactMantissa = 1 << 53 // up to here integers are exact in a float64
)

// number appends the number at in[i]. Its digits are gathered while its grammar is checked, which
// decides nearly all numbers; the rest is read again, by package wire or by strconv.
func (r *reader) number(out []byte) []byte {
	in, start := r.in, r.i
	i := start
	negative := in[i] == '-'
	if negative {
		i++
	}
	first := i
	var n uint64
	n, i = eights(in, i, 0)
	for i < len(in) && in[i]-'0' <= 9 {
		n = n*10 + uint64(in[i]-'0')
		i++
	}
	digits := i - first
	if digits == 0 || in[first] == '0' && digits > 1 {
		return r.unexpected(min(first+digits, first+1), "a number without leading zeros")
	}
	if i == len(in) || in[i] != '.' && in[i]|0x20 != 'e' {
		r.i = i
		// 18 digits cannot overflow; -0 is a float.
		if digits > 18 || negative && n == 0 {
			return r.anyNumber(out, start)
		}
		return appendInteger(out, n, negative)
	}
	exponent := 0
	if in[i] == '.' {
		i++
		from := i
		n, i = eights(in, i, n)
		for i < len(in) && in[i]-'0' <= 9 {
			n = n*10 + uint64(in[i]-'0')
			i++
		}
		if i == from {
			return r.unexpected(i, "a digit behind the point")
		}
		exponent = from - i
		digits += i - from
	}
	if i < len(in) && in[i]|0x20 == 'e' {
		var e int
		if e, i = r.exponent(i + 1); i < 0 {
			return nil
		}
		exponent += e
	}
	r.i = i
	return r.float(out, start, n, digits, exponent, negative)
}

// eights reads digits as long as there are eight at once.
func eights(in []byte, i int, n uint64) (sum uint64, next int) {
	for len(in)-i >= 8 {
		w := binary.LittleEndian.Uint64(in[i:i+8]) ^ 0x3030303030303030
		// All eight are digits if none is above 9, neither now nor when 6 is added.
		if (w|(w+0x0606060606060606))&0xF0F0F0F0F0F0F0F0 != 0 {
			break
		}
		// Neighbours are joined to two, four and eight digits.
		w = w*10 + w>>8
		w = (w&0x000000FF000000FF*(100+1000000<<32) +
			w>>16&0x000000FF000000FF*(1+10000<<32)) >> 32
		n = n*1e8 + w
		i += 8
	}
	return n, i
}

// exponent reads what is behind the e. Beyond a few digits its value does not matter.
func (r *reader) exponent(i int) (e, next int) {
	in := r.in
	negative := false
	if i < len(in) && (in[i] == '+' || in[i] == '-') {
		negative = in[i] == '-'
		i++
	}
	from := i
	for i < len(in) && in[i]-'0' <= 9 {
		e = min(e*10+int(in[i]-'0'), 1<<20)
		i++
	}
	if i == from {
		r.unexpected(i, "a digit of the exponent")
		return 0, -1
	}
	if negative {
		e = -e
	}
	return e, i
}

// float appends the number n*10^exponent, whose text is in[start:i] and has the given digits,
// leading zeros included.
func (r *reader) float(out []byte, start int, n uint64, digits, exponent int,
	negative bool) []byte {
	if digits > 19 {
		return r.anyNumber(out, start) // n may have overflowed
	}
	var x float64
	switch {
	case n < exactMantissa && exponent <= 0 && exponent >= -22:
		x = float64(n) / exactPowers[-exponent]
	case n < exactMantissa && exponent > 0 && exponent <= 22:
		x = float64(n) * exactPowers[exponent]
	case n >= 1e17:
		return r.anyNumber(out, start) // perhaps too many digits for a float64
	default:
		text := r.in[start:r.i]
		x, err := strconv.ParseFloat(unsafe.String(unsafe.SliceData(text), len(text)), 64)
		if err != nil || x == 0 && n != 0 {
			return r.anyNumber(out, start) // beyond the range
		}
		return appendFloat(out, x)
	}
	if negative {
		x = -x
	}
	return appendFloat(out, x)
}

// appendInteger appends n or -n, n below 10^18. out has valueRoom.
func appendInteger(out []byte, n uint64, negative bool) []byte {
	tag := byte(0xB0)
	if negative {
		n--
		if n < 16 {
			return append(out, 0xC0|byte(n))
		}
		tag = 0xB8
	} else if n < 64 {
		return append(out, byte(n))
	}
	at, width := len(out), (bits.Len64(n)+7)>>3
	full := out[:cap(out)]
	full[at] = tag + byte(width-1)
	binary.LittleEndian.PutUint64(full[at+1:at+9], n)
	return full[:at+1+width]
}

// appendFloat appends x, which is finite. out has valueRoom.
func appendFloat(out []byte, x float64) []byte {
	at, full := len(out), out[:cap(out)]
	if short := float32(x); float64(short) == x {
		full[at] = 0xD4
		binary.LittleEndian.PutUint32(full[at+1:at+5], math.Float32bits(short))
		return full[:at+5]
	}
	full[at] = 0xD5
	binary.LittleEndian.PutUint64(full[at+1:at+9], math.Float64bits(x))
	return full[:at+9]
}

// anyNumber leaves the form of the number in[start:i] to package wire.
func (r *reader) anyNumber(out []byte, start int) []byte {
	out, err := wire.AppendNumber(out, wire.Number(r.in[start:r.i]))
	if err != nil {
		return r.fail(start, "found something else, want a number of JSON")
	}
	return out
}
