package wire

import (
	"bytes"
	"math"
	"math/big"
	"slices"
	"strings"
)

// AppendCanonical appends the one form that all equal values share, for hashes and signatures: no
// vectors, keys sorted by their bytes, floats that are integers below 2^53 as integers (-0 stays a
// float), literals in scientific notation. b is one valid value; on an error dst is returned as it
// was.
func AppendCanonical(dst, b []byte) ([]byte, error) {
	if err := Validate(b); err != nil {
		return dst, err
	}
	var c canonical
	out, _ := c.value(dst, b[:len(b):len(b)], 0)
	return out, nil
}

// Equal reports whether a and b are valid and mean the same: order of keys, vectors and the form
// of a number do not matter.
func Equal(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return Validate(a) == nil
	}
	x, err := AppendCanonical(nil, a)
	if err != nil {
		return false
	}
	y, err := AppendCanonical(nil, b)
	return err == nil && bytes.Equal(x, y)
}

// canonical rewrites valid values. Every reader in it can rely on the input.
type canonical struct {
	widths [MaxDepth]uint8 // of the size last written at each depth
	depth  int
}

func (c *canonical) value(out, b []byte, i int) ([]byte, int) {
	t := b[i]
	switch kindOf(t) {
	case Array:
		return c.array(out, b, i)
	case Object:
		return c.object(out, b, i)
	case Float:
		f, next := floatAt(b, i)
		return appendCanonicalFloat(out, f), next
	case Literal:
		start, end := blockAt(b, i)
		text := canonicalLiteral(string(b[start:end]))
		return append(appendVarint(append(out, tagNumber), len(text)), text...), end
	}
	next := skipAt(b, i)
	return append(out, b[i:next]...), next
}

func appendCanonicalFloat(out []byte, f float64) []byte {
	if math.Abs(f) < exponentFrom && f == math.Trunc(f) && (f != 0 || !math.Signbit(f)) {
		return AppendInt(out, int64(f))
	}
	return AppendFloat64(out, f)
}

func (c *canonical) array(out, b []byte, i int) ([]byte, int) {
	if b[i] == tagVector {
		return c.vector(out, b, i)
	}
	count, at, end := containerAt(b, i, 1)
	if count == 0 {
		return append(out, tagArray), end
	}
	out, head, width := c.open(out, tagArray, count)
	for range count {
		out, at = c.value(out, b, at)
	}
	return c.close(out, head, width), end
}

func (c *canonical) vector(out, b []byte, i int) ([]byte, int) {
	v, _, end := vectorAt(b, i)
	out, head, width := c.open(out, tagArray, v.count)
	for k := range v.count {
		if v.IsFloat() {
			out = appendCanonicalFloat(out, v.Float(k))
		} else {
			out = AppendInt(out, v.Int(k))
		}
	}
	return c.close(out, head, width), end
}

// place is where a member stands: its key's length at head, its key's text from key to value.
type place struct{ head, key, value int }

func (c *canonical) object(out, b []byte, i int) ([]byte, int) {
	count, at, end := containerAt(b, i, 2)
	if count == 0 {
		return append(out, tagObject), end
	}
	members := make([]place, count)
	for k := range members {
		start, last := keyAt(b, at)
		members[k] = place{at, start, last}
		at = skipAt(b, last)
	}
	slices.SortFunc(members, func(x, y place) int {
		return bytes.Compare(b[x.key:x.value], b[y.key:y.value])
	})
	out, head, width := c.open(out, tagObject, count)
	for _, m := range members {
		out = append(out, b[m.head:m.value]...)
		out, _ = c.value(out, b, m.value)
	}
	return c.close(out, head, width), end
}

// open writes the tag and count of a container with children and keeps as many bytes free as the
// size of the last one at this depth took.
func (c *canonical) open(out []byte, tag byte, count int) (b []byte, at, width int) {
	width = max(1, int(c.widths[c.depth]))
	c.depth++
	if count <= shortCountMax {
		out = append(out, tag|byte(count))
	} else {
		out = appendVarint(append(out, tag|countFollows), count)
	}
	at = len(out)
	return slices.Grow(out, width)[:at+width], at, width
}

// close writes the size of the content out[at+width:] in front of it, and moves the content if
// width bytes are not what the size takes.
func (c *canonical) close(out []byte, at, width int) []byte {
	size := len(out) - at - width
	need := varintSize(size)
	if need != width {
		out = slices.Grow(out, 5)
		copy(out[at+need:at+need+size], out[at+width:])
	}
	putVarint(out, at, size)
	c.depth--
	c.widths[c.depth] = uint8(need)
	return out[:at+need+size]
}

// canonicalLiteral is the one text of a number that has a literal: one digit, a point if more
// follow, an exponent. Where a number in that form would be a float, so that it is no literal at
// all, it is an integer and written with all its digits.
func canonicalLiteral(text string) string {
	sign, text := "", text
	if text[0] == '-' {
		sign, text = "-", text[1:]
	}
	mantissa, power, _ := strings.Cut(strings.ToLower(text), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	exponent := new(big.Int)
	if power != "" {
		exponent.SetString(power, 10)
	}
	exponent.Sub(exponent, big.NewInt(int64(len(fraction))))
	digits := strings.TrimLeft(whole+fraction, "0")
	trimmed := strings.TrimRight(digits, "0")
	exponent.Add(exponent, big.NewInt(int64(len(digits)-1)))
	out := sign + trimmed[:1]
	if len(trimmed) > 1 {
		out += "." + trimmed[1:]
	}
	out += "e" + exponent.String()
	if f, _, _ := classify([]byte(out)); f == formLiteral {
		return out
	}
	return sign + trimmed + strings.Repeat("0", int(exponent.Int64())+1-len(trimmed))
}
