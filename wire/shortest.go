package wire

import (
	"encoding/binary"
	"math"
	"math/big"
	"math/bits"
	"sync"
)

// The shortest decimal of a float64, by Schubfach (Raffaello Giulietti, "The Schubfach way to
// render doubles"). A float64 stands for an interval: all reals that are nearer to it than to its
// neighbours. There is a power of ten so that one or two multiples of it lie in every such interval
// and none or one multiple of the next power does. Three products with that power, rounded so that
// no comparison can come out wrong, decide which multiple is the text.

// decimal is a number of at most 17 digits, times ten to the power.
type decimal struct {
	digits uint64
	power  int
}

// power10 is a power of ten: its first 128 bits, rounded up.
type power10 struct{ hi, lo uint64 }

// The powers that float64 needs. They are made when the first number is written.
const (
	powerMin = -292
	powerMax = 324
)

var (
	powers     [powerMax - powerMin + 1]power10
	powersOnce sync.Once
)

func makePowers() {
	ten, one := big.NewInt(10), big.NewInt(1)
	word := new(big.Int).SetUint64(math.MaxUint64)
	for k := powerMin; k <= powerMax; k++ {
		n := new(big.Int).Exp(ten, big.NewInt(int64(max(k, -k))), nil)
		shift := 127 - log2Power(k)
		if k < 0 {
			// Up from the quotient, which is never whole.
			n.Add(n.Quo(new(big.Int).Lsh(one, uint(shift)), n), one)
		} else if shift >= 0 {
			n.Lsh(n, uint(shift))
		} else {
			up := new(big.Int).Lsh(one, uint(-shift))
			n.Rsh(n.Add(n, up.Sub(up, one)), uint(-shift))
		}
		powers[k-powerMin] = power10{new(big.Int).Rsh(n, 64).Uint64(), n.And(n, word).Uint64()}
	}
}

// log2Power is the logarithm of ten to the k to base two, rounded down.
func log2Power(k int) int { return k * 1741647 >> 19 }

// shortest returns the decimal with the fewest digits that is read back as v, and of those the
// nearest; zeros may stand at its end. v is finite and positive.
func shortest(v float64) decimal {
	powersOnce.Do(makePowers)
	word := math.Float64bits(v)
	c, q := word&(1<<52-1), int(word>>52&0x7FF)
	narrow := 0 // the lower half of the interval is half as wide at a power of two
	if q == 0 {
		q = -1074
	} else {
		if c == 0 && q > 1 {
			narrow = 1
		}
		c, q = c|1<<52, q-1075
	}
	k := (q*1262611 - narrow*524031) >> 22
	g, h := powers[-k-powerMin], uint(q+log2Power(-k)+1)
	odd := c & 1
	low := g.times((4*c-2+uint64(narrow))<<h) + odd
	at := g.times(4 * c << h)
	high := g.times((4*c+2)<<h) - odd
	s := at / 4
	if s >= 10 {
		t := s / 10 * 10
		below, above := low <= 4*t, 4*t+40 <= high
		if below != above {
			if above {
				t += 10
			}
			return decimal{t / 10, k + 1}
		}
	}
	below, above := low <= 4*s, 4*s+4 <= high
	if below != above && above || below == above && (at > 4*s+2 || at == 4*s+2 && s&1 != 0) {
		s++
	}
	return decimal{s, k}
}

// times multiplies with a power of ten and drops 128 bits, which are remembered in the last bit.
func (g power10) times(n uint64) uint64 {
	x, _ := bits.Mul64(g.lo, n)
	hi, lo := bits.Mul64(g.hi, n)
	lo, carry := bits.Add64(lo, x, 0)
	hi += carry
	if lo > 1 {
		hi |= 1
	}
	return hi
}

// appendShortest appends a number that is no integer below 2^53: without exponent from 1e-6 to
// 2^53, and with one outside.
func appendShortest(dst []byte, v float64) []byte {
	if v < 0 {
		dst, v = append(dst, '-'), -v
	}
	d := shortest(v)
	var text [24]byte
	text[0] = '0' + byte(d.digits/1e16)
	binary.LittleEndian.PutUint64(text[1:], eightDigits(uint32(d.digits/1e8%1e8)))
	binary.LittleEndian.PutUint64(text[9:], eightDigits(uint32(d.digits%1e8)))
	first, end := 0, 17
	for text[first] == '0' {
		first++
	}
	for text[end-1] == '0' {
		end--
	}
	digits := text[first:end]
	point := 17 - first + d.power // digits before the point
	switch {
	case v < 1e-6, v >= exponentFrom:
		dst = append(dst, digits[0])
		if len(digits) > 1 {
			dst = append(append(dst, '.'), digits[1:]...)
		}
		return appendExponent(append(dst, 'e'), point-1)
	case point <= 0:
		dst = append(append(dst, "0.000000"[:2-point]...), digits...)
	default:
		dst = append(append(append(dst, digits[:point]...), '.'), digits[point:]...)
	}
	return dst
}

func appendExponent(dst []byte, e int) []byte {
	if e < 0 {
		dst, e = append(dst, '-'), -e
	}
	if e >= 100 {
		dst = append(dst, '0'+byte(e/100))
	}
	if e >= 10 {
		dst = append(dst, '0'+byte(e/10%10))
	}
	return append(dst, '0'+byte(e%10))
}

// eightDigits is the text of n, below 10^8, with zeros in front: the first digit in the lowest
// byte. It divides all parts of a word at once: into four digits each, then two, then one.
func eightDigits(n uint32) uint64 {
	w := uint64(n/10_000) | uint64(n%10_000)<<32
	t := w * 10486 >> 20 & 0x7F_0000_007F
	w = t | (w-100*t)<<16
	t = w * 103 >> 10 & 0xF_000F_000F_000F
	return t | (w-10*t)<<8 | 0x3030303030303030
}
