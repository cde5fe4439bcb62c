package wire

import (
	"math"
	"strconv"
)

// Number is a JSON number as text. Decoding to any yields a Number only for a literal that has no
// other wire form; a Go field of type Number takes every number.
//
// A JSON number has exactly one of three wire forms, chosen by its text alone:
//
//   - Without fraction and exponent it is an integer if 64 bits hold it (-0 is the float), else a
//     float if a float64 is exactly equal, else a literal. No digit of an integer is ever lost.
//   - With a fraction or an exponent it is the nearest float64, as for every reader of JSON, unless
//     that is infinite, or zero although the number is not, or the number has more than 17
//     significant digits and the float64 is not exactly equal: then it is a literal.
type Number string

// form is the wire form of a number.
type form uint8

const (
	formNone    form = iota // not a JSON number
	formUint                // n
	formNeg                 // -1-n
	formFloat               // f
	formLiteral             // the text itself
)

// significantMax is how many significant digits a float64 stands for: 17 tell any two apart.
const significantMax = 17

// exactDigits is the most significant digits that a float64 has in full.
const exactDigits = 767

// literal is what a scan over a number's text finds.
type literal struct {
	negative bool
	integral bool // neither fraction nor exponent
	digits   int  // significant ones, zeros on both sides not counted
	length   int  // bytes of the text
}

// scanNumber reads the JSON number that s begins with; ok is false if there is none.
func scanNumber(s []byte) (l literal, ok bool) {
	i := 0
	if i < len(s) && s[i] == '-' {
		l.negative = true
		i++
	}
	first := i
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	if i == first || s[first] == '0' && i > first+1 {
		return l, false
	}
	last := i
	l.integral = true
	if i < len(s) && s[i] == '.' {
		l.integral = false
		i++
		fraction := i
		for i < len(s) && isDigit(s[i]) {
			i++
		}
		if i == fraction {
			return l, false
		}
		last = i
	}
	l.digits = significant(s[first:last])
	if i < len(s) && s[i]|0x20 == 'e' {
		l.integral = false
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		exponent := i
		for i < len(s) && isDigit(s[i]) {
			i++
		}
		if i == exponent {
			return l, false
		}
	}
	l.length = i
	return l, true
}

func isDigit(c byte) bool { return c-'0' <= 9 }

// significant counts the digits of s without the zeros at both ends.
func significant(s []byte) int {
	for len(s) > 0 && (s[0] == '0' || s[0] == '.') {
		s = s[1:]
	}
	trimmed := len(s)
	for trimmed > 0 && (s[trimmed-1] == '0' || s[trimmed-1] == '.') {
		trimmed--
	}
	n := trimmed
	for _, c := range s[:trimmed] {
		if c == '.' {
			n--
		}
	}
	return n
}

// classify chooses the wire form of the number that text is as a whole.
func classify(text []byte) (f form, n uint64, x float64) {
	l, ok := scanNumber(text)
	if !ok || l.length != len(text) {
		return formNone, 0, 0
	}
	if l.integral {
		if n, ok := parseInteger(text, l.negative); ok {
			switch {
			case !l.negative:
				return formUint, n, 0
			case n == 0:
				return formFloat, 0, math.Copysign(0, -1)
			case n <= 1<<63:
				return formNeg, n - 1, 0
			}
		}
	}
	// A range error is not a fault here: it is what makes a literal.
	x, _ = strconv.ParseFloat(string(text), 64)
	switch {
	case math.IsInf(x, 0), x == 0 && l.digits > 0:
		return formLiteral, 0, 0
	case (l.integral || l.digits > significantMax) && !exactly(x, text, l):
		return formLiteral, 0, 0
	}
	return formFloat, 0, x
}

// parseInteger reads digits after the sign; ok is false beyond 64 bits.
func parseInteger(text []byte, negative bool) (n uint64, ok bool) {
	if negative {
		text = text[1:]
	}
	if len(text) > 20 {
		return 0, false
	}
	for _, c := range text {
		d := uint64(c - '0')
		if n > (math.MaxUint64-d)/10 {
			return 0, false
		}
		n = n*10 + d
	}
	return n, true
}

// exactly reports whether x, the float64 nearest to the number in text, is equal to it: whether the
// full decimal expansion of x has the same digits. The exponents agree when the digits do, for x
// is near.
func exactly(x float64, text []byte, l literal) bool {
	if x == 0 {
		return l.digits == 0
	}
	if l.digits > exactDigits {
		return false
	}
	var buf [exactDigits + 16]byte
	full := strconv.AppendFloat(buf[:0], x, 'e', exactDigits-1, 64)
	for k, c := range full {
		if c == 'e' {
			full = full[:k]
			break
		}
	}
	return sameDigits(full, text)
}

// sameDigits compares the significant digits of two numbers.
func sameDigits(a, b []byte) bool {
	i, j := skipZeros(a), skipZeros(b)
	for {
		x, y := nextDigit(a, &i), nextDigit(b, &j)
		switch {
		case x == 0 && y == 0:
			return true
		case x == 0:
			x = '0' // trailing zeros on one side
		case y == 0:
			y = '0'
		}
		if x != y {
			return false
		}
	}
}

func skipZeros(s []byte) int {
	i := 0
	for i < len(s) && (s[i] == '-' || s[i] == '0' || s[i] == '.') {
		i++
	}
	return i
}

// nextDigit steps over a point and returns 0 at the end of the digits.
func nextDigit(s []byte, i *int) byte {
	if *i < len(s) && s[*i] == '.' {
		*i++
	}
	if *i >= len(s) || !isDigit(s[*i]) {
		return 0
	}
	c := s[*i]
	*i++
	return c
}
